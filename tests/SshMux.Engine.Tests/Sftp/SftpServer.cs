using System.Diagnostics;
using SshMux.Engine.Sftp;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>OpenSSH's sftp-server on a pair of pipes, and a client of it.</summary>
internal sealed class SftpServer : IAsyncDisposable
{
    private readonly Process _process;

    private SftpServer(Process process, SftpClient client)
    {
        _process = process;
        Client = client;
    }

    public SftpClient Client { get; }

    /// <summary>Starts one that begins in a folder; the arguments are those of sftp-server(8).</summary>
    public static async Task<SftpServer> StartAsync(string folder, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo("/usr/lib/openssh/sftp-server", ["-d", folder, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var client = await SftpClient.OpenAsync(
            process.StandardInput.BaseStream, process.StandardOutput.BaseStream, "there", default);
        return new SftpServer(process, client);
    }

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
