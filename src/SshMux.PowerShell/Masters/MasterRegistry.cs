using System.Management.Automation;
using System.Management.Automation.Runspaces;
using SshMux.PowerShell.Masters.Background;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell.Masters;

/// <summary>The masters that this process has opened, in all its runspaces.</summary>
internal static class MasterRegistry
{
    private static readonly Lock Gate = new();
    private static readonly List<Entry> Entries = [];
    private static readonly Dictionary<string, Task<Master>> Opening = new(StringComparer.Ordinal);
    private static int _number;

    /// <summary>
    /// All of them, in the order in which they were opened; also those that have ended by themselves.
    /// </summary>
    public static IReadOnlyList<Master> All
    {
        get { lock (Gate) return [.. Entries.Select(entry => entry.Master)]; }
    }

    /// <summary>The user's masters in the background, less those whose name a master of this process has.</summary>
    public static IReadOnlyList<Master> Background =>
        [.. BackgroundRecords.All.Where(record => !HasName(record.Name)).Select(record => SocketMaster.Of(record))];

    /// <summary>A name that no master has: Master1, Master2, ...</summary>
    public static string NewName()
    {
        lock (Gate)
        {
            string name;
            do name = $"Master{++_number}";
            while (IsTaken(name) || BackgroundRecords.HasName(name));
            return name;
        }
    }

    /// <summary>
    /// Gives a name back that no master has taken; the next master may have it if no later one was given.
    /// </summary>
    public static void ReturnName(string name)
    {
        lock (Gate)
        {
            if (name == $"Master{_number}" && !IsTaken(name)) _number--;
        }
    }

    /// <summary>Whether a master has the name; case does not count.</summary>
    public static bool HasName(string name)
    {
        lock (Gate) return IsTaken(name);
    }

    /// <summary>Takes a master in; false if another one has its name.</summary>
    public static bool TryAdd(Master master, Runspace? runspace)
    {
        lock (Gate)
        {
            if (IsTaken(master.Name)) return false;
            Entries.Add(new Entry(master, runspace));
            return true;
        }
    }

    /// <summary>Forgets a master that was stopped or replaced.</summary>
    public static void Remove(Master master)
    {
        lock (Gate) Entries.RemoveAll(entry => ReferenceEquals(entry.Master, master));
    }

    /// <summary>
    /// The masters with a name, which may have wildcards: this process's, and the user's in the background. A master
    /// whose name is just that is meant alone, whatever else it would match.
    /// </summary>
    public static IReadOnlyList<Master> Find(string name)
    {
        IReadOnlyList<Master> all = [.. All, .. Background];
        var exact = all.Where(master => master.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (exact.Length > 0) return exact;
        var pattern = Wildcards.Get(name, WildcardOptions.IgnoreCase);
        return [.. all.Where(master => pattern.IsMatch(master.Name))];
    }

    /// <summary>The living master with a control socket at the path; null if this process has none there.</summary>
    public static Master? FindByControlPath(string path) =>
        All.FirstOrDefault(master => master.ControlPath == path && master.KnownState != MasterState.Ended);

    /// <summary>
    /// The living master for a destination, or the one that <paramref name="open"/> makes. Who asks for the same while
    /// it is being made gets that one.
    /// </summary>
    public static async Task<Master> GetOrOpenAsync(
        string destination, Func<Task<Master>> open, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource<Master>? mine = null;
            Task<Master>? opening;
            lock (Gate)
            {
                var living = Entries.Find(entry =>
                    entry.Master.Destination == destination && entry.Master.IsOpen);
                if (living is not null) return living.Master;
                if (!Opening.TryGetValue(destination, out opening))
                {
                    mine = new TaskCompletionSource<Master>(TaskCreationOptions.RunContinuationsAsynchronously);
                    Opening.Add(destination, mine.Task);
                }
            }

            if (mine is not null) return await OpenAsync(destination, open, mine).ConfigureAwait(false);
            try
            {
                return await opening!.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Who was opening it was stopped by its user; ours still wants it.
            }
        }
    }

    /// <summary>
    /// Forgets and gives those masters that a runspace opened, and those of runspaces that are no more; all of them
    /// without a runspace.
    /// </summary>
    public static IReadOnlyList<Master> TakeFrom(Runspace? runspace)
    {
        lock (Gate)
        {
            var mine = Entries.FindAll(entry =>
                runspace is null || entry.Runspace is null || entry.Runspace == runspace
                || entry.Runspace.RunspaceStateInfo.State != RunspaceState.Opened);
            Entries.RemoveAll(mine.Contains);
            return [.. mine.Select(entry => entry.Master)];
        }
    }

    private static async Task<Master> OpenAsync(
        string destination, Func<Task<Master>> open, TaskCompletionSource<Master> result)
    {
        var opening = open();
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (Gate) Opening.Remove(destination);
        result.SetFromTask(opening);
        _ = result.Task.Exception; // others need not be waiting
        return await opening.ConfigureAwait(false);
    }

    private static bool IsTaken(string name) =>
        Entries.Exists(entry => entry.Master.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private sealed record Entry(Master Master, Runspace? Runspace);
}
