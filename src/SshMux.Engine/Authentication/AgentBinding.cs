using System.Buffers.Binary;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>
/// Tells an agent over which connection its requests come (session-bind@openssh.com, OpenSSH's PROTOCOL.agent section
/// 1), so that keys that are only meant for some hosts serve these, and no others.
/// </summary>
/// <param name="hostKey">The server's host key.</param>
/// <param name="sessionId">The session identifier.</param>
/// <param name="proof">The host key's signature of it, as it came in the key exchange.</param>
internal sealed class AgentBinding(
    ReadOnlyMemory<byte> hostKey, ReadOnlyMemory<byte> sessionId, ReadOnlyMemory<byte> proof)
{
    private const string Name = "session-bind@openssh.com";
    private const byte Extension = 27; // SSH_AGENTC_EXTENSION
    private const byte Success = 6; // SSH_AGENT_SUCCESS
    private const int MaxAnswer = 256 * 1024;

    /// <summary>The message to the agent, without its length.</summary>
    /// <param name="forwarded">
    /// Whether the server's programs will use the connection to the agent, and not we for a login.
    /// </param>
    public byte[] CreateMessage(bool forwarded)
    {
        var message = new byte[
            1 + SshWriter.StringLength(Name) + 12 + hostKey.Length + sessionId.Length + proof.Length + 1];
        var writer = new SshWriter(message);
        writer.WriteByte(Extension);
        writer.WriteString(Name);
        writer.WriteString(hostKey.Span);
        writer.WriteString(sessionId.Span);
        writer.WriteString(proof.Span);
        writer.WriteBoolean(forwarded);
        return message;
    }

    /// <summary>
    /// Whether the agent's answer is that it does so. One that knows no binding, or refuses, can be used all the same.
    /// </summary>
    public static bool IsGranted(ReadOnlySpan<byte> answer) => answer is [Success, ..];

    /// <summary>Binds a connection to the agent that the server's programs will use.</summary>
    /// <returns>Whether the agent does so.</returns>
    /// <exception cref="IOException">The agent ends the connection.</exception>
    public async Task<bool> BindForwardedAsync(Stream agent, CancellationToken cancellationToken)
    {
        var message = CreateMessage(forwarded: true);
        var frame = new byte[4 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, message.Length);
        message.CopyTo(frame, 4);
        await agent.WriteAsync(frame, cancellationToken).ConfigureAwait(false);

        // No more than the answer: what follows is for the server's programs.
        var head = new byte[4];
        await ReceiveAsync(agent, head, cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length is 0 or > MaxAnswer) throw new IOException($"its answer has {length} bytes");
        var answer = new byte[length];
        await ReceiveAsync(agent, answer, cancellationToken).ConfigureAwait(false);
        return IsGranted(answer);
    }

    private static async Task ReceiveAsync(Stream agent, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            await agent.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException("it ended the connection", e);
        }
    }
}
