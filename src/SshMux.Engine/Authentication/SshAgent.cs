using System.Buffers.Binary;
using System.Net.Sockets;
using SshMux.Engine.Platform.Agents;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>
/// A connection to an authentication agent (draft-ietf-sshm-ssh-agent): lists its keys and has it sign. One request
/// runs at a time; others wait.
/// </summary>
internal sealed partial class SshAgent : IAsyncDisposable
{
    private const byte RequestIdentities = 11;
    private const byte IdentitiesAnswer = 12;
    private const byte SignRequest = 13;
    private const byte SignResponse = 14;
    private const uint FlagSha256 = 2;
    private const uint FlagSha512 = 4;
    private const int MaxMessageLength = 256 * 1024;

    private readonly Stream _stream;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _broken;

    private SshAgent(string socketPath, Stream stream)
    {
        SocketPath = socketPath;
        _stream = stream;
    }

    /// <summary>The agent's socket, on Windows its pipe.</summary>
    public string SocketPath { get; }

    /// <summary>Connects to the agent at a socket (SSH_AUTH_SOCK, IdentityAgent).</summary>
    /// <exception cref="SshException"><see cref="SshError.KeyUnusable"/>: nobody answers there.</exception>
    public static async Task<SshAgent> ConnectAsync(string socketPath, CancellationToken cancellationToken = default)
    {
        try
        {
            return new SshAgent(
                socketPath,
                await AgentSockets.Current.ConnectAsync(socketPath, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is SocketException or IOException or ArgumentException)
        {
            throw new SshException(
                SshError.KeyUnusable, $"the agent at '{socketPath}' cannot be reached: {SocketWords.Of(e)}", e);
        }
    }

    /// <summary>The keys that the agent holds, in its order. They live as long as this connection.</summary>
    /// <exception cref="SshException"><see cref="SshError.KeyUnusable"/>: the agent refuses or fails.</exception>
    public async Task<IReadOnlyList<AgentKey>> ListAsync(CancellationToken cancellationToken = default)
    {
        var answer = await RequestAsync(new[] { RequestIdentities }, cancellationToken).ConfigureAwait(false);
        try
        {
            return ReadKeys(answer);
        }
        catch (SshException e) when (e.Error == SshError.ProtocolError)
        {
            throw Failed($"its list of keys is malformed ({e.Message})", e);
        }
    }

    /// <summary>Ends the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    /// <summary>
    /// Tells the agent which connection its keys are used for. False if it does not know this; then it is used as
    /// it is.
    /// </summary>
    internal async Task<bool> BindAsync(AgentBinding binding, CancellationToken cancellationToken) =>
        AgentBinding.IsGranted(
            await RequestAsync(binding.CreateMessage(forwarded: false), cancellationToken).ConfigureAwait(false));

    /// <summary>Has the agent sign; the result is <c>string algorithm, string signature</c>.</summary>
    internal async Task<byte[]> SignAsync(
        ReadOnlyMemory<byte> publicKey, string algorithm, ReadOnlyMemory<byte> data,
        CancellationToken cancellationToken)
    {
        var answer = await RequestAsync(EncodeSignRequest(publicKey.Span, algorithm, data.Span), cancellationToken)
            .ConfigureAwait(false);
        try
        {
            return ReadSignature(answer, algorithm);
        }
        catch (SshException e) when (e.Error == SshError.ProtocolError)
        {
            throw Failed($"its signature is malformed ({e.Message})", e);
        }
    }

    private static byte[] EncodeSignRequest(
        ReadOnlySpan<byte> publicKey, string algorithm, ReadOnlySpan<byte> data)
    {
        var flags = algorithm.StartsWith("rsa-sha2-512", StringComparison.Ordinal) ? FlagSha512
            : algorithm.StartsWith("rsa-sha2-256", StringComparison.Ordinal) ? FlagSha256
            : 0;
        var message = new byte[1 + 4 + publicKey.Length + 4 + data.Length + 4];
        var writer = new SshWriter(message);
        writer.WriteByte(SignRequest);
        writer.WriteString(publicKey);
        writer.WriteString(data);
        writer.WriteUInt32(flags);
        return message;
    }

    private List<AgentKey> ReadKeys(ReadOnlySpan<byte> answer)
    {
        var reader = new SshReader(answer);
        if (reader.ReadByte() != IdentitiesAnswer) throw Failed("it does not list its keys (is it locked?)");
        var count = reader.ReadUInt32();
        List<AgentKey> keys = [];
        for (var i = 0u; i < count; i++)
        {
            var blob = reader.ReadString().ToArray();
            var comment = Printable.Text(reader.ReadString(), 256);
            try
            {
                keys.Add(new AgentKey(this, blob, comment));
            }
            catch (SshException)
            {
                // A key without a readable type can be used with nobody; the others can.
            }
        }

        reader.ExpectEnd("the agent's answer");
        return keys;
    }

    private byte[] ReadSignature(ReadOnlySpan<byte> answer, string algorithm)
    {
        var reader = new SshReader(answer);
        if (reader.ReadByte() != SignResponse) throw Failed("it refuses to sign (was it not confirmed?)");
        var signature = reader.ReadString();
        reader.ExpectEnd("the agent's answer");

        // Old agents ignore the flags and sign with SHA-1, which no server takes; better said here. A certificate's
        // signature has the name of the key under it.
        var made = new SshReader(signature).ReadUtf8String();
        var wanted = algorithm.Replace("-cert-v01@openssh.com", "", StringComparison.Ordinal);
        if (made != wanted && made + "@openssh.com" != wanted && made != algorithm
            && !algorithm.StartsWith("sk-", StringComparison.Ordinal))
        {
            throw Failed($"it signs with {Printable.Text(made, 64)} where {algorithm} is wanted");
        }

        return signature.ToArray();
    }

    private async Task<byte[]> RequestAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_broken) throw Failed("its connection has ended");
            // Until the answer is read whole, nobody can tell where the next one begins.
            _broken = true;
            var header = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(header, message.Length);
            await _stream.WriteAsync(header, cancellationToken).ConfigureAwait(false);
            await _stream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
            await _stream.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
            var length = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (length is 0 or > MaxMessageLength) throw Failed($"it sends a message of {length} bytes");
            var answer = new byte[length];
            await _stream.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
            _broken = false;
            return answer;
        }
        catch (IOException e)
        {
            throw Failed($"its connection has ended ({e.Message})", e);
        }
        finally
        {
            _turn.Release();
        }
    }

    private SshException Failed(string why, Exception? inner = null) =>
        new(SshError.KeyUnusable, $"the agent at '{SocketPath}' fails: {why}", inner);
}
