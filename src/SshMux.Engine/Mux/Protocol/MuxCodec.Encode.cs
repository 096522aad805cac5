using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol;

/// <content>Encoding.</content>
internal static partial class MuxCodec
{
    /// <summary>
    /// Encodes a whole packet, length field included. Throws <see cref="SshError.RequestTooLong"/> if it is longer,
    /// or has more environment strings, than a peer accepts; <see cref="SshError.NotSupported"/> if it has a NUL in a text;
    /// and <see cref="ArgumentException"/>
    /// for what must never be sent: an unknown forwarding type (it kills an OpenSSH master), a number that is no port.
    /// </summary>
    public static byte[] Encode(MuxMessage message)
    {
        Validate(message);
        var length = BodyLength(message) + 4L;
        if (length > MuxProtocol.MaxPacketLength)
        {
            throw new SshException(
                SshError.RequestTooLong,
                $"{(message is MuxNewSession ? "command and environment take" : "the request takes")} {length} bytes, but "
                + $"a control socket takes at most {MuxProtocol.MaxPacketLength}; send long input on standard input "
                + "instead");
        }

        var packet = new byte[HeaderLength + (int)length];
        var writer = new SshWriter(packet);
        writer.WriteUInt32((uint)length);
        Write(ref writer, message);
        return packet;
    }

    private static void Write(ref SshWriter writer, MuxMessage message)
    {
        switch (message)
        {
            case MuxHello m:
                WriteHead(ref writer, MuxProtocol.Hello, m.Version);
                foreach (var extension in m.Extensions)
                {
                    writer.WriteString(extension.Name);
                    writer.WriteString(extension.Value.Span);
                }

                break;
            case MuxRequest m:
                WriteRequest(ref writer, m);
                break;
            case MuxReply m:
                WriteReply(ref writer, m);
                break;
            case MuxExitMessage m:
                WriteHead(ref writer, MuxProtocol.ExitMessage, m.SessionId);
                writer.WriteUInt32(m.ExitValue);
                break;
            case MuxTtyAllocationFailed m:
                WriteHead(ref writer, MuxProtocol.TtyAllocationFailed, m.SessionId);
                break;
            default:
                throw NotAMessage(message);
        }
    }

    private static void WriteRequest(ref SshWriter writer, MuxRequest request)
    {
        WriteHead(ref writer, TypeOf(request), request.RequestId);
        switch (request)
        {
            case MuxNewSession m:
                writer.WriteString([]); // reserved
                writer.WriteUInt32(m.WantTty ? 1u : 0);
                writer.WriteUInt32(m.WantX11 ? 1u : 0);
                writer.WriteUInt32(m.WantAgent ? 1u : 0);
                writer.WriteUInt32(m.Subsystem ? 1u : 0);
                writer.WriteUInt32(m.EscapeCharacter);
                writer.WriteString(m.Term);
                writer.WriteString(m.Command.Span);
                foreach (var variable in m.Environment) writer.WriteString(variable.Span);
                break;
            case MuxNewStdioForward m:
                writer.WriteString([]); // reserved
                writer.WriteString(m.Host);
                writer.WriteUInt32(m.Port);
                break;
            case MuxOpenForward m:
                WriteForward(ref writer, m.Forward);
                break;
            case MuxCloseForward m:
                WriteForward(ref writer, m.Forward);
                break;
            case MuxInfoRequest m:
                writer.WriteString(m.Name);
                break;
            case MuxSignal m:
                writer.WriteString(m.Name);
                break;
        }
    }

    private static void WriteForward(ref SshWriter writer, MuxForward forward)
    {
        writer.WriteUInt32((uint)forward.Type);
        writer.WriteString(forward.ListenHost);
        writer.WriteUInt32(forward.ListenPort);
        writer.WriteString(forward.ConnectHost);
        writer.WriteUInt32(forward.ConnectPort);
    }

    private static void WriteReply(ref SshWriter writer, MuxReply reply)
    {
        WriteHead(ref writer, TypeOf(reply), reply.RequestId);
        switch (reply)
        {
            case MuxPermissionDenied m:
                writer.WriteString(m.Reason);
                break;
            case MuxFailure m:
                writer.WriteString(m.Reason);
                break;
            case MuxAlive m:
                writer.WriteUInt32(m.ProcessId);
                break;
            case MuxSessionOpened m:
                writer.WriteUInt32(m.SessionId);
                break;
            case MuxRemotePort m:
                writer.WriteUInt32(m.Port);
                break;
            case MuxInfoReply m:
                writer.WriteUInt32(m.Status);
                writer.WriteString(m.Text);
                break;
        }
    }

    private static void WriteHead(ref SshWriter writer, uint type, uint first)
    {
        writer.WriteUInt32(type);
        writer.WriteUInt32(first);
    }

    private static uint TypeOf(MuxMessage message) => message switch
    {
        MuxNewSession => MuxProtocol.NewSession,
        MuxAliveCheck => MuxProtocol.AliveCheck,
        MuxTerminate => MuxProtocol.Terminate,
        MuxOpenForward => MuxProtocol.OpenForward,
        MuxCloseForward => MuxProtocol.CloseForward,
        MuxNewStdioForward => MuxProtocol.NewStdioForward,
        MuxStopListening => MuxProtocol.StopListening,
        MuxProxyRequest => MuxProtocol.Proxy,
        MuxInfoRequest => MuxProtocol.ExtInfo,
        MuxSignal => MuxProtocol.Signal,
        MuxUnknownRequest m => m.Type,
        MuxOk => MuxProtocol.Ok,
        MuxPermissionDenied => MuxProtocol.PermissionDenied,
        MuxFailure => MuxProtocol.Failure,
        MuxAlive => MuxProtocol.Alive,
        MuxSessionOpened => MuxProtocol.SessionOpened,
        MuxRemotePort => MuxProtocol.RemotePort,
        MuxProxyReply => MuxProtocol.ProxyReply,
        MuxInfoReply => MuxProtocol.ExtInfoReply,
        _ => throw NotAMessage(message),
    };

    /// <summary>How many bytes follow the type.</summary>
    private static long BodyLength(MuxMessage message) => 4L + message switch
    {
        MuxHello m => m.Extensions.Sum(e => 4L + e.Value.Length + SshWriter.StringLength(e.Name)),
        MuxNewSession m => 28L + SshWriter.StringLength(m.Term) + m.Command.Length
            + m.Environment.Sum(variable => 4L + variable.Length),
        MuxNewStdioForward m => 8L + SshWriter.StringLength(m.Host),
        MuxOpenForward m => ForwardLength(m.Forward),
        MuxCloseForward m => ForwardLength(m.Forward),
        MuxInfoRequest m => SshWriter.StringLength(m.Name),
        MuxSignal m => SshWriter.StringLength(m.Name),
        MuxPermissionDenied m => SshWriter.StringLength(m.Reason),
        MuxFailure m => SshWriter.StringLength(m.Reason),
        MuxInfoReply m => 4L + SshWriter.StringLength(m.Text),
        MuxAlive or MuxSessionOpened or MuxRemotePort or MuxExitMessage => 4,
        _ => 0,
    };

    private static long ForwardLength(MuxForward forward) =>
        12L + SshWriter.StringLength(forward.ListenHost) + SshWriter.StringLength(forward.ConnectHost);

    private static void Validate(MuxMessage message)
    {
        switch (message)
        {
            case MuxHello m:
                foreach (var extension in m.Extensions) ValidateText(extension.Name);
                break;
            case MuxNewSession m:
                ValidateText(m.Term);
                ValidateText(m.Command.Span);
                foreach (var variable in m.Environment) ValidateText(variable.Span);
                if (m.Environment.Count > MuxProtocol.MaxEnvironmentStrings)
                {
                    throw new SshException(
                        SshError.RequestTooLong,
                        $"{m.Environment.Count} environment variables are too many; a control socket takes "
                        + $"at most {MuxProtocol.MaxEnvironmentStrings}");
                }

                break;
            case MuxNewStdioForward m:
                ValidateText(m.Host);
                ValidatePort(m.Port);
                break;
            case MuxOpenForward m:
                ValidateForward(m.Forward);
                break;
            case MuxCloseForward m:
                ValidateForward(m.Forward);
                break;
            case MuxInfoRequest m:
                ValidateText(m.Name);
                break;
            case MuxSignal m:
                ValidateText(m.Name);
                break;
        }
    }

    private static void ValidateForward(MuxForward forward)
    {
        if (!Enum.IsDefined(forward.Type)) throw new ArgumentException($"{forward.Type} is not a forwarding type");
        ValidateText(forward.ListenHost);
        ValidatePort(forward.ListenPort);
        ValidateText(forward.ConnectHost);
        ValidatePort(forward.ConnectPort);
    }

    private static void ValidatePort(uint port)
    {
        if (!MuxProtocol.IsPort(port)) throw new ArgumentException($"{port} is not a port");
    }

    private static void ValidateText(string text) => ValidateText(ByteText.Encode(text));

    private static void ValidateText(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)0)) return;
        throw new SshException(SshError.NotSupported, "a command, name or variable cannot have a NUL character in it");
    }

    private static ArgumentException NotAMessage(MuxMessage message) =>
        new($"{message.GetType().Name} is not a message of the protocol");
}
