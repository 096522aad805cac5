using System.Buffers.Binary;
using System.Net.Sockets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Connection;

/// <summary>
/// Tells an agent over which connection its requests come (session-bind@openssh.com, OpenSSH's PROTOCOL.agent section
/// 1), so that keys that are only meant for some hosts serve no others.
/// </summary>
internal sealed class AgentBinding
{
    private const byte Extension = 27; // SSH_AGENTC_EXTENSION
    private const byte Success = 6; // SSH_AGENT_SUCCESS
    private const int MaxAnswer = 256 * 1024;
    private readonly byte[] _message;

    /// <summary>The server's host key, the session identifier, and the key's signature of it, as they came.</summary>
    public AgentBinding(ReadOnlySpan<byte> hostKey, ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> signature)
    {
        const string name = "session-bind@openssh.com";
        var length = 1 + SshWriter.StringLength(name) + 12 + hostKey.Length + sessionId.Length + signature.Length + 1;
        _message = new byte[4 + length];
        var writer = new SshWriter(_message);
        writer.WriteUInt32((uint)length);
        writer.WriteByte(Extension);
        writer.WriteString(name);
        writer.WriteString(hostKey);
        writer.WriteString(sessionId);
        writer.WriteString(signature);
        writer.WriteBoolean(true); // forwarded, not used for a login of ours
    }

    /// <summary>
    /// Binds a new connection to the agent. False if the agent does not know this, or refuses; then it is used as it
    /// is.
    /// </summary>
    /// <exception cref="SocketException">The agent ends the connection.</exception>
    public async Task<bool> BindAsync(Socket agent, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < _message.Length;)
        {
            sent += await agent.SendAsync(_message.AsMemory(sent), cancellationToken).ConfigureAwait(false);
        }

        var head = new byte[4];
        await ReceiveAsync(agent, head, cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length is 0 or > MaxAnswer) throw Broken();
        var answer = new byte[length];
        await ReceiveAsync(agent, answer, cancellationToken).ConfigureAwait(false);
        return answer[0] == Success;
    }

    private static async Task ReceiveAsync(Socket agent, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var count = await agent.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0) throw Broken();
            buffer = buffer[count..];
        }
    }

    private static SocketException Broken() => new((int)SocketError.ConnectionReset, "it ended the connection");
}
