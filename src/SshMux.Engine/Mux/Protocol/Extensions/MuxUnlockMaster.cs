using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_UNLOCK (extension "lock@sshmux"): ends what <see cref="MuxLockMaster"/> began. The answer is MUX_S_OK, or
/// MUX_S_FAILURE if the passphrase is wrong, or it is not locked, or the client is another user's; after a wrong passphrase
/// the next answer takes its time.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Passphrase">The one that it was locked with; empty: none.</param>
internal sealed record MuxUnlockMaster(uint RequestId, byte[] Passphrase) : MuxRequest(RequestId), IMuxSecret
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x5300000b;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => sizeof(uint) + Passphrase.Length;

    /// <summary>Reads what follows the id.</summary>
    public static MuxUnlockMaster Read(uint requestId, ref SshReader reader) =>
        new(requestId, reader.ReadString().ToArray());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteString(Passphrase);
}
