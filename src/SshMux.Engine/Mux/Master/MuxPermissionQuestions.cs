using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Master;

/// <summary>What the master's user is asked before a client may do something: ssh(1)'s questions.</summary>
internal static class MuxPermissionQuestions
{
    /// <summary>Before the connection protocol (MUX_C_PROXY).</summary>
    public const string MuxProxy = "Allow multiplex proxy connection?";

    /// <summary>Before a session.</summary>
    public static string Session(string hostName) => $"Allow shared connection to {hostName}? ";

    /// <summary>Before the end of the master.</summary>
    public static string Terminate(string hostName) => $"Terminate shared connection to {hostName}? ";

    /// <summary>Before the end of the listening.</summary>
    public static string StopListening(string hostName) =>
        $"Disable further multiplexing on shared connection to {hostName}? ";

    /// <summary>Before a signal to somebody's session.</summary>
    public static string Signal(string name, uint session, string hostName) =>
        $"Send {Printable.Text(name)} to session {session} on {hostName}? ";

    /// <summary>Before the end of somebody's session.</summary>
    public static string Close(uint session, string hostName) => $"Close session {session} on {hostName}? ";

    /// <summary>Before somebody sees what goes through sessions.</summary>
    public static string Watch(string hostName) => $"Allow watching of sessions on {hostName}? ";

    /// <summary>Before a stdio forward.</summary>
    public static string StdioForward(MuxNewStdioForward request) => request.Port == MuxProtocol.StreamLocalPort
        ? $"Allow forward to path {request.Host}"
        : $"Allow forward to [{request.Host}]:{request.Port}? ";

    /// <summary>Before a forward.</summary>
    /// <param name="forward">The forward.</param>
    /// <param name="hostName">The host.</param>
    /// <param name="gatewayPorts">Whether forwards that do not say otherwise listen on all addresses here.</param>
    public static string SshForward(MuxForward forward, string hostName, bool gatewayPorts)
    {
        var anyAddress = gatewayPorts && forward.Type != MuxForwardType.Remote;
        var host = forward.ListenHost.Length > 0 ? forward.ListenHost : anyAddress ? "*" : "LOCALHOST";
        var listen = $"{host}:{(int)forward.ListenPort}";
        var what = forward.Type switch
        {
            MuxForwardType.Dynamic => $"dynamic forward {listen} -> *",
            MuxForwardType.Remote => $"remote forward {listen} -> {forward.ConnectHost}:{(int)forward.ConnectPort}",
            _ => $"local forward {listen} -> {forward.ConnectHost}:{(int)forward.ConnectPort}",
        };
        return $"Open {what} on {hostName}?";
    }
}
