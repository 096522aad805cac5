using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Mux.Master;

/// <summary>What a session is refused for before it begins, and what of its environment is let through.</summary>
internal static class MuxSessionAdmission
{
    private const string Refused = "Session open refused by peer";

    /// <summary>
    /// What a client is told of a server's refusal: ssh(1)'s words, and of one that has waited in vain also ours, because it
    /// is a question of the settings then.
    /// </summary>
    public static string Words(SshException refusal) =>
        refusal.InnerException is SshException { Refusal: not null } ? $"{Refused}: {refusal.Message}" : Refused;

    /// <summary>Why a session or stdio forward cannot have these descriptors, or null.</summary>
    /// <param name="passed">What the client has passed.</param>
    /// <param name="socket">The client's control connection.</param>
    public static string? WhyNot(DescriptorHandle[] passed, MuxSocket socket) =>

        // A session lives as long as its control connection, and that as long as anybody holds the client's end of it:
        // with that in our own hands neither would ever end, whether it is this client's or another's that has its own
        // here in turn.
        Array.Exists(passed, socket.IsOtherEnd)
            ? "a control connection of this master cannot be a session's input or output"
            : null;

    /// <summary>
    /// Why a session is refused, or null: the server would end the connection, which is everybody's, for what is too
    /// long.
    /// </summary>
    public static string? WhyNot(MuxNewSession request, MuxMasterOptions options)
    {
        try
        {
            if (request.WantTty) RequestLimit.DemandTerminal(request.Term);
            RequestLimit.DemandProgram(request.Subsystem, request.Command.Length);
            foreach (var variable in request.Environment)
            {
                var length = AdmittedNameLength(variable.Span, options);
                if (length > 0) RequestLimit.DemandVariable(Encoding.UTF8.GetString(variable.Span[..length]), variable.Length);
            }

            RequestLimit.Demand(new SessionRequest { Environment = options.SetEnv });
            return null;
        }
        catch (SshException e)
        {
            return e.Message;
        }
    }

    /// <summary>How long the name of a variable is that clients may send (SendEnv); 0 if they may not.</summary>
    public static int AdmittedNameLength(ReadOnlySpan<byte> variable, MuxMasterOptions options)
    {
        var equals = variable.IndexOf((byte)'=');
        if (equals <= 0) return 0;
        var name = Encoding.UTF8.GetString(variable[..equals]);
        foreach (var pattern in options.SendEnv)
        {
            if (HostPattern.Matches(name, pattern)) return equals;
        }

        return 0;
    }
}
