using System.Security.Cryptography;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <content>Gives keys to the agent (draft-ietf-sshm-ssh-agent section 3.2).</content>
internal sealed partial class SshAgent
{
    private const byte Success = 6;
    private const byte AddIdentity = 17;
    private const byte AddIdentityConstrained = 25;
    private const byte ConstrainLifetime = 1;
    private const byte ConstrainConfirm = 2;

    /// <summary>Gives the agent a key.</summary>
    /// <param name="key">A key from a file.</param>
    /// <param name="comment">What the agent is to call it.</param>
    /// <param name="lifetime">After which the agent forgets it; null: never.</param>
    /// <param name="confirms">Whether the agent asks the user each time that it signs.</param>
    /// <param name="cancellationToken">Gives up; the agent is then of no further use.</param>
    /// <exception cref="SshException"><see cref="SshError.KeyUnusable"/>: the agent refuses or fails.</exception>
    internal async Task AddAsync(
        SshPrivateKey key, string comment, TimeSpan? lifetime, bool confirms, CancellationToken cancellationToken)
    {
        var encoded = key.EncodeForAgent() ?? throw Failed("it cannot be given a key that is not in a file");
        var message = GC.AllocateArray<byte>(
            1 + encoded.Length + SshWriter.StringLength(comment) + 5 + 1, pinned: true);
        try
        {
            var length = EncodeAddition(message, encoded, comment, lifetime, confirms);
            var answer = await RequestAsync(message.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            if (answer is not [Success, ..]) throw Failed("it does not take the key (is it locked?)");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encoded);
            CryptographicOperations.ZeroMemory(message);
        }
    }

    private static int EncodeAddition(
        byte[] message, byte[] encoded, string comment, TimeSpan? lifetime, bool confirms)
    {
        var writer = new SshWriter(message);
        writer.WriteByte(lifetime is null && !confirms ? AddIdentity : AddIdentityConstrained);
        writer.WriteBytes(encoded);
        writer.WriteString(comment);
        if (lifetime is { } time)
        {
            writer.WriteByte(ConstrainLifetime);
            writer.WriteUInt32((uint)Math.Clamp(time.TotalSeconds, 1, uint.MaxValue));
        }

        if (confirms) writer.WriteByte(ConstrainConfirm);
        return writer.Length;
    }
}
