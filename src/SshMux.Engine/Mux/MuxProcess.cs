using System.Net.Sockets;
using SshMux.Engine.Connection;

namespace SshMux.Engine.Mux;

/// <summary>
/// A remote program run by a master, with its streams in this process: socket pairs, of which it got one end.
/// </summary>
internal sealed class MuxProcess : RemoteProcess
{
    private readonly NetworkStream _input;
    private readonly NetworkStream _output;
    private readonly NetworkStream _error;
    private readonly MuxSession _session;

    private MuxProcess(MuxSession session, NetworkStream input, NetworkStream output, NetworkStream error)
    {
        _session = session;
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
        if (request.Pty is not null)
        {
            throw new SshException(
                SshError.NotSupported,
                "a command over a control socket cannot have a terminal made for it: the master takes it from the "
                + "descriptors that it is given");
        }

        var input = new LocalEnd(FileAccess.Write);
        var output = new LocalEnd(FileAccess.Read);
        var error = new LocalEnd(FileAccess.Read);
        try
        {
            var session = await client.OpenSessionAsync(
                new MuxSessionRequest
                {
                    Command = request.Command,
                    Subsystem = request.Subsystem,
                    Environment = request.Environment,
                    WantAgent = request.WantAgent,
                    WantX11 = request.WantX11,
                },
                new SessionDescriptors(input.Passed, output.Passed, error.Passed),
                cancellationToken).ConfigureAwait(false);
            return new MuxProcess(session, input.Stream, output.Stream, error.Stream);
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
    }

    private async Task<CommandExit> WaitAsync()
    {
        var end = await _session.Ended.ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
        return end.ExitStatus is { } status
            ? new CommandExit(status)
            : new CommandExit(null, Message: "no exit status came; a signal probably killed the command");
    }
}
