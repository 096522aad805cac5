namespace SshMux.Engine.Platform.Files;

/// <summary>
/// A lock on a folder that only those heed who take it: processes that change the same thing in it take turns. Nothing is
/// left in the file system, and the lock of a process that dies is gone with it.
/// </summary>
internal abstract class FolderLock : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Waits for the lock. Where a folder cannot be locked, or somebody keeps it too long, it goes on without: the lock
    /// makes a rare race rarer, and is not worth failing for.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public static async Task<FolderLock> TakeAsync(string folder, CancellationToken cancellationToken)
    {
        FolderLock taken = OperatingSystem.IsWindows() ? new WindowsFolderLock(folder) : new UnixFolderLock(folder);
        try
        {
            var start = Environment.TickCount64;
            while (!taken.TryTake() && Environment.TickCount64 - start < Patience.TotalMilliseconds)
            {
                await Task.Delay(5, cancellationToken).ConfigureAwait(false);
            }

            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Lets the next one have the folder.</summary>
    public abstract void Dispose();

    /// <summary>Takes it if nobody has it. Whether that is done, or there is nothing that could be taken.</summary>
    protected abstract bool TryTake();
}
