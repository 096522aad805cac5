using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Files;

/// <summary>An advisory lock on the folder itself (flock(2)).</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixFolderLock : FolderLock
{
    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB

    private readonly DescriptorHandle? _folder;

    public UnixFolderLock(string folder)
    {
        try
        {
            _folder = DescriptorHandle.Open(folder, FileAccess.Read);
        }
        catch (SshException)
        {
            // It is not there, or may not be read: nothing is locked.
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _folder?.Dispose();

    /// <inheritdoc/>
    protected override bool TryTake() => _folder is null || LibC.FLock(_folder.Number, Exclusive | NonBlocking) == 0;
}
