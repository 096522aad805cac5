using System.Diagnostics;
using SshMux.Engine.Clients;

namespace SshMux.Examples;

/// <summary>many HOST COMMAND...: runs commands side by side over one login.</summary>
internal static class ManyAtOnce
{
    public static async Task<int> RunAsync(string host, string[] commands)
    {
        await using var client = await SshClient.ConnectAsync(host, ExampleHost.Options);
        var clock = Stopwatch.StartNew();

        // sshd has ten sessions for a login (MaxSessions): what is more waits for its turn (SshMuxOverflow).
        var results = await Task.WhenAll(commands.Select(command => client.RunAsync(command)));
        foreach (var (command, result) in commands.Zip(results))
        {
            Console.WriteLine($"{command}: {result.Output.TrimEnd()}");
        }

        Console.Error.WriteLine($"{commands.Length} commands in {clock.ElapsedMilliseconds} ms");
        return results.All(result => result.Succeeded) ? 0 : 1;
    }
}
