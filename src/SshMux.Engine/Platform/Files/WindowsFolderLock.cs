using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Files;

/// <summary>
/// A file in the folder that one process alone can have open, and that goes when it is closed: a folder cannot be opened
/// for one alone without keeping others from looking into it, and a mutex is a thread's.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsFolderLock(string folder) : FolderLock
{
    private const string Name = ".sshmux-lock";

    // ERROR_SHARING_VIOLATION, as an HRESULT.
    private const int InUse = unchecked((int)0x80070020);

    // While a file goes, nobody can open it; where that takes longer, this user may write nothing there.
    private const int MostRefusals = 10;

    private FileStream? _file;
    private int _refusals;

    /// <inheritdoc/>
    public override void Dispose() => _file?.Dispose();

    /// <inheritdoc/>
    protected override bool TryTake()
    {
        try
        {
            _file = new FileStream(
                Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return ++_refusals >= MostRefusals;
        }
        catch (IOException e)
        {
            return e.HResult != InUse;
        }
    }
}
