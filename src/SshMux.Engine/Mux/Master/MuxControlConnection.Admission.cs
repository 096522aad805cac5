using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Mux.Master;

// What a session or stdio forward is refused for before it begins, and what of its environment is let through.
internal sealed partial class MuxControlConnection
{
    private string? WhyNot(DescriptorHandle[] passed)
    {
        if (HasSession) return "Multiple sessions not supported";

        // A session lives as long as its control connection, and that as long as anybody holds the client's end of it:
        // with that in our own hands neither would ever end, whether it is this client's or another's that has its own
        // here in turn.
        return Array.Exists(passed, _socket.IsOtherEnd)
            ? "a control connection of this master cannot be a session's input or output"
            : null;
    }

    /// <summary>The server would end the connection, which is everybody's, for what is too long.</summary>
    private string? WhyNot(MuxNewSession request)
    {
        try
        {
            if (request.WantTty) RequestLimit.DemandTerminal(request.Term);
            RequestLimit.DemandProgram(request.Subsystem, request.Command.Length);
            foreach (var variable in request.Environment)
            {
                var length = AdmittedNameLength(variable.Span);
                if (length > 0) RequestLimit.DemandVariable(Encoding.UTF8.GetString(variable.Span[..length]), variable.Length);
            }

            RequestLimit.Demand(new SessionRequest { Environment = _master.Options.SetEnv });
            return null;
        }
        catch (SshException e)
        {
            return e.Message;
        }
    }

    /// <summary>How long the name of a variable is that this client may send; 0 if it may not.</summary>
    private int AdmittedNameLength(ReadOnlySpan<byte> variable)
    {
        var equals = variable.IndexOf((byte)'=');
        if (equals <= 0) return 0;
        var name = Encoding.UTF8.GetString(variable[..equals]);
        foreach (var pattern in _master.Options.SendEnv)
        {
            if (HostPattern.Matches(name, pattern)) return equals;
        }

        return 0;
    }

    private ValueTask<bool> RefuseAsync(MuxRequest request, DescriptorHandle[] passed, string refusal)
    {
        foreach (var descriptor in passed) descriptor.Dispose();
        return FailAsync(request, refusal);
    }

    /// <summary>Whatever becomes of a session's task, its client does not wait for ever.</summary>
    private async Task EndWithAsync(Task session, DescriptorChannel descriptors)
    {
        try
        {
            await session.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogFailed(e);
            descriptors.Abort();
            _socket.Dispose();
        }
    }
}
