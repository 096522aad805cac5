using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Agents;

/// <summary>Windows' calls about named pipes that .NET's classes do not make.</summary>
[SupportedOSPlatform("windows")]
internal static partial class PipeCalls
{
    /// <summary>ERROR_FILE_NOT_FOUND.</summary>
    public const int FileNotFound = 2;

    /// <summary>
    /// Waits until somebody at a pipe takes a connection, without making one; fails at once if there is no such pipe.
    /// File.Exists would connect, and be a client that says nothing to the server.
    /// </summary>
    /// <param name="name">The whole name.</param>
    /// <param name="timeout">In milliseconds; 0 stands for the server's own.</param>
    [LibraryImport("kernel32.dll", EntryPoint = "WaitNamedPipeW", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool WaitNamedPipe(string name, uint timeout);
}
