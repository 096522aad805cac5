namespace SshMux.Engine.Mux;

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
        return information.Status == MuxProtocol.InfoOk
            ? information.Text
            : throw new SshException(SshError.MuxRefused, $"the master refused: {information.Text}");
    }
}
