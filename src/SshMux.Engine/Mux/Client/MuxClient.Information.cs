using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Client;

// What a master tells about itself: only masters that announced the extension "info" can be asked.
public sealed partial class MuxClient
{
    /// <summary>
    /// The master's connection: addresses, algorithms, limits and traffic, in lines that end in CR LF (MUX_C_EXT_INFO
    /// "connection").
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.NotSupported"/>: the master cannot be asked; <see cref="SshError.MuxRefused"/>; why it
    /// cannot be reached.
    /// </exception>
    public Task<string> DescribeConnectionAsync(CancellationToken cancellationToken = default) =>
        DescribeAsync(MuxInformation.Connection, cancellationToken);

    /// <summary>
    /// The master's open channels, in lines that end in CR LF and have OpenSSH's form (MUX_C_EXT_INFO "channels").
    /// </summary>
    /// <exception cref="SshException">As <see cref="DescribeConnectionAsync"/>.</exception>
    public Task<string> DescribeChannelsAsync(CancellationToken cancellationToken = default) =>
        DescribeAsync(MuxInformation.Channels, cancellationToken);

    /// <summary>
    /// The login that the master shares: our masters tell it all, OpenSSH's, from 10.3 on, only the server's address;
    /// null if it tells nothing.
    /// </summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    public async Task<MuxLogin?> FindLoginAsync(CancellationToken cancellationToken = default)
    {
        var link = await LinkAsync(cancellationToken).ConfigureAwait(false);
        if (!link.Announces(MuxProtocol.InfoExtension)) return null;
        return link.Announces(MuxProtocol.LoginExtension)
            ? MuxLogin.Parse(
                await DescribeAsync(MuxProtocol.LoginExtension, cancellationToken).ConfigureAwait(false))
            : MuxLogin.FromConnection(await DescribeConnectionAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// How many sessions and other channels the master has open, its clients' control connections not among them; null
    /// if it does not tell.
    /// </summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    public async Task<int?> CountChannelsAsync(CancellationToken cancellationToken = default)
    {
        var link = await LinkAsync(cancellationToken).ConfigureAwait(false);
        if (!link.Announces(MuxProtocol.InfoExtension)) return null;
        var text = await DescribeChannelsAsync(cancellationToken).ConfigureAwait(false);
        return text.Split("\r\n").Count(line => line.StartsWith("  #", StringComparison.Ordinal)
            && !line.Contains("[mux-control]", StringComparison.Ordinal)
            && !line.Contains("[mux listener]", StringComparison.Ordinal));
    }

    private async Task<string> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        var link = await LinkAsync(cancellationToken).ConfigureAwait(false);
        if (!link.Announces(MuxProtocol.InfoExtension))
        {
            // Whoever has not announced it may do anything on that message.
            throw new SshException(
                SshError.NotSupported,
                $"the master at {ControlPath} does not support info requests (ssh does from OpenSSH 10.3 on)");
        }

        var reply = await link.RequestAsync(id => new MuxInfoRequest(id, name)).WaitAsync(cancellationToken)
            .ConfigureAwait(false);
        if (reply is not MuxInfoReply information) throw Refused(reply);
        return information.Status == MuxInfoReply.Answered
            ? information.Text
            : throw new SshException(SshError.MuxRefused, $"the master refused: {information.Text}");
    }
}
