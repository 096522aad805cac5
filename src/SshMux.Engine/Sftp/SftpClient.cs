using System.Runtime.CompilerServices;
using SshMux.Engine.Streams;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>
/// A client of the sftp subsystem (draft-ietf-secsh-filexfer-02, version 3) over the streams of a remote process,
/// whichever kind of master it came from. Any number of requests may be under way; they go out in the order in which
/// they are made. Paths are text (see <see cref="ByteText"/>); a relative one begins where the server puts the user.
/// </summary>
internal sealed class SftpClient : IAsyncDisposable
{
    private readonly SftpSession _session;

    private SftpClient(SftpSession session) => _session = session;

    /// <summary>What the server is called in errors.</summary>
    public string Label => _session.Label;

    /// <summary>Why the session has ended; null while it lives.</summary>
    public SshException? EndReason => _session.EndReason;

    /// <summary>The shortest time in which a request was answered.</summary>
    internal TimeSpan RoundTrip => _session.RoundTrip;

    /// <summary>How many bytes one request may read and write.</summary>
    internal SftpLimits Limits => _session.Limits;

    /// <summary>Speaks with the server behind a process, which is the client's from now on.</summary>
    /// <param name="process">The sftp subsystem.</param>
    /// <param name="label">What to call the server in errors.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">There is no sftp server behind it, or none of version 3; the process is
    /// closed.</exception>
    public static async Task<SftpClient> OpenAsync(
        RemoteProcess process, string label, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(process);
        return new SftpClient(await SftpSession.OpenAsync(process, label, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Speaks with the server behind a pair of streams.</summary>
    /// <exception cref="SshException">There is no sftp server behind them, or none of version 3.</exception>
    internal static async Task<SftpClient> OpenAsync(
        Stream input, Stream output, string label, CancellationToken cancellationToken) =>
        new(await SftpSession.OpenAsync(input, output, label, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Ends the session. If nothing is under way, the server ends first, and is given two seconds for that; requests
    /// under way fail at once.
    /// </summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <summary>What a file is called in errors: "web1:/var/log/syslog".</summary>
    internal string NameOf(string path) => $"{Label}:{Printable.Text(path, 1024)}";

    /// <summary>Whether the server has an extension, in a version that can be used.</summary>
    internal bool HasExtension(string name, string version = "1") => _session.HasExtension(name, version);

    /// <inheritdoc cref="SftpSession.WaitForRoomAsync"/>
    internal Task WaitForRoomAsync(CancellationToken cancellationToken) => _session.WaitForRoomAsync(cancellationToken);

    /// <inheritdoc cref="SftpSession.SendRead"/>
    internal void SendRead(SftpFile file, long offset, int length, SftpPending pending) =>
        _session.SendRead(file, offset, length, pending);

    /// <inheritdoc cref="SftpSession.SendWrite"/>
    internal void SendWrite(SftpFile file, long offset, byte[] buffer, int length, SftpPending pending) =>
        _session.SendWrite(file, offset, buffer, length, pending);

    /// <summary>The path without links, "." and "..", from the root.</summary>
    /// <exception cref="SshException">The server refused, or the session has ended.</exception>
    public Task<string> GetRealPathAsync(string path, CancellationToken cancellationToken) => NameAsync(
        id => SftpCodec.OneString(SftpProtocol.RealPath, id, Bytes(path)),
        $"find {NameOf(path)}",
        cancellationToken);

    /// <summary>
    /// A path in which "~" at the beginning means the home folder, as in a shell; "~user" needs a server with
    /// expand-path@openssh.com.
    /// </summary>
    /// <exception cref="SshException">There is no such user, or the session has ended.</exception>
    public async Task<string> ExpandAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0) return ".";
        if (path[0] != '~') return path;
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var (user, rest) = slash < 0 ? (path, "") : (path[..slash], path[slash..]);
        if (!HasExtension(SftpProtocol.ExpandPath))
        {
            // Where the server begins is the home folder, unless somebody configured another.
            if (user == "~") return rest.Trim('/').Length == 0 ? "." : rest.TrimStart('/');
            throw new SshException(
                SshError.NotSupported,
                $"cannot find {NameOf(path)}: the server does not tell the home folders of others "
                + $"({SftpProtocol.ExpandPath})");
        }

        var home = await NameAsync(
            id => SftpCodec.Extended(id, SftpProtocol.ExpandPath, Bytes(user)),
            $"find the home folder {NameOf(user)}",
            cancellationToken).ConfigureAwait(false);
        return home + rest;
    }

    /// <summary>What a path leads to; null if there is nothing.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLink">Whether to tell of a symbolic link's target and not of the link.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">The server refused, or the session has ended.</exception>
    public Task<SftpAttributes?> FindAttributesAsync(
        string path, bool followLink, CancellationToken cancellationToken) => _session.RequestAsync<SftpAttributes?>(
        SftpProtocol.Attributes,
        id => SftpCodec.OneString(followLink ? SftpProtocol.Stat : SftpProtocol.LStat, id, Bytes(path)),
        body => SftpCodec.DecodeAttributes(body),
        status => status.Code == SftpStatusCode.NoSuchFile
            ? null
            : throw SftpErrors.From(status, $"look at {NameOf(path)}")).WaitAsync(cancellationToken);

    /// <summary>
    /// The names in a folder but "." and "..", as they come: however long the list is, little of it is in memory.
    /// </summary>
    /// <exception cref="SshException">The folder cannot be read, or the session has ended.</exception>
    public async IAsyncEnumerable<SftpEntry> ListAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        const int MaxDots = 8;
        var folder = await HandleAsync(
            id => SftpCodec.OneString(SftpProtocol.OpenDir, id, Bytes(path)),
            NameOf(path),
            "read the folder",
            cancellationToken).ConfigureAwait(false);
        var dots = 0;
        try
        {
            while (true)
            {
                var entries = await _session.RequestAsync(
                    SftpProtocol.Name,
                    id => SftpCodec.OneString(SftpProtocol.ReadDir, id, folder.Handle),
                    SftpCodec.DecodeNames,
                    status => status.Code == SftpStatusCode.Eof
                        ? []
                        : throw SftpErrors.From(status, $"read the folder {folder.Name}"))
                    .WaitAsync(cancellationToken).ConfigureAwait(false);
                if (entries.Length == 0) yield break;
                foreach (var entry in entries)
                {
                    if (entry.Name is not "." and not "..")
                    {
                        yield return entry;
                    }
                    else if (++dots > MaxDots)
                    {
                        throw SshException.Protocol($"{folder.Name} contains itself without end");
                    }
                }
            }
        }
        finally
        {
            CloseSoon(folder);
        }
    }

    /// <summary>Opens a file; a new one gets the mode of <paramref name="attributes"/>.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags">What for.</param>
    /// <param name="attributes">Its mode, if it is new.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="called">The path that it has in errors, if that is another.</param>
    /// <exception cref="SshException">The server refused, or the session has ended.</exception>
    internal Task<SftpFile> OpenFileAsync(
        string path,
        SftpOpenFlags flags,
        SftpAttributes attributes,
        CancellationToken cancellationToken,
        string? called = null) =>
        HandleAsync(
            id => SftpCodec.Open(id, Bytes(path), flags, attributes),
            NameOf(called ?? path),
            (flags & SftpOpenFlags.Write) != 0 ? "write" : "read",
            cancellationToken);

    internal Task<SftpAttributes> GetAttributesAsync(SftpFile file, CancellationToken cancellationToken) =>
        _session.RequestAsync(
            SftpProtocol.Attributes,
            id => SftpCodec.OneString(SftpProtocol.FStat, id, file.Handle),
            SftpCodec.DecodeAttributes,
            status => throw SftpErrors.From(status, $"look at {file.Name}")).WaitAsync(cancellationToken);

    internal Task SetAttributesAsync(SftpFile file, SftpAttributes attributes, CancellationToken cancellationToken) =>
        OkAsync(
            id => SftpCodec.WithAttributes(SftpProtocol.FSetStat, id, file.Handle, attributes),
            $"set mode and times of {file.Name}",
            cancellationToken);

    internal Task SetAttributesAsync(string path, SftpAttributes attributes, CancellationToken cancellationToken) =>
        OkAsync(
            id => SftpCodec.WithAttributes(SftpProtocol.SetStat, id, Bytes(path), attributes),
            $"set mode and times of {NameOf(path)}",
            cancellationToken);

    internal Task CloseAsync(SftpFile file, CancellationToken cancellationToken) => OkAsync(
        id => SftpCodec.OneString(SftpProtocol.Close, id, file.Handle), $"close {file.Name}", cancellationToken);

    /// <summary>Closes what was only read: nobody needs to know how that went.</summary>
    internal void CloseSoon(SftpFile file) => Forget(OkAsync(
        id => SftpCodec.OneString(SftpProtocol.Close, id, file.Handle), "close", CancellationToken.None));

    /// <summary>Removes what a failed copy has left, if the server will.</summary>
    internal void RemoveSoon(string path) => Forget(RemoveAsync(path, CancellationToken.None));

    internal Task RemoveAsync(string path, CancellationToken cancellationToken) => OkAsync(
        id => SftpCodec.OneString(SftpProtocol.Remove, id, Bytes(path)), $"remove {NameOf(path)}", cancellationToken);

    internal Task MakeFolderAsync(string path, SftpAttributes attributes, CancellationToken cancellationToken) =>
        OkAsync(
            id => SftpCodec.WithAttributes(SftpProtocol.MakeDir, id, Bytes(path), attributes),
            $"make the folder {NameOf(path)}",
            cancellationToken);

    /// <summary>Gives a file another name, in place of a file that has it; only with posix-rename@openssh.com.</summary>
    internal Task RenameOverAsync(string from, string to, CancellationToken cancellationToken) => OkAsync(
        id => SftpCodec.Extended(id, SftpProtocol.PosixRename, Bytes(from), Bytes(to)),
        $"write {NameOf(to)}",
        cancellationToken);

    /// <summary>Gives a file another name, which nothing may have; <paramref name="called"/> is for errors.</summary>
    internal Task RenameToFreeAsync(string from, string to, string called, CancellationToken cancellationToken) =>
        OkAsync(id => SftpCodec.Rename(id, Bytes(from), Bytes(to)), $"write {NameOf(called)}", cancellationToken);

    /// <summary>
    /// Whether the file system that a path is on has no room left; false if the server does not tell.
    /// </summary>
    internal Task<bool> IsFullAsync(string path, CancellationToken cancellationToken) =>
        HasExtension(SftpProtocol.FileSystemStatus, "2")
            ? _session.RequestAsync(
                SftpProtocol.ExtendedReply,
                id => SftpCodec.Extended(id, SftpProtocol.FileSystemStatus, Bytes(path)),
                SftpCodec.DecodeIsFull,
                _ => false).WaitAsync(cancellationToken)
            : Task.FromResult(false);

    /// <summary>Nobody needs to know how a request goes.</summary>
    internal static void Forget(Task request) => _ = request.ContinueWith(
        static done => _ = done.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private static byte[] Bytes(string path) =>
        path.Contains('\0', StringComparison.Ordinal)
            ? throw new SshException(SshError.FileNameRefused, $"'{Printable.Text(path)}' has a NUL in it")
            : ByteText.Encode(path);

    private Task<bool> OkAsync(Func<uint, byte[]> encode, string doing, CancellationToken cancellationToken) =>
        _session.RequestAsync(
            SftpProtocol.Status,
            encode,
            static _ => true,
            status => status.Code == SftpStatusCode.Ok ? true : throw SftpErrors.From(status, doing))
            .WaitAsync(cancellationToken);

    private Task<string> NameAsync(Func<uint, byte[]> encode, string doing, CancellationToken cancellationToken) =>
        _session.RequestAsync(
            SftpProtocol.Name,
            encode,
            static body => SftpCodec.DecodeNames(body)[0].Name,
            status => throw SftpErrors.From(status, doing)).WaitAsync(cancellationToken);

    private async Task<SftpFile> HandleAsync(
        Func<uint, byte[]> encode, string name, string doing, CancellationToken cancellationToken)
    {
        var opening = _session.RequestAsync(
            SftpProtocol.Handle,
            encode,
            SftpCodec.DecodeHandle,
            status => throw SftpErrors.From(status, $"{doing} {name}"));
        try
        {
            return new SftpFile(await opening.WaitAsync(cancellationToken).ConfigureAwait(false), name);
        }
        catch (OperationCanceledException)
        {
            // The server opens it all the same, some time.
            _ = opening.ContinueWith(
                opened => CloseSoon(new SftpFile(opened.Result, name)),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
            throw;
        }
    }
}
