using System.Globalization;
using System.Security.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// The names under which files are written until they are whole. One is the name that the file is to get, a few letters,
/// and <see cref="Suffix"/>. No file that is copied may have such a name while another is written
/// under it, however the source calls its files.
/// </summary>
/// <param name="comparison">How two names are found to be one where they are written.</param>
internal sealed class SftpPartialNames(StringComparison comparison)
{
    /// <summary>What they end in.</summary>
    public const string Suffix = ".sshmux-partial";

    private const int TokenLength = 12;

    // Longer ones are shortened, so that some room is left in file systems that take less than 255 bytes.
    private const int MaxNameLength = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource> _taken =
        new(StringComparer.FromComparison(comparison));

    private readonly HashSet<string> _destinations = new(StringComparer.FromComparison(comparison));

    /// <summary>
    /// Where a copy to a server that broke off leaves its part, and the next one finds it: the letters are those of this
    /// very source, as far as name, length and time tell.
    /// </summary>
    /// <param name="destination">The path that it is to get.</param>
    /// <param name="name">The source's name, without its folder.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <param name="modified">When it was changed, in seconds since 1970.</param>
    public static string Resumable(string destination, string name, long size, long modified) =>
        Make(destination, RemoteName(destination), Token(name, size, modified));

    /// <summary>The same for a copy to this machine.</summary>
    public static string ResumableHere(string destination, string name, long size, long modified) =>
        Make(destination, Path.GetFileName(destination), Token(name, size, modified));

    /// <summary>A name on a server that nobody knows before.</summary>
    public static string Fresh(string destination) => Make(destination, RemoteName(destination), FreshToken());

    /// <summary>A name on this machine that nobody knows before.</summary>
    public static string FreshHere(string destination) =>
        Make(destination, Path.GetFileName(destination), FreshToken());

    /// <summary>
    /// Before something is looked at or written at <paramref name="destination"/>: it is no name for parts any more, and
    /// a part that is being written there gets its right one first.
    /// </summary>
    public Task EnterAsync(string destination, CancellationToken cancellationToken)
    {
        if (!destination.EndsWith(Suffix, comparison)) return Task.CompletedTask;
        lock (_lock)
        {
            _destinations.Add(destination);
            return _taken.TryGetValue(destination, out var writing)
                ? writing.Task.WaitAsync(cancellationToken)
                : Task.CompletedTask;
        }
    }

    /// <summary>Takes a name for a part; false if this copy needs it for something else.</summary>
    public bool TryTake(string partial)
    {
        lock (_lock)
        {
            return !_destinations.Contains(partial) && _taken.TryAdd(
                partial, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    /// <summary>The part has got its right name, or is left.</summary>
    public void Leave(string partial)
    {
        TaskCompletionSource? writing;
        lock (_lock) _taken.Remove(partial, out writing);
        writing?.TrySetResult();
    }

    private static string RemoteName(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string FreshToken() => RandomNumberGenerator.GetHexString(TokenLength, lowercase: true);

    private static string Token(string name, long size, long modified) =>
        Hash(string.Create(CultureInfo.InvariantCulture, $"{size} {modified} {name}"))[..TokenLength];

    private static string Make(string destination, string name, string token)
    {
        var folder = destination[..^name.Length];
        if (ByteText.Encode(name).Length > MaxNameLength) name = Hash(name)[..(MaxNameLength / 2)];
        return $"{folder}{name}.{token}{Suffix}";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(ByteText.Encode(text)));
}
