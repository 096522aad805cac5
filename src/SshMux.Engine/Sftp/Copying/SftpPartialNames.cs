using System.Globalization;
using System.Security.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// The names under which files are written until they are whole. One is the name that the file is to get, a few letters,
/// and <see cref="Suffix"/>. No file that is copied may have such a name while another is written
/// under it, however the source calls its files.
/// </summary>
internal sealed class SftpPartialNames
{
    /// <summary>What they end in.</summary>
    public const string Suffix = ".sshmux-partial";

    private const int TokenLength = 12;

    // Longer ones are shortened, so that some room is left in file systems that take less than 255 bytes.
    private const int MaxNameLength = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _destinations = new(StringComparer.Ordinal);

    /// <summary>
    /// Where a copy that broke off leaves its part, and the next one finds it: the letters are those of this very
    /// source, as far as name, length and time tell.
    /// </summary>
    public static string Resumable(string destination, string source, long size, long modified)
    {
        var name = source[(source.LastIndexOf('/') + 1)..];
        var text = string.Create(CultureInfo.InvariantCulture, $"{size} {modified} {name}");
        return Make(destination, Hash(text)[..TokenLength]);
    }

    /// <summary>A name that nobody knows before.</summary>
    public static string Fresh(string destination) =>
        Make(destination, RandomNumberGenerator.GetHexString(TokenLength, lowercase: true));

    /// <summary>
    /// Before something is looked at or written at <paramref name="destination"/>: it is no name for parts any more, and
    /// a part that is being written there gets its right one first.
    /// </summary>
    public Task EnterAsync(string destination, CancellationToken cancellationToken)
    {
        if (!destination.EndsWith(Suffix, StringComparison.Ordinal)) return Task.CompletedTask;
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

    private static string Make(string destination, string token)
    {
        var slash = destination.LastIndexOf('/') + 1;
        var name = destination[slash..];
        if (ByteText.Encode(name).Length > MaxNameLength) name = Hash(name)[..(MaxNameLength / 2)];
        return $"{destination[..slash]}{name}.{token}{Suffix}";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(ByteText.Encode(text)));
}
