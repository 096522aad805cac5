using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration;

/// <summary>The path of a control socket: expansion of its tokens, and whether it fits into a socket address.</summary>
internal static class ControlPath
{
    /// <summary>
    /// How many bytes the temporary name, under which a master binds its socket, is longer than the path: OpenSSH
    /// appends a dot and 16 characters.
    /// </summary>
    public const int TemporarySuffixLength = 17;

    /// <summary>
    /// Expands the tokens of a ControlPath; null if the template is "none", which means no control socket.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: a wrong token.</exception>
    public static string? Expand(string template, ConnectionTokens tokens)
    {
        if (template.Equals("none", StringComparison.OrdinalIgnoreCase)) return null;
        return tokens.ExpandPath(template, "ControlPath");
    }

    /// <summary>
    /// Checks that a socket can be bound (<paramref name="listening"/>, as a master does under a longer temporary name)
    /// or connected to at the path.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ControlPathInvalid"/>: length, limit, remedy.</exception>
    public static void Validate(string path, bool listening)
    {
        if (path.Length == 0) throw new SshException(SshError.ControlPathInvalid, "the control path is empty");
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new SshException(SshError.ControlPathInvalid, "the control path contains a NUL character");
        }

        var length = ByteText.CountBytes(path);
        var limit = listening ? SocketPath.MaxLength - TemporarySuffixLength : SocketPath.MaxLength;
        if (length <= limit) return;
        var reason = listening
            ? $"a master's can be {limit} (its temporary name needs {TemporarySuffixLength} more)"
            : $"it can be {limit}";
        throw new SshException(
            SshError.ControlPathInvalid,
            $"the control path '{path}' is {length} bytes long, but {reason}; " +
            "use a shorter folder, or %C in place of %h, %p and %r");
    }
}
