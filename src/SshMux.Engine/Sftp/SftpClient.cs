using System.Diagnostics;
using System.Text;
using SshMux.Engine.Streams;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>
/// A client of the sftp subsystem (draft-ietf-secsh-filexfer-02, version 3) over the streams of a remote process,
/// whichever kind of master it came from. Any number of requests may be under way; they go out in the order in which
/// they are made. Paths are text (see <see cref="ByteText"/>); a relative one begins where the server puts the user.
/// </summary>
public sealed partial class SftpClient : IAsyncDisposable
{
    private const int MaxErrorText = 1024;

    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    private readonly RemoteProcess? _process;
    private readonly Stream _output;
    private readonly SftpSender _sender;
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SftpPending> _pending = [];
    private readonly TaskCompletionSource<SshException> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly StringBuilder _errorText = new();
    private Dictionary<string, string> _extensions = [];
    private Task _reading = Task.CompletedTask;
    private Task _readingErrors = Task.CompletedTask;
    private SshException? _endReason;
    private uint _lastId;

    private SftpClient(Stream input, Stream output, RemoteProcess? process, string label)
    {
        _process = process;
        _output = output;
        Label = label;
        _sender = new SftpSender(input, OnSendFailed);
    }

    /// <summary>What the server is called in errors.</summary>
    public string Label { get; }

    /// <summary>Why the session has ended; null while it lives.</summary>
    public SshException? EndReason => _ended.Task.IsCompletedSuccessfully ? _ended.Task.Result : null;

    /// <summary>The shortest time in which a request was answered.</summary>
    internal TimeSpan RoundTrip { get; private set; } = TimeSpan.MaxValue;

    /// <summary>How many bytes one request may read and write.</summary>
    internal SftpLimits Limits { get; private set; } = SftpLimits.Plain;

    /// <summary>Speaks with the server behind a process, which is the client's from now on.</summary>
    /// <param name="process">The sftp subsystem.</param>
    /// <param name="label">What to call the server in errors.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">There is no sftp server behind it, or none of version 3; the process is
    /// closed.</exception>
    public static Task<SftpClient> OpenAsync(
        RemoteProcess process, string label, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(process);
        var client = new SftpClient(process.StandardInput, process.StandardOutput, process, label);
        client._readingErrors = client.ReadErrorsAsync(process.StandardError);
        return client.OpenAsync(cancellationToken);
    }

    /// <summary>As above, with a pair of streams.</summary>
    internal static Task<SftpClient> OpenAsync(
        Stream input, Stream output, string label, CancellationToken cancellationToken) =>
        new SftpClient(input, output, null, label).OpenAsync(cancellationToken);

    /// <summary>
    /// Ends the session. If nothing is under way, the server ends first, and is given two seconds for that; requests
    /// under way fail at once.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null && IsIdle()) await LeaveAsync(_process).ConfigureAwait(false);
        End(new SshException(SshError.Stopped, $"the sftp session with {Label} was closed"));
        await _stop.CancelAsync().ConfigureAwait(false);
        _sender.Dispose();
        if (_process is not null) await _process.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _readingErrors.ConfigureAwait(false);
    }

    /// <summary>What a file is called in errors: "web1:/var/log/syslog".</summary>
    internal string NameOf(string path) => $"{Label}:{Printable.Text(path, 1024)}";

    /// <summary>Whether the server has an extension, in a version that can be used.</summary>
    internal bool HasExtension(string name, string version = "1") =>
        _extensions.TryGetValue(name, out var data) && data == version;

    /// <summary>Completes when there is room for more data to be sent.</summary>
    internal Task WaitForRoomAsync(CancellationToken cancellationToken) => _sender.WaitForRoomAsync(cancellationToken);

    /// <summary>Sends SSH_FXP_READ; the reply goes to <paramref name="pending"/>.</summary>
    internal void SendRead(SftpFile file, long offset, int length, SftpPending pending)
    {
        Span<byte> packet = stackalloc byte[SftpCodec.ReadLength(SftpProtocol.MaxHandleLength)];
        packet = packet[..SftpCodec.ReadLength(file.Handle.Length)];
        if (!TryRegister(pending, out var id)) return;
        SftpCodec.WriteRead(packet, id, file.Handle, offset, length);
        _sender.Send(packet);
    }

    /// <summary>
    /// Sends SSH_FXP_WRITE from a buffer of the array pool, which goes back there; its data begins after
    /// <see cref="SftpCodec.WriteHeaderLength"/>.
    /// </summary>
    internal void SendWrite(SftpFile file, long offset, byte[] buffer, int length, SftpPending pending)
    {
        if (!TryRegister(pending, out var id)) return;
        SftpCodec.WriteWriteHeader(buffer.AsSpan(0, length), id, file.Handle, offset);
        _sender.SendOwned(buffer, length);
    }

    private bool IsIdle()
    {
        lock (_lock) return _endReason is null && _pending.Count == 0;
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

    private async Task<SftpClient> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            var version = new SftpVersionReply();
            _pending.Add(0, version);
            _sender.Send(SftpCodec.Init());
            _reading = Task.Run(ReadAsync, CancellationToken.None);
            _extensions = await version.Extensions.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (HasExtension(SftpProtocol.Limits))
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

    private Task<T> RequestAsync<T>(
        byte expected, Func<uint, byte[]> encode, SftpParser<T> parse, Func<SftpStatus, T> refused)
    {
        var answer = new SftpAnswer<T>(expected, parse, refused);
        if (!TryRegister(answer, out var id)) return answer.Task;
        byte[] packet;
        try
        {
            packet = encode(id);
        }
        catch (SshException e)
        {
            // A path that cannot be sent.
            lock (_lock) _pending.Remove(id);
            return Task.FromException<T>(e);
        }

        _sender.Send(packet);
        return answer.Task;
    }

    /// <summary>Gives a request its number; false, and it is told so, if the session has ended.</summary>
    private bool TryRegister(SftpPending pending, out uint id)
    {
        lock (_lock)
        {
            id = 0;
            if (_endReason is null)
            {
                do id = ++_lastId;
                while (id == 0 || !_pending.TryAdd(id, pending));
                pending.RequestedAt = Stopwatch.GetTimestamp();
                return true;
            }
        }

        pending.OnEnded(_endReason);
        return false;
    }
}
