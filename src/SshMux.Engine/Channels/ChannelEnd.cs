namespace SshMux.Engine.Channels;

/// <summary>How a channel ended.</summary>
/// <param name="Exit">How the remote program ended, if the server said so.</param>
/// <param name="Reason">Null if the channel was closed in good order; else why it ended.</param>
internal readonly record struct ChannelEnd(CommandExit? Exit, SshException? Reason);
