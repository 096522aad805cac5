namespace SshMux.Engine.Platform.Files;

/// <summary>
/// An advisory lock on a folder (flock(2)): processes that change the same thing in it take turns. Nothing is left in
/// the file system, and the lock of a process that dies is gone with it.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DescriptorHandle? _folder;

    private FolderLock(DescriptorHandle? folder) => _folder = folder;

    /// <summary>
    /// Waits for the lock. Where a folder cannot be locked, or somebody keeps it too long, it goes on without: the lock
    /// makes a rare race rarer, and is not worth failing for.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public static async Task<FolderLock> TakeAsync(string folder, CancellationToken cancellationToken)
    {
        DescriptorHandle descriptor;
        try
        {
            descriptor = DescriptorHandle.Open(folder, FileAccess.Read);
        }
        catch (SshException)
        {
            return new FolderLock(null);
        }

        try
        {
            var start = Environment.TickCount64;
            while (LibC.FLock(descriptor.Number, Exclusive | NonBlocking) != 0
                && Environment.TickCount64 - start < Patience.TotalMilliseconds)
            {
                await Task.Delay(5, cancellationToken).ConfigureAwait(false);
            }

            return new FolderLock(descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>Lets the next one have the folder.</summary>
    public void Dispose() => _folder?.Dispose();
}
