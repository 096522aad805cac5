namespace SshMux.Engine.Channels.Messages;

/// <summary>
/// The answer to a global request (SSH_MSG_REQUEST_SUCCESS with its data, or SSH_MSG_REQUEST_FAILURE). Called on the
/// receive loop before any later message is looked at, so that what it registers is in time for them; must not block.
/// </summary>
internal delegate void GlobalReply(bool success, ReadOnlySpan<byte> data);
