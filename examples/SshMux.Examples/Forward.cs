using SshMux.Engine.Clients;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Examples;

/// <summary>
/// forward HOST SPEC: forwards a port to a web server as <c>ssh -L SPEC</c> does, with port 0 for one that is free, and
/// shows the page.
/// </summary>
internal static class Forward
{
    public static async Task<int> RunAsync(string host, string forward)
    {
        await using var client = await SshClient.ConnectAsync(host, ExampleHost.Options);
        var local = ForwardSpec.ParseLocal(forward);
        var port = await client.OpenForwardAsync(local) ?? local.Listen.Port;
        using var web = new HttpClient();
        Console.WriteLine(await web.GetStringAsync(new Uri($"http://127.0.0.1:{port}/")));
        await client.CloseForwardAsync(local);
        return 0;
    }
}
