using System.Runtime.Versioning;

namespace SshMux.Engine.Sftp.Local;

/// <summary>A file of which the attribute that makes it read-only is taken away, and comes back unless it is gone.</summary>
[SupportedOSPlatform("windows")]
internal sealed class ReadOnlyLifted : IDisposable
{
    private readonly string _path;
    private bool _isDone;

    private ReadOnlyLifted(string path) => _path = path;

    /// <summary>Takes it away; null if there was none, or it cannot be.</summary>
    public static ReadOnlyLifted? From(string path)
    {
        try
        {
            var attributes = File.GetAttributes(path);
            if ((attributes & FileAttributes.ReadOnly) == 0) return null;
            File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
            return new ReadOnlyLifted(path);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            return null; // what is tried next tells why
        }
    }

    /// <summary>What has the name now is another file, and stays as it is.</summary>
    public void Keep() => _isDone = true;

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        if (_isDone) return;
        try
        {
            File.SetAttributes(_path, File.GetAttributes(_path) | FileAttributes.ReadOnly);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            // It is gone, or another's by now.
        }
    }
}
