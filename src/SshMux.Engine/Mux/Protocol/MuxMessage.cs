namespace SshMux.Engine.Mux.Protocol;

/// <summary>A message of the multiplexing protocol, in either direction.</summary>
internal abstract record MuxMessage;

/// <summary>A request of a client; the master echoes the id in its reply.</summary>
internal abstract record MuxRequest(uint RequestId) : MuxMessage;

/// <summary>The master's reply to the request with this id.</summary>
internal abstract record MuxReply(uint RequestId) : MuxMessage;

/// <summary>MUX_MSG_HELLO: the first message of each side.</summary>
internal sealed record MuxHello(uint Version, IReadOnlyList<MuxExtension> Extensions) : MuxMessage;

/// <summary>An extension that a peer announces in its hello; the value is for the extension to interpret.</summary>
internal readonly record struct MuxExtension(string Name, ReadOnlyMemory<byte> Value);
