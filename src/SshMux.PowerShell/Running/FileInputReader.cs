namespace SshMux.PowerShell.Running;

/// <summary>A file as a command's standard input; it is opened when the command starts.</summary>
internal sealed class FileInputReader(string path) : InputReader
{
    private FileStream? _file;

    public override void Start() => _file = new FileStream(
        path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _file!.ReadAsync(buffer, cancellationToken);

    public override void Dispose() => _file?.Dispose();
}
