using System.Globalization;
using SshMux.Engine;
using SshMux.Engine.Platform.Files;
using SshMux.PowerShell.Masters.Listening;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// The records of the user's background masters: NAME.master in the folder for control sockets. A master writes its own
/// when it listens, and adds its reason when it ends. Stop-SshMux removes it, as does a new master of the same name;
/// else it is there for a day, so that the reason can be seen.
/// </summary>
internal static class BackgroundRecords
{
    /// <summary>Far more than a record has, in bytes.</summary>
    private const int MaxLength = 64 * 1024;

    private static readonly TimeSpan KeepEnded = TimeSpan.FromDays(1);

    /// <summary>All of them, by name; those that are too old are removed.</summary>
    public static IReadOnlyList<BackgroundRecord> All
    {
        get
        {
            List<BackgroundRecord> records = [];
            foreach (var file in ControlFolder.Files().Where(file => file.EndsWith(ControlFolder.RecordSuffix, StringComparison.Ordinal)))
            {
                if (ReadFile(file) is not { } record) continue;
                if (IsOver(record) && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > KeepEnded) File.Delete(file);
                else records.Add(record);
            }

            return [.. records.OrderBy(record => record.Name, StringComparer.OrdinalIgnoreCase)];
        }
    }

    /// <summary>That of the living master at a path; null if there is none.</summary>
    public static BackgroundRecord? FindByControlPath(string path) =>
        All.FirstOrDefault(record => record.ControlPath == path && !IsOver(record));

    /// <summary>Whether a living background master has the name, or one that means the same file.</summary>
    public static bool HasName(string name) => ReadFile(PathOf(name)) is { } record && !IsOver(record);

    /// <summary>A name like <paramref name="wish"/> that no living background master has.</summary>
    /// <param name="wish">The name.</param>
    /// <param name="isTaken">Whether another master has a name.</param>
    public static string FreeName(string wish, Predicate<string> isTaken)
    {
        var name = wish;
        for (var number = 2; HasName(name) || isTaken(name); number++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{wish}-{number}");
        }

        return name;
    }

    /// <summary>The record as it is now; null if it was removed, or belongs to another master.</summary>
    public static BackgroundRecord? Read(BackgroundRecord record) =>
        ReadFile(PathOf(record.Name)) is { } now && now.Process == record.Process ? now : null;

    /// <summary>
    /// Writes a new one, under a name like the given one if that need not be it; gives it as it was written.
    /// </summary>
    /// <exception cref="SshException">A living master has the name; the folder cannot be used.</exception>
    public static BackgroundRecord Add(BackgroundRecord record, bool isNameFixed)
    {
        ControlFolder.Prepare();
        try
        {
            while (true)
            {
                var free = isNameFixed ? record : record with { Name = FreeName(record.Name, static _ => false) };
                if (TryAdd(free)) return free;
                if (!isNameFixed) continue;
                throw new SshException(
                    SshError.Stopped,
                    $"another master took the name '{record.Name}' while this one was being opened");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SshException(
                SshError.ControlPathInvalid,
                $"the master cannot be made known to other processes: {e.Message}",
                e);
        }
    }

    /// <summary>Adds why the master has ended.</summary>
    public static void End(BackgroundRecord record, string reason)
    {
        if (Read(record) is null) return;
        try
        {
            File.Move(WriteNew(record with { EndReason = reason }), PathOf(record.Name), overwrite: true);
        }
        catch (IOException)
        {
            // A full disk, or the folder was removed: then nobody can be told.
        }
    }

    /// <summary>Removes it, unless another master has the name by now.</summary>
    public static void Remove(BackgroundRecord record)
    {
        if (Read(record) is not null) File.Delete(PathOf(record.Name));
    }

    /// <summary>Whether no living master has the name, so that this one has it now.</summary>
    private static bool TryAdd(BackgroundRecord record)
    {
        var path = PathOf(record.Name);
        var file = WriteNew(record);
        try
        {
            while (true)
            {
                try
                {
                    File.Move(file, path, overwrite: false);
                    return true;
                }
                catch (IOException) when (File.Exists(path))
                {
                    if (HasName(record.Name)) return false;
                    RemoveEnded(path, file + '-');
                }
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>
    /// One that has ended makes way. It is taken away before it is looked at again: others may be doing the same, and
    /// have put a new one there.
    /// </summary>
    private static void RemoveEnded(string path, string taken)
    {
        try
        {
            File.Move(path, taken, overwrite: true);
            if (ReadFile(taken) is { } record && !IsOver(record)) File.Move(taken, path, overwrite: false);
            else File.Delete(taken);
        }
        catch (IOException)
        {
            // Somebody was faster; the next try shows who.
        }
    }

    private static bool IsOver(BackgroundRecord record) => record.EndReason is not null || !record.Process.IsRunning;

    private static string PathOf(string name) =>
        Path.Combine(ControlFolder.Path, ControlFolder.FileNameFor(name).ToLowerInvariant() + ControlFolder.RecordSuffix);

    private static BackgroundRecord? ReadFile(string path)
    {
        // Null: none is there, or no longer; or it is not this user's, and could say anything.
        return ControlFolder.IsOwn && OwnFiles.Current.TryReadLines(path, MaxLength) is { } lines
            ? BackgroundRecord.Parse(lines)
            : null;
    }

    private static string WriteNew(BackgroundRecord record)
    {
        var file = string.Create(
            CultureInfo.InvariantCulture,
            $"{ControlFolder.Path}/{ControlFolder.FileNameFor(record.Name)}{ControlFolder.NewRecordSuffix}{Environment.ProcessId}");
        OwnFiles.Current.WriteNewLines(file, record.Format());
        return file;
    }
}
