using SshMux.Engine.Clients;

namespace SshMux.Examples;

/// <summary>run HOST COMMAND: runs a command, and shows what it wrote and how it ended.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(string host, string command)
    {
        await using var client = await SshClient.ConnectAsync(host, ExampleHost.Options);
        var result = await client.RunAsync(command);
        Console.Write(result.Output);
        Console.Error.Write(result.ErrorOutput);

        // A command that fails is no exception; a signal that killed it has a name instead of a status.
        return (int)(result.Exit.Status ?? 128);
    }
}
