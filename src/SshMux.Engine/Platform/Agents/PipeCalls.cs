using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Agents;

/// <summary>Windows' calls about named pipes that .NET's classes do not make.</summary>
[SupportedOSPlatform("windows")]
internal static partial class PipeCalls
{
    /// <summary>ERROR_FILE_NOT_FOUND.</summary>
    public const int FileNotFound = 2;

    /// <summary>PROCESS_QUERY_LIMITED_INFORMATION.</summary>
    public const uint QueryProcess = 0x1000;

    /// <summary>TOKEN_QUERY and TOKEN_DUPLICATE.</summary>
    public const uint QueryToken = 0x8 | 0x2;

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

    /// <summary>The process that takes the connections of a pipe.</summary>
    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetNamedPipeServerProcessId(SafePipeHandle pipe, out uint process);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    public static partial SafeProcessHandle OpenProcess(
        uint access, [MarshalAs(UnmanagedType.Bool)] bool inherit, uint process);

    [LibraryImport("advapi32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool OpenProcessToken(
        SafeProcessHandle process, uint access, out SafeAccessTokenHandle token);
}
