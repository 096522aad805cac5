using System.Runtime.Versioning;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Transport;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// A channel whose ends are file descriptors: a program's standard descriptors that a client passed, or a socket. Driven by
/// readiness, without a thread of its own, and without a change to the flags of descriptions that others share.
/// </summary>
internal sealed class DescriptorChannel : IChannelEnds, IEscapeEnds
{
    /// <summary>How many bytes are moved for one readiness event at most, so that channels share the thread fairly.</summary>
    internal const int WorkPerEvent = 128 * 1024;

    // So much output may wait before our own words are dropped.
    private const int MostBeforeOwnWords = 64 * 1024;

    // What is under way when the peer learns that nobody reads any more is no more than its window; twice that is safe.
    private const long DropLimit = 2 * ReceiveWindow.InitialSize;

    private readonly TaskCompletionSource<ChannelEnd> _completion;
    private readonly bool _continuesInline;
    private readonly bool _isSession;
    private readonly DescriptorChannelInput _input;
    private readonly DescriptorChannelOutput? _output;
    private readonly DescriptorChannelOutput? _errorOutput;
    private readonly OwnWords _ownWords = new();
    private Channel? _channel;
    private CommandExit? _exit;
    private SshException? _reason;
    private long _dropped;
    private volatile bool _closed;
    private volatile bool _aborted;

    [UnsupportedOSPlatform("windows")]
    private DescriptorChannel(
        bool isSession, DescriptorHandle? input, DescriptorHandle? output, DescriptorHandle? errorOutput, bool shutDown,
        bool continuesInline = false)
    {
        _isSession = isSession;
        _continuesInline = continuesInline;
        _completion = new(
            continuesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        var isTerminal = input is not null && Terminal.IsTerminal(input);
        try
        {
            _input = new(this, input is null ? null : DescriptorReader.Open(input), isTerminal);
            _output = output is null ? null : new(this, DescriptorWriter.Open(output), shutDown);
            _errorOutput = errorOutput is null ? null : new(this, DescriptorWriter.Open(errorOutput), shutDown);
        }
        catch
        {
            input?.Dispose();
            _input?.Close();
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

    /// <summary>
    /// Whether the user ended the session with an escape; how the program ends because of that is of no interest then.
    /// </summary>
    public bool IsEndedByUser { get; private set; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Preface { get; set; }

    private bool IsOutputFinished => (_output?.IsFinished ?? true) && (_errorOutput?.IsFinished ?? true);

    /// <summary>
    /// For a session: the standard descriptors of the program that stands for the remote one. It takes them over. Standard
    /// input is read from <see cref="StartInput"/> on.
    /// </summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; those given are closed.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorChannel ForSession(
        DescriptorHandle? input, DescriptorHandle? output, DescriptorHandle? errorOutput) =>
        new(isSession: true, input, output, errorOutput, shutDown: false);

    /// <summary>
    /// For the session of a master's client: the descriptors that the client passed, which it takes over. Who waits for the
    /// channel or for <see cref="Completion"/> goes on on the receive loop, or wherever it completes, and must not block.
    /// </summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; those given are closed.</exception>
    [UnsupportedOSPlatform("windows")]
    internal static DescriptorChannel ForClient(
        DescriptorHandle input, DescriptorHandle output, DescriptorHandle errorOutput) =>
        new(isSession: true, input, output, errorOutput, shutDown: false, continuesInline: true);

    /// <summary>For a stream (ssh(1) -W) between two descriptors, which it takes over; it starts with the channel.</summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; those given are closed.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorChannel ForStream(DescriptorHandle input, DescriptorHandle output) =>
        new(isSession: false, input, output, null, shutDown: false);

    /// <summary>
    /// For a connected socket that nobody else uses, which it takes over; it starts with the channel. The end of the
    /// channel's data shuts the socket's sending direction down, and the other way round.
    /// </summary>
    /// <exception cref="SshException">The system has no descriptor left; the one given is closed.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorChannel ForSocket(DescriptorHandle socket)
    {
        try
        {
            return new(isSession: false, socket, DescriptorHandle.Duplicate(socket), null, shutDown: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Obeys escapes in standard input. To be called when the channel is open and before <see cref="StartInput"/>.
    /// </summary>
    /// <param name="character">The escape character; one beyond a byte never comes.</param>
    /// <param name="host">What this process can do itself; null for the session of a master's client.</param>
    /// <param name="suspension">Can have that client stop; null if nothing can.</param>
    public void UseEscapes(uint character, IEscapeHost? host, IClientSuspension? suspension = null)
    {
        _channel!.IsInteractive = true;
        var escapes = new SessionEscapes((char)character, this, _channel, host, suspension);
        _input.Use(new TypedKeys(character, escapes));
    }

    /// <summary>
    /// Begins to send what comes from standard input, once the program was started. What is there already, or that there
    /// is nothing, goes out with the request for the program.
    /// </summary>
    public void StartInput() => _input.Start();

    /// <summary>Keeps back what the session writes.</summary>
    public DescriptorHold Hold() => new(_output, _errorOutput);

    /// <summary>The present size of the terminal that is the session's standard input; null if it is none, or closed.</summary>
    public TerminalSize? GetTerminalSize() => _input.TerminalSize;

    /// <inheritdoc/>
    public void Abort() => Fail(new SshException(SshError.Stopped, "the session was ended on this side"));

    /// <inheritdoc/>
    public void EndAtOnce(SshException reason)
    {
        IsEndedByUser = true;
        Fail(reason);
    }

    internal void Fail(SshException reason)
    {
        _aborted = true;
        _input.Abandon();
        try
        {
            _channel?.Close();
            _input.Close();
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

    /// <summary>Writes a text of our own to the session's error output, in turn with what the server sends.</summary>
    public void WriteError(string text)
    {
        if (_errorOutput?.Waiting > MostBeforeOwnWords) return;
        var bytes = Encoding.UTF8.GetBytes(text);
        _ownWords.Add(_channel, bytes.Length);
        Write(_errorOutput, bytes);
    }

    void IEscapeEnds.PauseKeys() => _input.Pause();

    void IEscapeEnds.ResumeKeys() => _input.Resume();

    /// <summary>Nothing more is sent of what the descriptors give.</summary>
    internal void OnInputEnded() => CloseIfDone();

    /// <summary>Whether data from the channel stays where it is until all that has arrived was delivered.</summary>
    internal bool TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler) => _channel!.TryKeep(data, handler);

    /// <summary>Bytes have left for good: written, or dropped because nobody reads them.</summary>
    internal void OnOutputConsumed(DescriptorChannelOutput output, int bytes, int dropped)
    {
        _ownWords.OnWritten(_channel, bytes);
        if (dropped == 0 || output != _output) return;

        // A program whose output nobody reads is stopped by SIGPIPE, if its server knows eow@openssh.com. One that goes on
        // for more than was under way when it should have heard of it never will.
        _dropped += dropped;
        if (_dropped > DropLimit && _input.HasEnded) _channel?.Close();
    }

    internal void OnOutputBroken(DescriptorChannelOutput output)
    {
        // As ssh(1): the remote program gets SIGPIPE when it writes on, and its exit status still arrives. Error output
        // alone has no such request.
        if (_isSession && output == _output) _channel!.SendEndOfWrite();
    }

    internal void OnOutputFinished()
    {
        CloseIfDone();
        CompleteIfDone();
    }

    bool IChannelHandler.ContinuesInline => _continuesInline;

    ChannelEndStatus IChannelHandler.DescribeEnds() => DescriptorStatus.Of(_input, _output, _errorOutput);

    void IChannelHandler.OnOpened(Channel channel)
    {
        _input.Attach(channel);
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

    void IChannelHandler.OnData(ReadOnlySpan<byte> data)
    {
        // Both may be one terminal: what came first is written first.
        _errorOutput?.Flush();
        Write(_output, data);
    }

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data)
    {
        _output?.Flush();
        Write(_errorOutput, data);
    }

    void IChannelHandler.OnEof() => Guarded(static self => self.EndOutput());

    void IChannelHandler.OnWritable() => _input.OnWritable();

    void IChannelHandler.OnPeerStoppedReading() => _input.End(sendEof: false);

    void IChannelHandler.OnExit(CommandExit exit) => _exit = exit;

    void IChannelHandler.OnClosed(SshException? reason)
    {
        _reason = reason;
        _closed = true;
        _input.End(sendEof: false);
        Guarded(static self => self.EndOutput());
        CompleteIfDone();
    }

    private void Write(DescriptorChannelOutput? output, ReadOnlySpan<byte> data)
    {
        if (output is null)
        {
            _channel!.Consumed(data.Length);
            return;
        }

        try
        {
            output.Write(data);
        }
        catch (Exception e)
        {
            FailBecauseOf(e);
        }
    }

    private void EndOutput()
    {
        _output?.End();
        _errorOutput?.End();
    }

    /// <summary>
    /// A stream is closed when it has ended both ways. A session is closed by the server, which first says how the program
    /// ended.
    /// </summary>
    private void CloseIfDone()
    {
        if (!_isSession && _input.HasEnded && IsOutputFinished) _channel?.Close();
    }

    private void CompleteIfDone()
    {
        if (!_closed || !IsOutputFinished) return;
        _input.Close();
        _completion.TrySetResult(new ChannelEnd(_exit, _reason));
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
