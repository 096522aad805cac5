using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// A remote program run by a master, with its streams in this process: socket pairs, of which it got one end.
/// </summary>
internal sealed class MuxProcess : RemoteProcess
{
    private readonly Stream _input;
    private readonly NetworkStream _output;
    private readonly NetworkStream _error;
    private readonly PseudoTerminal? _terminal;
    private readonly MuxSession _session;

    private MuxProcess(
        MuxSession session, PseudoTerminal? terminal, Stream input, NetworkStream output, NetworkStream error)
    {
        _session = session;
        _terminal = terminal;
        _input = input;
        _output = output;
        _error = error;
        Exit = WaitAsync();
        _ = Exit.ContinueWith(
            static task => _ = task.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default); // not everybody waits for the exit
    }

    public override Stream StandardInput => _input;

    public override Stream StandardOutput => _output;

    public override Stream StandardError => _error;

    public override Task<CommandExit> Exit { get; }

    public static async Task<RemoteProcess> StartAsync(
        MuxClient client, SessionRequest request, CancellationToken cancellationToken)
    {
        if (!ControlSocket.IsPossible) throw ControlSocket.NotPossible();
        if (request.Pty is not null)
        {
            return await StartOnTerminalAsync(client, request, request.Pty, cancellationToken).ConfigureAwait(false);
        }

        var input = new LocalEnd(FileAccess.Write);
        var output = new LocalEnd(FileAccess.Read);
        var error = new LocalEnd(FileAccess.Read);
        try
        {
            var session = await client.OpenSessionAsync(
                ToMux(request),
                new SessionDescriptors(input.Passed, output.Passed, error.Passed),
                cancellationToken).ConfigureAwait(false);
            return new MuxProcess(session, null, input.Stream, output.Stream, error.Stream);
        }
        catch
        {
            input.Stream.Dispose();
            output.Stream.Dispose();
            error.Stream.Dispose();
            throw;
        }
        finally
        {
            // The master has its own now, and only without ours do the streams end when it closes them.
            input.Passed.Dispose();
            output.Passed.Dispose();
            error.Passed.Dispose();
        }
    }

    public override Task<bool> SendSignalAsync(string name, CancellationToken cancellationToken) =>
        _session.SendSignalAsync(name, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        await _input.DisposeAsync().ConfigureAwait(false);
        await _output.DisposeAsync().ConfigureAwait(false);
        await _error.DisposeAsync().ConfigureAwait(false);
        _terminal?.Dispose();
    }

    /// <summary>
    /// The master takes modes and size of the remote terminal from the standard input that it is given. So that is a
    /// terminal, too; what the program writes comes by another way, on which nothing changes it.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    private static async Task<RemoteProcess> StartOnTerminalAsync(
        MuxClient client, SessionRequest request, PtyRequest pty, CancellationToken cancellationToken)
    {
        var size = new WindowSize((ushort)pty.Size.Columns, (ushort)pty.Size.Rows, 0, 0);
        var terminal = PseudoTerminal.Open(size, TerminalModes.HasEcho(pty.Modes.Span));
        var output = new LocalEnd(FileAccess.Read);
        var error = new LocalEnd(FileAccess.Read);
        try
        {
            var session = await client.OpenSessionAsync(
                ToMux(request) with { WantTty = true, Term = pty.Term },
                new SessionDescriptors(terminal.Far, output.Passed, error.Passed),
                cancellationToken).ConfigureAwait(false);
            terminal.MakeRaw();
            return new MuxProcess(
                session, terminal, new TerminalInputStream(terminal.Near), output.Stream, error.Stream);
        }
        catch
        {
            terminal.Dispose();
            output.Stream.Dispose();
            error.Stream.Dispose();
            throw;
        }
        finally
        {
            terminal.Far.Dispose();
            output.Passed.Dispose();
            error.Passed.Dispose();
        }
    }

    private static MuxSessionRequest ToMux(SessionRequest request) => new()
    {
        Command = request.Command,
        Subsystem = request.Subsystem,
        SessionName = request.SessionName,
        Environment = request.Environment,
        WantAgent = request.WantAgent,
        WantX11 = request.WantX11,
    };

    private async Task<CommandExit> WaitAsync()
    {
        var end = await _session.Ended.ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
        return end.ExitStatus is { } status
            ? new CommandExit(status)
            : new CommandExit(null, Message: "no exit status came; a signal probably killed the command");
    }
}
