using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Connecting;

/// <summary>
/// A connection that a ProxyCommand carries: what it prints is what the server sends. Its end is an error that says how
/// it ended, for a server says goodbye before it closes.
/// </summary>
internal sealed class ProxyCommandStream : UnseekableStream
{
    /// <summary>How long a command whose input has ended may take to end by itself.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromMilliseconds(500);

    private readonly string _command;
    private readonly ChildProcess? _process;
    private readonly ChildOutput _reader;
    private readonly ChildInput _writer;
    private bool _received;
    private volatile bool _disposed;

    private ProxyCommandStream(string command, ChildProcess? process, ChildOutput reader, ChildInput writer)
    {
        _command = command;
        _process = process;
        _reader = reader;
        _writer = writer;
    }

    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <summary>Starts a command, its tokens expanded, with the user's shell.</summary>
    /// <param name="command">The command line.</param>
    /// <param name="quiet">Drops what it says on standard error; else it goes where ours goes.</param>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static ProxyCommandStream Start(string command, bool quiet)
    {
        var process = ChildProcess.Start(ChildCommand.ForShell(command) with
        {
            ReplacesShell = true,
            OutlivesInterrupt = true,
            Input = ChildStream.Pipe,
            Output = ChildStream.Pipe,
            Error = quiet ? ChildStream.Nothing : ChildStream.Ours,
        });
        return new ProxyCommandStream(command, process, process.Output!, process.Input!);
    }

    /// <summary>ProxyCommand "-": whoever started this process carries the connection.</summary>
    /// <exception cref="SshException">Standard input or output is not open.</exception>
    public static ProxyCommandStream OverStandardStreams()
    {
        var (input, output) = StandardPipes.Open();
        return new("-", null, input, output);
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (count == 0) throw await DescribeEndAsync(cancellationToken).ConfigureAwait(false);
        _received = true;
        return count;
    }

    /// <inheritdoc />
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (await _writer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false)) return;
        ObjectDisposedException.ThrowIf(_disposed, this);
        throw new IOException($"{What} reads no more");
    }

    /// <summary>Closes the command's input, lets it end, and ends it if it does not.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _writer.Dispose();
            if (_process is not null)
            {
                // What was sent last, such as the goodbye to the server, must not be lost with the command.
                await Task.WhenAny(_process.Exited, Task.Delay(EndTime)).ConfigureAwait(false);
            }
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the command.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _writer.Dispose();
            _reader.Dispose();
            _process?.HangUp();
        }

        base.Dispose(disposing);
    }

    private string What => _process is null ? "standard input" : $"the ProxyCommand '{_command}'";

    private async Task<IOException> DescribeEndAsync(CancellationToken cancellationToken)
    {
        if (_process is not null)
        {
            await Task.WhenAny(_process.Exited, Task.Delay(EndTime, cancellationToken)).ConfigureAwait(false);
        }

        var how = _process is null ? "ended"
            : _process.Exited.IsCompleted ? _process.Exited.Result.ToString()
            : "closed its output";
        var when = _received ? "" : " before the server said anything";
        var error = _received ? SshError.ConnectionLost : SshError.ConnectionFailed;
        var reason = new SshException(error, $"{What} {how}{when}");
        return new IOException(reason.Message, reason);
    }
}
