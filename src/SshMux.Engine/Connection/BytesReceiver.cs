namespace SshMux.Engine.Connection;

/// <summary>Takes bytes as they come; they are valid during the call only. Its exceptions end the receiving.</summary>
internal delegate void BytesReceiver(ReadOnlySpan<byte> data);
