using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Mono.Unix.Native;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A master's control socket. It is bound under a temporary name and linked into place when it is ready, so that nobody
/// ever meets a socket that does not answer; only its owner can open it, and only the owner or root gets in.
/// </summary>
internal sealed partial class MuxListener : IReadinessHandler
{
    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    // More than OpenSSH's 64: who comes when the queue is full waits, or is refused (EAGAIN) if it does not block.
    private const int Backlog = 1024;

    private readonly Socket _socket;
    private readonly ReadinessRegistration _registration;
    private readonly ControlSocketIdentity _identity;
    private readonly Action<Socket> _onClient;
    private readonly ILogger _logger;
    private int _stopped;

    [UnsupportedOSPlatform("windows")]
    private MuxListener(
        string path, Socket socket, ControlSocketIdentity identity, Action<Socket> onClient, ILogger logger)
    {
        Path = path;
        _socket = socket;
        _identity = identity;
        _onClient = onClient;
        _logger = logger;
        _registration = ReadinessLoop.Shared.TryRegister(socket.SafeHandle, this)!;
    }

    /// <summary>The path of the control socket.</summary>
    public string Path { get; }

    /// <summary>
    /// Listens at a path and hands every connection of the same user or root to <paramref name="onClient"/>, on the
    /// readiness thread: it must not block.
    /// </summary>
    /// <param name="path">The control path.</param>
    /// <param name="replaceStale">Whether to replace a socket on which nobody listens any more.</param>
    /// <param name="onClient">Takes over a connected client.</param>
    /// <param name="logger">Where to log what happens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.ControlSocketInUse"/> (a living master, or something that is no socket and is never
    /// removed), <see cref="SshError.ControlSocketStale"/>, <see cref="SshError.ControlSocketDenied"/>,
    /// <see cref="SshError.ControlSocketUntrusted"/> (another user's), <see cref="SshError.ControlPathInvalid"/>.
    /// </exception>
    [UnsupportedOSPlatform("windows")]
    public static async Task<MuxListener> StartAsync(
        string path, bool replaceStale, Action<Socket> onClient, ILogger logger, CancellationToken cancellationToken)
    {
        ControlPath.Validate(path, listening: true);
        var temporary = $"{path}.{RandomNumberGenerator.GetString(NameCharacters, 16)}";
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            Bind(socket, temporary);
            var identity = ControlSocket.Find(temporary) ?? throw Unusable(path, Errno.ENOENT);
            await LinkAsync(temporary, path, replaceStale, cancellationToken).ConfigureAwait(false);
            var listener = new MuxListener(path, socket, identity, onClient, logger);
            listener._registration.Arm(ReadinessDirections.Readable);
            return listener;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            _ = Syscall.unlink(UnixPath.Native(temporary));
        }
    }

    /// <summary>
    /// Whether a master could listen at the path; to know before a login whether it is worth while.
    /// </summary>
    /// <exception cref="SshException">As <see cref="StartAsync"/>.</exception>
    [UnsupportedOSPlatform("windows")]
    public static async Task CheckAsync(string path, bool replaceStale, CancellationToken cancellationToken)
    {
        ControlPath.Validate(path, listening: true);
        var folder = FolderOf(path);
        if (!UnixPath.IsFolder(folder)) throw NoFolder(folder, null);
        if (Syscall.access(UnixPath.Native(folder), AccessModes.W_OK | AccessModes.X_OK) != 0)
        {
            throw Denied(folder, SystemError.Text(SystemError.Last), null);
        }

        if (ControlSocket.Find(path) is not { } existing) return;
        await DemandStaleAsync(path, existing, replaceStale, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Accepts no more clients, and removes the control socket if it is still ours. Later calls do nothing.
    /// </summary>
    public void Stop()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        if (ControlSocket.Find(Path) == _identity) _ = Syscall.unlink(UnixPath.Native(Path));
        _registration.Dispose();
        _socket.Dispose();
    }

    [UnsupportedOSPlatform("windows")]
    private static void Bind(Socket socket, string temporary)
    {
        try
        {
            SocketFile.Bind(socket, temporary, FilePermissions.S_IRUSR | FilePermissions.S_IWUSR);
        }
        catch (SocketException e)
        {
            var folder = FolderOf(temporary);
            throw UnixPath.IsFolder(folder) ? Denied(folder, e.Message, e) : NoFolder(folder, e);
        }

        socket.Listen(Backlog);
    }

    [UnsupportedOSPlatform("windows")]
    private static async Task LinkAsync(
        string temporary, string path, bool replaceStale, CancellationToken cancellationToken)
    {
        while (Syscall.link(UnixPath.Native(temporary), UnixPath.Native(path)) != 0)
        {
            var error = SystemError.Last;
            if (error != Errno.EEXIST) throw Unusable(path, error);

            // Masters that all find the same stale socket take turns, or one would remove what another has just put
            // there.
            using var turn = await FolderLock.TakeAsync(FolderOf(path), cancellationToken).ConfigureAwait(false);
            if (ControlSocket.Find(path) is not { } existing) continue;
            await DemandStaleAsync(path, existing, replaceStale, cancellationToken).ConfigureAwait(false);
            _ = Syscall.unlink(UnixPath.Native(path));
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static async Task DemandStaleAsync(
        string path, ControlSocketIdentity existing, bool replaceStale, CancellationToken cancellationToken)
    {
        if (!existing.IsSocket)
        {
            throw new SshException(
                SshError.ControlSocketInUse,
                $"{path} exists and is not a socket, so it stays; choose another control path or remove it");
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            (await ControlSocket.ConnectAsync(path, patience.Token).ConfigureAwait(false)).Dispose();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Its queue stays full: it hangs, but it is there.
        }
        catch (SshException e) when (e.Error == SshError.ControlSocketMissing
            || (e.Error == SshError.ControlSocketStale && replaceStale))
        {
            return;
        }

        throw new SshException(
            SshError.ControlSocketInUse,
            $"a master already listens at {path}; use or stop it ({Advice.Words.StopMaster}), or choose another path");
    }

    private static string FolderOf(string path) =>
        System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) ?? "/";

    private static SshException NoFolder(string folder, Exception? inner) => new(
        SshError.ControlPathInvalid,
        $"cannot create a control socket: there is no folder {folder}; create it with mode 0700",
        inner);

    private static SshException Denied(string folder, string why, Exception? inner) =>
        new(SshError.ControlSocketDenied, $"cannot create a control socket in {folder}: {why}", inner);

    private static SshException Unusable(string path, Errno error) => new(
        SshError.ControlPathInvalid,
        $"cannot put a control socket at {path}: {SystemError.Text(error)}; "
        + "choose a folder of your own on a local file system");

    /// <summary>One client an event: others that wait for the thread have their turn between two.</summary>
    void IReadinessHandler.OnReady(ReadinessDirections directions)
    {
        try
        {
            var client = _socket.Accept();
            if (Admits(client)) _onClient(client);
            else client.Dispose();
        }
        catch (Exception e) when (Volatile.Read(ref _stopped) != 0 && e is SocketException or ObjectDisposedException)
        {
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // It has gone again.
        }
        catch (Exception e)
        {
            LogAcceptFailed(Path, e.Message);
            _ = ArmLaterAsync();
            return;
        }

        _registration.Arm(ReadinessDirections.Readable);
    }

    /// <summary>Nobody could get in any more: so nobody is kept waiting at the door.</summary>
    void IReadinessHandler.OnFailed(SshException failure)
    {
        LogEnded(Path, failure.Message);
        Stop();
    }

    /// <summary>Mostly: no more descriptors. Others may be closed soon, so wait a little and go on.</summary>
    private async Task ArmLaterAsync()
    {
        await Task.Delay(100).ConfigureAwait(false);
        try
        {
            _registration.Arm(ReadinessDirections.Readable);
        }
        catch (SshException e)
        {
            ((IReadinessHandler)this).OnFailed(e);
        }
    }

    private bool Admits(Socket client)
    {
        try
        {
            var peer = PeerCredentials.Of(client);
            if (peer.IsSameUserOrRoot) return true;
            LogDropped(Path, peer.UserId, peer.ProcessId);
        }
        catch (SocketException e)
        {
            // Who cannot be known does not get in.
            LogAcceptFailed(Path, e.Message);
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "dropped a client of {Path}: user {User}, process {Process}")]
    private partial void LogDropped(string path, uint user, int process);

    [LoggerMessage(Level = LogLevel.Error, Message = "clients are not accepted at {Path} any more: {Reason}")]
    private partial void LogEnded(string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "cannot accept a client at {Path}: {Reason}")]
    private partial void LogAcceptFailed(string path, string reason);
}
