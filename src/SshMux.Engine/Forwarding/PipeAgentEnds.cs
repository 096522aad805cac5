using System.Runtime.Versioning;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Agents;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Forwarding;

/// <summary>Agents at named pipes.</summary>
[SupportedOSPlatform("windows")]
internal sealed class PipeAgentEnds : AgentEnds
{
    /// <inheritdoc/>
    public override async Task<IChannelEnds> ConnectAsync(
        string path, Func<Stream, CancellationToken, Task> prepare, CancellationToken cancellationToken)
    {
        var pipe = await AgentSockets.Current.ConnectAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            await prepare(pipe, cancellationToken).ConfigureAwait(false);

            // A pipe does not end one way alone: who asks no more wants no answer.
            return new StreamChannel(pipe, pipe.Dispose);
        }
        catch
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
