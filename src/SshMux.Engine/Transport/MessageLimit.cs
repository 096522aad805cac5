namespace SshMux.Engine.Transport;

/// <summary>
/// How long a message may be. A server ends the connection, with all that runs over it, for one that is longer than a
/// packet may be.
/// </summary>
internal static class MessageLimit
{
    /// <summary>
    /// The longest message, in bytes: OpenSSH and most others take packets of 256 KiB, and what is around the message,
    /// or compression that gains nothing, takes less than the rest.
    /// </summary>
    public const int Longest = 255 * 1024;

    private const int Small = 32768;

    /// <summary>
    /// The longest message that a server takes, by its version: a few take little more than what RFC 4253 section 6.1
    /// demands.
    /// </summary>
    public static int Of(string serverVersion) =>
        serverVersion.StartsWith("SSH-2.0-dropbear", StringComparison.Ordinal)
        || serverVersion.StartsWith("SSH-2.0-tinyssh", StringComparison.Ordinal)
            ? Small
            : Longest;
}
