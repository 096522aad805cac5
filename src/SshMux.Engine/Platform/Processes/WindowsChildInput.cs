using System.IO.Pipes;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Processes;

/// <summary>A pipe to write to.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsChildInput(PipeStream pipe) : ChildInput
{
    /// <inheritdoc/>
    public override async ValueTask<bool> WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await pipe.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (WindowsChildOutput.IsEnd(e, cancellationToken))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => pipe.Dispose();
}
