using SshMux.Engine.Channels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// A channel whose ends are file descriptors: a program's standard descriptors that a client passed, or a socket. Driven by
/// readiness, without a thread of its own, and without a change to the flags of descriptions that others share.
/// </summary>
public sealed partial class DescriptorChannel : IChannelHandler
{
    /// <summary>How many bytes are moved for one readiness event at most, so that channels share the thread fairly.</summary>
    internal const int WorkPerEvent = 128 * 1024;

    private const int BufferSize = 64 * 1024;

    // What is under way when the peer learns that nobody reads any more is no more than its window; twice that is safe.
    private const long DropLimit = 2 * ReceiveWindow.InitialSize;

    private readonly TaskCompletionSource<ChannelEnd> _completion;
    private readonly bool _continuesInline;
    private readonly bool _isSession;
    private readonly bool _isTerminal;
    private readonly DescriptorReader? _input;
    private readonly DescriptorChannelOutput? _output;
    private readonly DescriptorChannelOutput? _errorOutput;
    private readonly Action _pump;
    private Channel? _channel;
    private CommandExit? _exit;
    private SshException? _reason;
    private int _inputEnded;
    private volatile bool _closed;
    private volatile bool _aborted;

    private DescriptorChannel(
        bool isSession,
        DescriptorHandle? input,
        DescriptorHandle? output,
        DescriptorHandle? errorOutput,
        bool shutDown,
        bool continuesInline = false)
    {
        _isSession = isSession;
        _continuesInline = continuesInline;
        _completion = new(
            continuesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        _pump = Pump;
        _isTerminal = input is not null && Terminal.IsTerminal(input);
        try
        {
            _input = input is null ? null : DescriptorReader.Open(input);
            _output = output is null ? null : new(this, DescriptorWriter.Open(output), shutDown);
            _errorOutput = errorOutput is null ? null : new(this, DescriptorWriter.Open(errorOutput), shutDown);
        }
        catch
        {
            input?.Dispose();
            _input?.Dispose();
            output?.Dispose();
            _output?.Abort();
            errorOutput?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Completes, never faults, when the channel is closed (or the connection ended) and everything that arrived is written
    /// and the descriptors are closed; or at once with <see cref="Abort"/>.
    /// </summary>
    public Task<ChannelEnd> Completion => _completion.Task;

    /// <summary>What is written to the output before anything that comes from the channel, once that is open.</summary>
    internal ReadOnlyMemory<byte> Preface { get; set; }

    /// <summary>
    /// For a session: the standard descriptors of the program that stands for the remote one. It takes them over. Standard
    /// input is read from <see cref="StartInput"/> on.
    /// </summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; those given are closed.</exception>
    public static DescriptorChannel ForSession(
        DescriptorHandle? input, DescriptorHandle? output, DescriptorHandle? errorOutput) =>
        new(isSession: true, input, output, errorOutput, shutDown: false);

    /// <summary>
    /// Likewise, for the session of a master's client. Who waits for the channel or for <see cref="Completion"/> goes on
    /// on the receive loop, or wherever it completes, and must not block.
    /// </summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; those given are closed.</exception>
    internal static DescriptorChannel ForClient(
        DescriptorHandle input, DescriptorHandle output, DescriptorHandle errorOutput) =>
        new(isSession: true, input, output, errorOutput, shutDown: false, continuesInline: true);

    /// <summary>For a stream (ssh(1) -W) between two descriptors, which it takes over; it starts with the channel.</summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; those given are closed.</exception>
    public static DescriptorChannel ForStream(DescriptorHandle input, DescriptorHandle output) =>
        new(isSession: false, input, output, null, shutDown: false);

    /// <summary>
    /// For a connected socket that nobody else uses, which it takes over; it starts with the channel. The end of the
    /// channel's data shuts the socket's sending direction down, and the other way round.
    /// </summary>
    /// <exception cref="SshException">The system has no descriptor left; the one given is closed.</exception>
    public static DescriptorChannel ForSocket(DescriptorHandle socket)
    {
        DescriptorHandle second;
        try
        {
            second = DescriptorHandle.Duplicate(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new DescriptorChannel(isSession: false, socket, second, null, shutDown: true);
    }

    /// <summary>
    /// Ends it from this side: closes the channel and the descriptors at once and drops what was not written. A channel
    /// that is still being opened is closed when it is. To be called, too, when the opening fails.
    /// </summary>
    public void Abort() => Fail(new SshException(SshError.Stopped, "the session was ended on this side"));

    internal void Fail(SshException reason)
    {
        _aborted = true;
        Interlocked.Exchange(ref _inputEnded, 1);
        try
        {
            _channel?.Close();
            _input?.Dispose();
            _output?.Abort();
            _errorOutput?.Abort();
        }
        finally
        {
            _completion.TrySetResult(new ChannelEnd(_exit, reason));
        }
    }

    internal void FailBecauseOf(Exception e) => Fail(
        e as SshException
        ?? new SshException(SshError.NotSupported, $"a channel's descriptors failed: {e.Message}", e));

    bool IChannelHandler.ContinuesInline => _continuesInline;

    void IChannelHandler.OnOpened(Channel channel)
    {
        _channel = channel;
        Interlocked.MemoryBarrier(); // either we see the abort, or it sees the channel
        if (_aborted)
        {
            channel.Close();
            return;
        }

        if (!Preface.IsEmpty) Write(_output, Preface.Span);
        if (!_isSession) Guarded(static self => self.StartInput());
    }

    void IChannelHandler.OnExit(CommandExit exit) => _exit = exit;

    void IChannelHandler.OnClosed(SshException? reason)
    {
        _reason = reason;
        _closed = true;
        EndInput(sendEof: false);
        Guarded(static self => self.EndOutput());
        CompleteIfDone();
    }

    private void Guarded(Action<DescriptorChannel> action)
    {
        // A failure of this channel's descriptors must end neither the connection nor the readiness thread.
        try
        {
            action(this);
        }
        catch (Exception e)
        {
            FailBecauseOf(e);
        }
    }
}
