using SshMux.Engine.Clients;

namespace SshMux.Examples;

/// <summary>
/// share HOST PATH: shares its login with other programs (<c>ssh -S PATH HOST uptime</c>), until one of them ends it
/// (<c>ssh -S PATH -O exit HOST</c>).
/// </summary>
internal static class SharedMaster
{
    public static async Task<int> RunAsync(string host, string controlPath)
    {
        var options = ExampleHost.Options with { ControlPath = controlPath };
        await using var client = await SshClient.ConnectAsync(host, options);
        Console.WriteLine($"ssh -S {client.ControlPath} {host}");
        var reason = await client.Ended;
        Console.WriteLine(reason.Message);
        return 0;
    }
}
