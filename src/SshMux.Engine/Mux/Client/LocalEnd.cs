using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// A stream in this process and the descriptor of its other end, for a master to read or write. A socket pair, because
/// unlike a pipe it is read and written here without a blocked thread.
/// </summary>
internal readonly struct LocalEnd
{
    /// <summary>Makes a pair; <paramref name="access"/> is what this process does with it.</summary>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    [UnsupportedOSPlatform("windows")]
    public LocalEnd(FileAccess access)
    {
        var (here, there) = DescriptorPair.CreateSocket();
        Stream = new NetworkStream(here, access, ownsSocket: true);
        Passed = there;
    }

    /// <summary>This process's end.</summary>
    public NetworkStream Stream { get; }

    /// <summary>The end to pass to the master, and then to dispose.</summary>
    public DescriptorHandle Passed { get; }
}
