using System.Diagnostics;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Sftp;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>OpenSSH's sftp-server on a pair of pipes, and a client of it.</summary>
internal sealed class SftpServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly LongPathStreams.Requests? _requests;

    private SftpServer(Process process, SftpClient client, LongPathStreams.Requests? requests = null)
    {
        _process = process;
        _requests = requests;
        Client = client;
    }

    public SftpClient Client { get; }

    /// <summary>How many bytes went there, if it is far away.</summary>
    public long Written => _requests!.Written;

    /// <summary>Starts one at the end of a long path, that begins in a folder.</summary>
    public static async Task<SftpServer> StartFarAsync(string folder, params string[] arguments)
    {
        var process = StartProcess(folder, arguments);
        var requests = new LongPathStreams.Requests(process.StandardInput.BaseStream);
        var replies = new LongPathStreams.Replies(process.StandardOutput.BaseStream);
        return new SftpServer(process, await SftpClient.OpenAsync(requests, replies, "there", default), requests);
    }

    /// <summary>Starts one that begins in a folder; its replies are read in pieces of so many bytes at most.</summary>
    public static async Task<SftpServer> StartInPiecesAsync(string folder, int most)
    {
        var process = StartProcess(folder, []);
        var output = new PiecesStream(process.StandardOutput.BaseStream, most);
        return new SftpServer(
            process, await SftpClient.OpenAsync(process.StandardInput.BaseStream, output, "there", default));
    }

    /// <summary>Starts one that begins in a folder; the arguments are those of sftp-server(8).</summary>
    public static async Task<SftpServer> StartAsync(string folder, params string[] arguments)
    {
        var process = StartProcess(folder, arguments);
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

    private static Process StartProcess(string folder, string[] arguments) => Process.Start(
        new ProcessStartInfo("/usr/lib/openssh/sftp-server", ["-d", folder, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    private sealed class PiecesStream(Stream inner, int most) : UnseekableStream
    {
        public override bool CanRead => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
