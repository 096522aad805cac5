using System.Net.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>What a master leaves that was killed.</summary>
internal static class StaleSocket
{
    /// <summary>Makes a unix socket on which nobody listens.</summary>
    public static async Task<string> CreateAsync(TestFolder folder)
    {
        var path = folder.File("stale");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + ".bound"));

        // .NET removes the name that it was bound to, but not another one of the same socket.
        var link = await ProcessResult.RunAsync("ln", [path + ".bound", path]);
        Assert.Equal(0, link.ExitCode);
        return path;
    }
}
