using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// The extensions of the multiplexing protocol that we know, by the names in a hello. Ours end in "@sshmux", have the
/// version "1" as their value unless something else is said, and are described in docs/protocol.md.
/// </summary>
internal static class MuxExtensions
{
    /// <summary>A client may ask with MUX_C_EXT_INFO (OpenSSH 10.3, whose value is "0").</summary>
    public const string Info = "info";

    /// <summary>
    /// In proxy mode the master answers global requests, in order, and passes on all that a client may ask for.
    /// </summary>
    public const string Proxy = "proxy@sshmux";

    /// <summary>
    /// MUX_C_EXT_INFO also answers to this name, with the login that the master shares: lines of a word (host, user,
    /// port, opened), a space and a value.
    /// </summary>
    public const string Login = "login@sshmux";

    /// <summary>
    /// The client of a session can have a signal sent to its program (<see cref="MuxSignal"/>).
    /// </summary>
    public const string Signal = "signal@sshmux";

    /// <summary>
    /// The control connection is a stream: no descriptors can be passed, and after MUX_S_PROXY the packets of this
    /// protocol go on among those of proxy mode.
    /// </summary>
    public const string Stream = "stream@sshmux";

    /// <summary>The names of those that a master of ours announces, with their values.</summary>
    public static IReadOnlyList<MuxExtension> OfMaster { get; } =
    [
        new(Info, "0"u8.ToArray()),
        Ours(Proxy),
        Ours(Login),
        Ours(Signal),
    ];

    /// <summary>Those that it announces to a client on a stream.</summary>
    public static IReadOnlyList<MuxExtension> OfMasterOnStream { get; } = [.. OfMaster, Ours(Stream)];

    private static MuxExtension Ours(string name) => new(name, "1"u8.ToArray());
}
