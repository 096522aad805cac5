using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform.Files;

/// <summary>Files whose paths may have bytes that are no UTF-8 (<see cref="UnixPath"/>).</summary>
[UnsupportedOSPlatform("windows")]
internal static class UnixFile
{
    /// <summary>Opens a file to read it, without a buffer.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream OpenRead(string path)
    {
        if (ByteText.IsUtf8(path))
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }

        var descriptor = DescriptorHandle.TryOpen(path, OpenFlags.O_RDONLY, out var error)
            ?? throw new IOException(DescriptorHandle.Failed($"cannot open {path}", error).Message);
        using (descriptor)
        {
            var handle = new SafeFileHandle(descriptor.Number, ownsHandle: true);
            descriptor.SetHandleAsInvalid();
            return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        }
    }
}
