using SshMux.Engine.Clients;
using SshMux.Engine.Sftp.Copying;

namespace SshMux.Examples;

/// <summary>copy HOST SOURCE DESTINATION: copies a file or folder to the server, and back into DESTINATION.back.</summary>
internal static class Copy
{
    public static async Task<int> RunAsync(string host, string source, string destination)
    {
        await using var client = await SshClient.ConnectAsync(host, ExampleHost.Options);
        var sent = await client.UploadAsync(source, destination, progress: new Each());
        var received = await client.DownloadAsync(destination, destination + ".back");
        Console.WriteLine($"{sent.Count} files there, {received.Count} back");
        return 0;
    }

    private sealed class Each : IProgress<SftpCopied>
    {
        public void Report(SftpCopied value) => Console.WriteLine($"{value.Source}: {value.Length} bytes");
    }
}
