using System.Globalization;
using SshMux.Engine;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Platform.Files;

namespace SshMux.PowerShell.Masters.Listening;

/// <summary>
/// The folder for the control sockets of masters for which none is configured: only its user may enter it.
/// </summary>
internal static class ControlFolder
{
    /// <summary>What the name of a background master's record ends in.</summary>
    public const string RecordSuffix = ".master";

    /// <summary>What is in the name of a file that becomes a record.</summary>
    public const string NewRecordSuffix = ".master~";

    /// <summary>
    /// $XDG_RUNTIME_DIR/sshmux where there is such a folder and it is this user's (after su it may be another one's),
    /// else ~/.ssh/sshmux.
    /// </summary>
    public static string Path
    {
        get
        {
            var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            return System.IO.Path.IsPathRooted(runtime) && Directory.Exists(runtime)
                && OwnFiles.Current.WhyNotOwnFolder(runtime) is null
                ? System.IO.Path.Combine(runtime, "sshmux")
                : System.IO.Path.Combine(
                    Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh", "sshmux");
        }
    }

    /// <summary>Whether what is in the folder can be believed: it is this user's, and nobody else can write there.</summary>
    public static bool IsOwn => OwnFiles.Current.WhyNotOwnFolder(Path) is null;

    /// <summary>Where a master of this process listens: its name and the process id, in the folder.</summary>
    public static string SocketFor(string name) => System.IO.Path.Combine(
        Path, $"{FileNameFor(name)}-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A master's name as part of a file's name.</summary>
    public static string FileNameFor(string name)
    {
        // A name can have characters that a file's name, or ssh's command line, cannot.
        return new string([.. name.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' ? c : '_')]);
    }

    /// <summary>Makes the folder if it is not there, and sees to it that nobody else can put sockets there.</summary>
    /// <exception cref="SshException"><see cref="SshError.ControlPathInvalid"/>: it cannot be used.</exception>
    public static void Prepare()
    {
        var path = Path;
        string? why;
        try
        {
            // ~/.ssh may be new too.
            OwnFiles.Current.CreateFolder(System.IO.Path.GetDirectoryName(path)!);
            OwnFiles.Current.CreateFolder(path);
            why = OwnFiles.Current.WhyNotOwnFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SshException(
                SshError.ControlPathInvalid,
                $"the folder for control sockets, {path}, cannot be made: {e.Message}; name another path with "
                + "-ControlPath",
                e);
        }

        if (why is null) return;
        throw new SshException(
            SshError.ControlPathInvalid,
            $"the folder for control sockets, {path}, {why}; or name another path with -ControlPath");
    }

    /// <summary>What is in the folder and may be a control socket.</summary>
    public static IReadOnlyList<string> Sockets() => [.. Files().Where(file => !IsRecord(file))];

    /// <summary>All files in the folder.</summary>
    public static IReadOnlyList<string> Files()
    {
        try
        {
            return IsOwn ? Directory.GetFiles(Path) : [];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>
    /// Removes the sockets of processes that ended without removing theirs (killed, or the machine was).
    /// </summary>
    public static async Task RemoveStaleAsync(CancellationToken cancellationToken)
    {
        foreach (var socket in Sockets())
        {
            if (IsOwnersProcessRunning(socket)) continue;
            try
            {
                await using var client = await MuxClient.ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException e) when (e.Error == SshError.ControlSocketStale)
            {
                File.Delete(socket);
            }
            catch (SshException)
            {
                // Somebody is there, or it is no socket: not ours to remove.
            }
        }
    }

    private static bool IsRecord(string file) =>
        file.EndsWith(RecordSuffix, StringComparison.Ordinal)
        || file.Contains(NewRecordSuffix, StringComparison.Ordinal);

    private static bool IsOwnersProcessRunning(string socket)
    {
        var dash = socket.LastIndexOf('-');
        return int.TryParse(socket.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && Directory.Exists($"/proc/{id.ToString(CultureInfo.InvariantCulture)}");
    }
}
