using SshMux.Engine.Clients;
using SshMux.Engine.Mux.Client;

namespace SshMux.Examples;

/// <summary>
/// attach PATH COMMAND: runs a command over the login of a master that somebody else holds: OpenSSH's
/// (<c>ssh -M -S PATH HOST</c>) or ours.
/// </summary>
internal static class OverAMaster
{
    public static async Task<int> RunAsync(string controlPath, string command)
    {
        await using var client = await MuxClient.ConnectAsync(controlPath);
        Console.Error.WriteLine($"the master's process is {await client.CheckAliveAsync()}");
        var result = await client.RunAsync(command);
        Console.Write(result.Output);
        return (int)(result.Exit.Status ?? 255);
    }
}
