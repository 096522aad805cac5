using SshMux.Engine.Authentication.Keys;

namespace SshMux.Engine.Authentication;

/// <summary>A key, or certificate, in an agent; it is usable while the connection to the agent is open.</summary>
internal sealed class AgentKey : SshPrivateKey
{
    private readonly SshAgent _agent;

    internal AgentKey(SshAgent agent, byte[] publicKey, string comment)
        : base(publicKey)
    {
        _agent = agent;
        Comment = comment;
    }

    /// <inheritdoc/>
    public override async ValueTask<byte[]> SignAsync(
        string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        await _agent.SignAsync(PublicKey, algorithm, data, cancellationToken).ConfigureAwait(false);
}
