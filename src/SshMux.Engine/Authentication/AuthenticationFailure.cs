using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>SSH_MSG_USERAUTH_FAILURE (RFC 4252 section 5.1).</summary>
internal readonly record struct AuthenticationFailure(string[] Methods, bool PartialSuccess)
{
    /// <summary>Reads it; throws <see cref="SshException"/> for another message.</summary>
    public static AuthenticationFailure Parse(byte[] message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        if (number != MessageNumber.UserAuthFailure)
        {
            throw SshException.Protocol($"the server sent message {number} where the login has no place for it");
        }

        var failure = new AuthenticationFailure(reader.ReadNameList(), reader.ReadBoolean());
        reader.ExpectEnd("SSH_MSG_USERAUTH_FAILURE");
        return failure;
    }
}
