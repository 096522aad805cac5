using System.Runtime.Versioning;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Platform.Processes;

/// <summary>A pipe's descriptor to read from.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixChildOutput(DescriptorHandle pipe) : ChildOutput
{
    private readonly DescriptorReader _reader = DescriptorReader.Open(pipe);

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _reader.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override void Dispose() => _reader.Dispose();
}
