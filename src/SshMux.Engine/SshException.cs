namespace SshMux.Engine;

/// <summary>
/// The one exception type of the engine. Its message is written for the person at the prompt: it names the thing and,
/// where there is one, the remedy.
/// </summary>
public sealed class SshException : Exception
{
    /// <summary>Creates an exception of a kind with a message for the user.</summary>
    public SshException(SshError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>What kind of failure this is.</summary>
    public SshError Error { get; }

    /// <summary>Whether a master refused it: it is locked, or for a reason that it says.</summary>
    internal bool IsMastersRefusal => Error is SshError.MuxRefused or SshError.MasterLocked;

    /// <summary>
    /// What the server said when it refused to open a channel (SSH_MSG_CHANNEL_OPEN_FAILURE, RFC 4254 section 5.1).
    /// </summary>
    internal (uint Reason, string Text)? Refusal { get; init; }

    /// <summary>
    /// This failure as a new exception: one recorded reason may be thrown to many callers, each with a stack trace of
    /// its own.
    /// </summary>
    internal SshException Again() => new(Error, Message, this);

    internal static SshException Protocol(string message) => new(SshError.ProtocolError, message);
}
