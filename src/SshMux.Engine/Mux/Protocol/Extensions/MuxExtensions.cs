using System.Text;
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
    /// The client can say what its session is to have (<see cref="MuxSessionOptions"/>). The value names the options that
    /// the master takes from this client, with spaces between them.
    /// </summary>
    public const string Session = "session@sshmux";

    /// <summary>
    /// The client can list all sessions and forwards of the master, have signals sent to them, close and rename them
    /// (<see cref="MuxListSessions"/> and those after it).
    /// </summary>
    public const string Sessions = "sessions@sshmux";

    /// <summary>
    /// The master's owner can see what goes through its sessions (<see cref="MuxWatch"/>).
    /// </summary>
    public const string Watch = "watch@sshmux";

    /// <summary>
    /// A client whose user suspends its session is told so (<see cref="MuxSuspend"/>), and says when it goes on
    /// (<see cref="MuxResume"/>). Announced by both sides.
    /// </summary>
    public const string Suspend = "suspend@sshmux";

    /// <summary>
    /// The master tells what the client's user should know (<see cref="MuxNotice"/>). Announced by both sides; by a client
    /// that is there for nothing else with the value <see cref="OnlyNotices"/>.
    /// </summary>
    public const string Notice = "notice@sshmux";

    /// <summary>The value of <see cref="Notice"/> of a client for which no master stays, as it only listens.</summary>
    public const string OnlyNotices = "only";

    /// <summary>
    /// The master's owner can lock and unlock it (<see cref="MuxLockMaster"/>, <see cref="MuxUnlockMaster"/>).
    /// </summary>
    public const string Lock = "lock@sshmux";

    /// <summary>
    /// The control connection is a stream: no descriptors can be passed, and after MUX_S_PROXY the packets of this
    /// protocol go on among those of proxy mode.
    /// </summary>
    public const string Stream = "stream@sshmux";

    /// <summary>
    /// Those that a master of ours announces to a client who is the master's user, with their values.
    /// </summary>
    public static IReadOnlyList<MuxExtension> OfMaster { get; } =
        OfMasterWith(MuxSessionOptions.Name, MuxSessionOptions.Agent, MuxSessionOptions.Display);

    /// <summary>Those that it announces to another user's client (root's), who can bring nothing.</summary>
    public static IReadOnlyList<MuxExtension> OfMasterToOthers { get; } = OfMasterWith(MuxSessionOptions.Name);

    /// <summary>Those that it announces to a client on a stream, over which no session comes.</summary>
    public static IReadOnlyList<MuxExtension> OfMasterOnStream { get; } = [.. OfMasterToOthers, Ours(Stream)];

    /// <summary>What a client announces that a shell can stop and continue.</summary>
    public static MuxExtension OfStoppableClient { get; } = Ours(Suspend);

    /// <summary>What a client announces that hears notices.</summary>
    public static MuxExtension OfClientWithNotices { get; } = Ours(Notice);

    /// <summary>What a client announces that does nothing else.</summary>
    public static MuxExtension OfListener { get; } = new(Notice, Encoding.ASCII.GetBytes(OnlyNotices));

    /// <summary>Whether an extension says that the client does nothing else.</summary>
    public static bool IsOfListener(MuxExtension extension) =>
        extension.Name == Notice && extension.Value.Span.SequenceEqual(OfListener.Value.Span);

    private static MuxExtension[] OfMasterWith(params string[] sessionOptions) =>
    [
        new(Info, "0"u8.ToArray()),
        Ours(Proxy),
        Ours(Login),
        Ours(Signal),
        new(Session, Encoding.ASCII.GetBytes(string.Join(' ', sessionOptions))),
        Ours(Sessions),
        Ours(Watch),
        Ours(Suspend),
        Ours(Notice),
        Ours(Lock),
    ];

    private static MuxExtension Ours(string name) => new(name, "1"u8.ToArray());
}
