using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>What a session is refused for before it begins, and what of its environment is let through.</summary>
internal static class MuxSessionAdmission
{
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
