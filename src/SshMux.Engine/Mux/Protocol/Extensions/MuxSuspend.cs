using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_S_SUSPEND (extension "suspend@sshmux"): the session's user wants its client stopped. The master reads and writes
/// nothing of the session any more until <see cref="MuxResume"/>.
/// </summary>
internal sealed record MuxSuspend(uint SessionId) : MuxMessage
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0xd3000006;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override uint First => SessionId;
}
