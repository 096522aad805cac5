using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_LOCK (extension "lock@sshmux"): the master opens nothing new until it is unlocked; what runs goes on. The answer
/// is MUX_S_OK, or MUX_S_FAILURE if it is locked already, or the client is another user's.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Waits">Whether what is asked for waits until then; it is refused otherwise.</param>
/// <param name="Passphrase">What whoever unlocks it has to know; empty: nothing.</param>
internal sealed record MuxLockMaster(uint RequestId, bool Waits, byte[] Passphrase) : MuxRequest(RequestId), IMuxSecret
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000009;

    /// <summary>How the reason begins with which the master refuses what it does not open while it is locked.</summary>
    public const string Refusal = "the master is locked";

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => (2 * sizeof(uint)) + Passphrase.Length;

    /// <summary>Whether a reason says that the master is locked.</summary>
    public static bool IsRefusal(string reason) => reason.StartsWith(Refusal, StringComparison.Ordinal);

    /// <summary>Reads what follows the id.</summary>
    public static MuxLockMaster Read(uint requestId, ref SshReader reader) =>
        new(requestId, MuxFields.ReadFlag(ref reader), reader.ReadString().ToArray());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        MuxFields.WriteFlag(ref writer, Waits);
        writer.WriteString(Passphrase);
    }
}
