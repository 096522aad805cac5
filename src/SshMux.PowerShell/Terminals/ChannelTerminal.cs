using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;

namespace SshMux.PowerShell.Terminals;

/// <summary>A remote program on this terminal, over a connection of this process.</summary>
internal sealed class ChannelTerminal : TerminalSession
{
    private readonly Channel _channel;
    private readonly DescriptorChannel _ends;
    private readonly string _label;

    private ChannelTerminal(Channel channel, DescriptorChannel ends, string label)
    {
        _channel = channel;
        _ends = ends;
        _label = label;
        Completion = WaitAsync();
        _ = Completion.ContinueWith(
            static task => _ = task.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default); // who is stopped by the user does not wait for it
    }

    public override Task<TerminalEnd> Completion { get; }

    /// <summary>Starts the program. The terminal must not be raw yet: the remote one gets its modes.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="request">What to run; its terminal is described here.</param>
    /// <param name="term">TERM for the remote terminal.</param>
    /// <param name="escape">The escape character; null for none.</param>
    /// <param name="label">What the host is called in messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">The server refuses, or why the connection ended.</exception>
    public static async Task<ChannelTerminal> StartAsync(
        SshConnection connection,
        SessionRequest request,
        string term,
        char? escape,
        string label,
        CancellationToken cancellationToken)
    {
        var input = DescriptorHandle.Duplicate(0);
        request = request with { Pty = PtyDescription.Of(input, term) };
        var ends = DescriptorChannel.ForSession(
            input, DescriptorHandle.Duplicate(1), DescriptorHandle.Duplicate(2));
        try
        {
            var channel = await connection.OpenSessionAsync(ends, cancellationToken).ConfigureAwait(false);
            if (!await channel.StartProgramAsync(request).WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                throw NoRemoteTerminal();
            }

            if (escape is { } character) ends.UseEscapes(character, host: null);
            return new ChannelTerminal(channel, ends, label);
        }
        catch
        {
            ends.Abort();
            throw;
        }
    }

    public override void Start() => _ends.StartInput();

    public override void Resize()
    {
        if (_ends.GetTerminalSize() is { } size) _channel.ChangeWindow(size);
    }

    public override ValueTask DisposeAsync()
    {
        if (!_ends.Completion.IsCompleted) _ends.Abort();
        return ValueTask.CompletedTask;
    }

    private async Task<TerminalEnd> WaitAsync()
    {
        var end = await _ends.Completion.ConfigureAwait(false);
        if (_ends.IsEndedByUser) return new TerminalEnd(TerminalEnd.Failure);
        if (end.Reason is { } reason)
        {
            throw new SshException(reason.Error, $"the session on {_label} ended early: {reason.Message}", reason);
        }

        if (end.Exit?.Status is { } status) return new TerminalEnd((int)status & 0xff);
        return new TerminalEnd(
            TerminalEnd.Failure,
            end.Exit?.Signal is { } signal
                ? $"SIG{signal} killed the program on {_label}"
                : $"the server closed the session on {_label} without an exit status");
    }
}
