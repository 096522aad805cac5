using System.Globalization;
using System.Runtime.Versioning;
using SshMux.Engine;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.PowerShell.Terminals;

/// <summary>
/// A remote program on this terminal, over a master behind a control socket: the master reads and writes the terminal.
/// </summary>
internal sealed class MuxTerminal : TerminalSession
{
    private readonly MuxSession _session;
    private readonly string _label;

    private MuxTerminal(MuxSession session, string label)
    {
        _session = session;
        _label = label;
        Completion = WaitAsync();
        _ = Completion.ContinueWith(
            static task => _ = task.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default); // who is stopped by the user does not wait for it
    }

    public override Task<TerminalEnd> Completion { get; }

    /// <summary>
    /// Has the master start the program. The terminal must not be raw yet: the remote one gets its modes.
    /// </summary>
    /// <exception cref="SshException">The master refuses, or why it cannot be reached.</exception>
    public static async Task<MuxTerminal> StartAsync(
        string controlPath,
        MuxClientOptions options,
        MuxSessionRequest request,
        string label,
        CancellationToken cancellationToken)
    {
        if (!ControlSocket.IsPossible) throw ControlSocket.NotPossible();
        // The session takes the client's control connection with it, so nothing else is left to keep.
        await using var client = await MuxClient.ConnectAsync(controlPath, options, cancellationToken).ConfigureAwait(false);
        using var input = OpenAnew(0, FileAccess.Read);
        using var output = OpenAnew(1, FileAccess.Write);
        using var error = OpenAnew(2, FileAccess.Write);
        var session = await client.OpenSessionAsync(
            request, new SessionDescriptors(input, output, error), cancellationToken).ConfigureAwait(false);
        return new MuxTerminal(session, label);
    }

    public override void Start()
    {
        // The master reads keys already.
    }

    public override void Resize() => _session.TellWindowChange();

    public override ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <summary>
    /// A file description of its own for the master, because older ones of OpenSSH make what they get non-blocking, and
    /// PowerShell and its parents would have to live with that.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    private static DescriptorHandle OpenAnew(int descriptor, FileAccess access)
    {
        if (!Terminal.IsTerminal(descriptor)) return DescriptorHandle.Duplicate(descriptor);
        try
        {
            return DescriptorHandle.Open(
                string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"), access);
        }
        catch (SshException)
        {
            // Another user's terminal, as after su: then it is the one that we have.
            return DescriptorHandle.Duplicate(descriptor);
        }
    }

    private async Task<TerminalEnd> WaitAsync()
    {
        var ended = await Task.WhenAny(_session.Ended, _session.TtyRefused).ConfigureAwait(false);
        if (ended == _session.TtyRefused) throw NoRemoteTerminal();
        try
        {
            var end = await _session.Ended.ConfigureAwait(false);
            return new TerminalEnd(
                end.ExitCode,
                end.ExitStatus is null
                    ? $"the session on {_label} ended without an exit status: a signal killed the program, or an escape "
                      + "ended it"
                    : null);
        }
        catch (SshException e)
        {
            throw new SshException(e.Error, $"the session on {_label} ended early: {e.Message}", e);
        }
    }
}
