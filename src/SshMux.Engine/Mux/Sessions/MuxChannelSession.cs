using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Sessions;

/// <summary>A session whose channel is open, as the table of sessions knows it.</summary>
/// <param name="channel">The channel.</param>
internal sealed class MuxChannelSession(Channel channel) : IMuxTrackedSession
{
    /// <inheritdoc/>
    public MuxSessionState State =>
        channel.Exit is not null || channel.IsClosed ? MuxSessionState.Closing : MuxSessionState.Open;

    /// <inheritdoc/>
    public TerminalSize? TerminalSize => channel.TerminalSize;

    /// <inheritdoc/>
    public Task<bool> SignalAsync(string name) => channel.RequestSignalAsync(name);

    /// <inheritdoc/>
    public void Close(SshException reason) => channel.EndAtOnce(reason);
}
