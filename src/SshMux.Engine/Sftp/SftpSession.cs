using System.Diagnostics;
using SshMux.Engine.Streams;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>
/// A session with an sftp server: packets out and in, each reply to who waits for it, and one reason for its end, which
/// all are told.
/// </summary>
internal sealed class SftpSession : IAsyncDisposable
{
    private const int ReceiveLength = 256 * 1024;

    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    // How long a server that has closed its output may take to say how it ended.
    private static readonly TimeSpan LastWordsLimit = TimeSpan.FromSeconds(1);

    // How long the reader of replies may take to learn why a server that reads no more has ended.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(3);

    private readonly RemoteProcess? _process;
    private readonly Stream _output;
    private readonly SftpSender _sender;
    private readonly SftpRequests _requests = new();
    private readonly SftpReplies _replies;
    private readonly SftpErrorOutput _errorOutput = new();
    private readonly TaskCompletionSource<SshException> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private Dictionary<string, string> _extensions = [];
    private Task _reading = Task.CompletedTask;
    private Task _readingErrors = Task.CompletedTask;

    private SftpSession(Stream input, Stream output, RemoteProcess? process, string label)
    {
        _process = process;
        _output = output;
        Label = label;
        _sender = new SftpSender(input, OnSendFailed);
        _replies = new SftpReplies(label, _requests, _sender);
    }

    /// <summary>What the server is called in errors.</summary>
    public string Label { get; }

    /// <summary>Why the session has ended; null while it lives.</summary>
    public SshException? EndReason => _ended.Task.IsCompletedSuccessfully ? _ended.Task.Result : null;

    /// <summary>The shortest time in which a request was answered.</summary>
    public TimeSpan RoundTrip => _replies.RoundTrip;

    /// <summary>How many bytes one request may read and write.</summary>
    public SftpLimits Limits { get; private set; } = SftpLimits.Plain;

    /// <summary>Speaks with the server behind a process, which is the session's from now on.</summary>
    /// <exception cref="SshException">There is no sftp server behind it, or none of version 3; the process is
    /// closed.</exception>
    public static Task<SftpSession> OpenAsync(RemoteProcess process, string label, CancellationToken cancellationToken)
    {
        var session = new SftpSession(process.StandardInput, process.StandardOutput, process, label);
        session._readingErrors = session._errorOutput.ReadAsync(process.StandardError, session._stop.Token);
        return session.OpenAsync(cancellationToken);
    }

    /// <summary>Speaks with the server behind a pair of streams.</summary>
    /// <exception cref="SshException">There is no sftp server behind them, or none of version 3.</exception>
    public static Task<SftpSession> OpenAsync(
        Stream input, Stream output, string label, CancellationToken cancellationToken) =>
        new SftpSession(input, output, null, label).OpenAsync(cancellationToken);

    /// <summary>Whether the server has an extension, in a version that can be used.</summary>
    public bool HasExtension(string name, string version) =>
        _extensions.TryGetValue(name, out var data) && data == version;

    /// <summary>Completes when there is room for more data to be sent.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken) => _sender.WaitForRoomAsync(cancellationToken);

    /// <summary>Sends SSH_FXP_READ; the reply goes to <paramref name="pending"/>.</summary>
    public void SendRead(SftpFile file, long offset, int length, SftpPending pending)
    {
        Span<byte> packet = stackalloc byte[SftpCodec.ReadLength(SftpProtocol.MaxHandleLength)];
        packet = packet[..SftpCodec.ReadLength(file.Handle.Length)];
        if (!_requests.TryAdd(pending, out var id)) return;
        SftpCodec.WriteRead(packet, id, file.Handle, offset, length);
        _sender.Send(packet);
    }

    /// <summary>
    /// Sends SSH_FXP_WRITE from a buffer of the array pool, which goes back there; its data begins after
    /// <see cref="SftpCodec.WriteHeaderLength"/>.
    /// </summary>
    public void SendWrite(SftpFile file, long offset, byte[] buffer, int length, SftpPending pending)
    {
        if (!_requests.TryAdd(pending, out var id)) return;
        SftpCodec.WriteWriteHeader(buffer.AsSpan(0, length), id, file.Handle, offset);
        _sender.SendOwned(buffer, length);
    }

    /// <summary>Makes a request and reads its reply.</summary>
    /// <param name="expected">The type of the reply that is wanted; a status is always possible.</param>
    /// <param name="encode">Writes the request with an id; an <see cref="SshException"/> of it is the result.</param>
    /// <param name="parse">Reads the reply.</param>
    /// <param name="refused">Makes the result, or the error, of a status.</param>
    public Task<T> RequestAsync<T>(
        byte expected, Func<uint, byte[]> encode, SftpParser<T> parse, Func<SftpStatus, T> refused)
    {
        var answer = new SftpAnswer<T>(expected, parse, refused);
        if (!_requests.TryAdd(answer, out var id)) return answer.Task;
        byte[] packet;
        try
        {
            packet = encode(id);
        }
        catch (SshException e)
        {
            // A path that cannot be sent.
            _requests.Remove(id);
            return Task.FromException<T>(e);
        }

        _sender.Send(packet);
        return answer.Task;
    }

    /// <summary>
    /// Ends the session. If nothing is under way, the server ends first, and is given two seconds for that; requests
    /// under way fail at once.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null && _requests.IsIdle) await LeaveAsync(_process).ConfigureAwait(false);
        End(new SshException(SshError.Stopped, $"the sftp session with {Label} was closed"));
        await _stop.CancelAsync().ConfigureAwait(false);
        _sender.Dispose();
        if (_process is not null) await _process.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _readingErrors.ConfigureAwait(false);
    }

    /// <summary>
    /// As sftp(1) leaves: the server sees the end of its input, and goes. A session closed from this side counts as one
    /// of MaxSessions until sshd sees its program gone; and dropbear (2022.83) can take what is left of it for the next
    /// one, and closes that.
    /// </summary>
    private static async Task LeaveAsync(RemoteProcess process)
    {
        try
        {
            await process.StandardInput.DisposeAsync().ConfigureAwait(false);
            await process.Exit.WaitAsync(LeaveLimit).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SshException or TimeoutException)
        {
            // Then the session ends at once.
        }
    }

    private async Task<SftpSession> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            var version = new SftpVersionReply();
            _requests.AddGreeting(version);
            _sender.Send(SftpCodec.Init());
            _reading = Task.Run(ReadAsync, CancellationToken.None);
            _extensions = await version.Extensions.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (HasExtension(SftpProtocol.Limits, "1"))
            {
                Limits = await RequestAsync(
                    SftpProtocol.ExtendedReply,
                    id => SftpCodec.Extended(id, SftpProtocol.Limits),
                    SftpCodec.DecodeLimits,
                    _ => SftpLimits.Plain).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return this;
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            // Of its own, not pooled: a read that was given up may still be writing into it.
            var buffer = GC.AllocateUninitializedArray<byte>(ReceiveLength);
            int count;
            while ((count = await _output.ReadAsync(buffer, _stop.Token).ConfigureAwait(false)) > 0)
            {
                _replies.Receive(buffer.AsSpan(0, count));
            }

            await EndWithServerAsync().ConfigureAwait(false);
        }
        catch (SshException e)
        {
            End(e.Error == SshError.ProtocolError
                ? new SshException(e.Error, $"the sftp server of {Label} broke the protocol: {e.Message}", e)
                : e);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            End(e.InnerException as SshException ?? new SshException(
                SshError.ConnectionLost, $"the sftp session with {Label} was lost: {e.Message}", e));
        }
    }

    private async Task EndWithServerAsync()
    {
        var text = $"the sftp server of {Label} has ended";
        if (_process is not null)
        {
            try
            {
                // The rest is there already, or will not come.
                var exit = await _process.Exit.WaitAsync(LastWordsLimit, _stop.Token).ConfigureAwait(false);
                await _readingErrors.WaitAsync(LastWordsLimit, _stop.Token).ConfigureAwait(false);
                if (exit.Status is { } status) text += $" with exit status {status}";
                else if (exit.Signal is { } signal) text += $", killed by SIG{Printable.Text(signal)}";
            }
            catch (SshException e)
            {
                End(e.Again());
                return;
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                // It is told without.
            }
        }

        End(new SshException(SshError.ConnectionLost, text + _errorOutput.Suffix));
    }

    private void OnSendFailed(Exception e)
    {
        // A server that reads no more has mostly ended, and the reader of replies learns why.
        if (e is OperationCanceledException or ObjectDisposedException) return;
        _ = EndSoonAsync(e);

        async Task EndSoonAsync(Exception error)
        {
            await ((Task)_ended.Task.WaitAsync(EndLimit, CancellationToken.None))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            End(error.InnerException as SshException ?? new SshException(
                SshError.ConnectionLost, $"the sftp server of {Label} takes no more: {error.Message}", error));
        }
    }

    private void End(SshException reason)
    {
        if (_requests.End(reason) is not { } waiting) return;
        _ended.TrySetResult(reason);
        OneByOne.Guard(_sender.Dispose, Ignore);
        OneByOne.Tell(waiting, pending => pending.OnEnded(reason), Ignore);

        // Who fails to take the end has nothing left to do; the others have.
        static void Ignore(Exception e) => Trace.TraceError($"sshmux: who was told of sftp's end failed: {e}");
    }
}
