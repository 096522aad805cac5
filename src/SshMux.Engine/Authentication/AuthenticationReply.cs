using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>A message of the server during the login, not a banner.</summary>
internal readonly record struct AuthenticationReply(byte[] Message)
{
    /// <summary>The message's number.</summary>
    public byte Number => Message[0];

    /// <summary>Whether the server says no, and not that it wants something more.</summary>
    public bool IsRefusal =>
        Number == MessageNumber.UserAuthFailure && !AuthenticationFailure.Parse(Message).PartialSuccess;
}
