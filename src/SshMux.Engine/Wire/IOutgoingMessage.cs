namespace SshMux.Engine.Wire;

/// <summary>
/// A message that can write itself. Implementations are small (ref) structs, so that a transport can encode them
/// straight into its send buffer without an allocation.
/// </summary>
internal interface IOutgoingMessage
{
    /// <summary>Whether it is data of a channel, which somebody may have typed.</summary>
    static virtual bool IsChannelData => false;

    /// <summary>An upper bound of the encoded length in bytes.</summary>
    int MaxLength { get; }

    /// <summary>Writes the message, beginning with its message number.</summary>
    void Write(ref SshWriter writer);
}
