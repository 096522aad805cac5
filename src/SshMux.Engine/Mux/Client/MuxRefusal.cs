using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Client;

/// <summary>A master's answer that is not the one that was asked for, as an error.</summary>
internal static class MuxRefusal
{
    /// <summary>How the message of a refusal begins; the master's own words follow.</summary>
    public const string ByMaster = "the master refused: ";

    /// <summary>How the message of a refusal by the master's user begins (ControlMaster ask).</summary>
    public const string ByUser = "the master's user refused: ";

    /// <summary>Why the master did not do it.</summary>
    public static SshException Of(MuxReply reply) => reply switch
    {
        MuxFailure { Reason: var reason } when MuxLockMaster.IsRefusal(reason) =>
            new SshException(SshError.MasterLocked, Printable.Text(reason)),

        // The reason may have a server's words in it.
        MuxFailure failure => new SshException(SshError.MuxRefused, $"{ByMaster}{Printable.Text(failure.Reason)}"),
        MuxPermissionDenied denied => new SshException(
            SshError.MuxRefused, $"{ByUser}{Printable.Text(denied.Reason)}"),
        _ => new SshException(
            SshError.MuxProtocolError, $"the master gave an answer that does not fit ({reply.GetType().Name})"),
    };

    /// <summary>Sees to it that the answer is MUX_S_OK.</summary>
    /// <exception cref="SshException">It is another one.</exception>
    public static void ExpectOk(MuxReply reply)
    {
        if (reply is not MuxOk) throw Of(reply);
    }
}
