using Microsoft.Win32.SafeHandles;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Benchmarks.Lab;

/// <summary>A pipe: one end to be passed to a master, the other for us.</summary>
internal static class Pipe
{
    /// <summary>The passed end is for the remote program to read from, ours to write to.</summary>
    public static (DescriptorHandle Passed, Stream Ours) ForInput()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        return (read, Open(write, FileAccess.Write));
    }

    /// <summary>The passed end is for the remote program to write to, ours to read from.</summary>
    public static (DescriptorHandle Passed, Stream Ours) ForOutput()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        return (write, Open(read, FileAccess.Read));
    }

    private static FileStream Open(DescriptorHandle descriptor, FileAccess access)
    {
        var handle = new SafeFileHandle(descriptor.DangerousGetHandle(), ownsHandle: true);
        descriptor.SetHandleAsInvalid();
        return new FileStream(handle, access, bufferSize: 0);
    }
}
