using System.Runtime.Versioning;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.PowerShell.Terminals;

/// <summary>A remote program on Windows' console, over a connection of this process.</summary>
[SupportedOSPlatform("windows")]
internal sealed class ConsoleTerminal : ChannelTerminal
{
    private readonly ConsoleSession _session;
    private readonly string _label;

    private ConsoleTerminal(ConsoleSession session, string label)
    {
        _session = session;
        _label = label;
        Completion = Observed(WaitAsync());
    }

    public override Task<TerminalEnd> Completion { get; }

    /// <inheritdoc cref="ChannelTerminal.StartAsync"/>
    public static new async Task<ChannelTerminal> StartAsync(
        ISessionSource sessions,
        SessionRequest request,
        string term,
        char? escape,
        string label,
        CancellationToken cancellationToken)
    {
        request = request with { Pty = PtyDescription.OfThisProcess(term) };
        var console = new WindowsConsole();
        try
        {
            var session = await ConsoleSession.StartAsync(sessions, request, escape, console, cancellationToken)
                .ConfigureAwait(false);
            return new ConsoleTerminal(session, label);
        }
        catch
        {
            console.Dispose();
            throw;
        }
    }

    public override void Start() => _session.Start();

    public override void Resize() => _session.Resize();

    public override ValueTask DisposeAsync() => _session.DisposeAsync();

    private async Task<TerminalEnd> WaitAsync()
    {
        CommandExit exit;
        try
        {
            exit = await _session.Completion.ConfigureAwait(false);
        }
        catch (SshException e)
        {
            throw EndedEarly(_label, e);
        }

        return _session.IsEndedByUser ? new TerminalEnd(TerminalEnd.Failure) : EndOf(_label, exit);
    }
}
