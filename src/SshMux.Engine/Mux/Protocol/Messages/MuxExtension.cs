namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>An extension that a peer announces in its hello; the value is for the extension to interpret.</summary>
internal readonly record struct MuxExtension(string Name, ReadOnlyMemory<byte> Value);
