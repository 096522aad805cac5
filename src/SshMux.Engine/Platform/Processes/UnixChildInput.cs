using System.Runtime.Versioning;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Platform.Processes;

/// <summary>A pipe's descriptor to write to.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixChildInput(DescriptorHandle pipe) : ChildInput
{
    private readonly DescriptorWriter _writer = DescriptorWriter.Open(pipe);

    /// <inheritdoc/>
    public override ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        _writer.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override void Dispose() => _writer.Dispose();
}
