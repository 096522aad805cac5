using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// What a master tells about itself (MUX_C_EXT_INFO): only masters that announced the extension "info" can be asked.
/// </summary>
internal static class MuxInformationRequests
{
    /// <summary>Asks for a text by its name (<see cref="MuxInformation"/>).</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.NotSupported"/>: the master cannot be asked; <see cref="SshError.MuxRefused"/>; why it
    /// cannot be reached.
    /// </exception>
    public static async Task<string> DescribeAsync(
        MuxSharedLink shared, string name, CancellationToken cancellationToken)
    {
        var link = await shared.GetAsync(cancellationToken).ConfigureAwait(false);
        if (!link.Announces(MuxExtensions.Info))
        {
            // Whoever has not announced it may do anything on that message.
            throw new SshException(
                SshError.NotSupported,
                $"the master at {shared.Path} does not support info requests (ssh does from OpenSSH 10.3 on)");
        }

        var reply = await link.RequestAsync(id => new MuxInfoRequest(id, name)).WaitAsync(cancellationToken)
            .ConfigureAwait(false);
        if (reply is not MuxInfoReply information) throw MuxRefusal.Of(reply);
        return information.Status == MuxInfoReply.Answered
            ? information.Text
            : throw new SshException(SshError.MuxRefused, $"{MuxRefusal.ByMaster}{information.Text}");
    }

    /// <summary>The login that the master shares; null if it tells nothing.</summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    public static async Task<MuxLogin?> FindLoginAsync(MuxSharedLink shared, CancellationToken cancellationToken)
    {
        var link = await shared.GetAsync(cancellationToken).ConfigureAwait(false);
        if (!link.Announces(MuxExtensions.Info)) return null;
        var tellsLogin = link.Announces(MuxExtensions.Login);
        var name = tellsLogin ? MuxExtensions.Login : MuxInformation.Connection;
        var text = await DescribeAsync(shared, name, cancellationToken).ConfigureAwait(false);
        return tellsLogin ? MuxLogin.Parse(text) : MuxLogin.FromConnection(text);
    }

    /// <summary>
    /// The login with what is true of it now, whether the connection is lost and the master is locked; null of masters that
    /// are not ours.
    /// </summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    public static async Task<MuxLogin?> FindPresentAsync(MuxSharedLink shared, CancellationToken cancellationToken)
    {
        var link = await shared.GetAsync(cancellationToken).ConfigureAwait(false);
        return link.Announces(MuxExtensions.Login)
            ? MuxLogin.Parse(await DescribeAsync(shared, MuxExtensions.Login, cancellationToken).ConfigureAwait(false))
            : null;
    }

    /// <summary>How many channels the master has open, its clients not counted; null if it does not tell.</summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    public static async Task<int?> CountChannelsAsync(MuxSharedLink shared, CancellationToken cancellationToken)
    {
        var link = await shared.GetAsync(cancellationToken).ConfigureAwait(false);
        return link.Announces(MuxExtensions.Info)
            ? MuxInformation.CountChannels(
                await DescribeAsync(shared, MuxInformation.Channels, cancellationToken).ConfigureAwait(false))
            : null;
    }
}
