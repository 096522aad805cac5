using System.IO.Pipes;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Processes;

/// <summary>A pipe to read from.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsChildOutput(PipeStream pipe) : ChildOutput
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await pipe.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEnd(e, cancellationToken))
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => pipe.Dispose();

    /// <summary>
    /// Whether a failure means that a pipe has ended: the program closed it, or it was disposed here, which also ends a
    /// call that waits.
    /// </summary>
    public static bool IsEnd(Exception failure, CancellationToken cancellationToken) =>
        failure is IOException or InvalidOperationException
        || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
