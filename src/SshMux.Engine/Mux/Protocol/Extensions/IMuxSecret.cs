namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>A message with a passphrase: whoever had it in a buffer wipes that.</summary>
internal interface IMuxSecret
{
    /// <summary>The passphrase, to be wiped by whoever has the message when it is done with.</summary>
    byte[] Passphrase { get; }
}
