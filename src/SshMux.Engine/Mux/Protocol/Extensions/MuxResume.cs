using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_RESUME (extension "suspend@sshmux"): the client has its terminal again, and the session of this control
/// connection goes on. The answer is MUX_S_OK, or MUX_S_FAILURE if the session is not suspended.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
internal sealed record MuxResume(uint RequestId) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x5300000a;

    /// <inheritdoc />
    public override uint Type => Number;
}
