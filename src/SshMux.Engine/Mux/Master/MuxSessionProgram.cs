using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// What runs in a client's session. All that it needs is asked for in one flight, and the answers are awaited later.
/// </summary>
internal sealed class MuxSessionProgram
{
    private readonly Channel _channel;
    private readonly MuxNewSession _request;
    private readonly DescriptorChannel _descriptors;
    private readonly Task<bool>? _pty;
    private readonly Task<bool> _program;

    /// <summary>Asks for the terminal, sends the environment, and asks for the program.</summary>
    public MuxSessionProgram(
        Channel channel,
        MuxNewSession request,
        PtyRequest? pty,
        DescriptorChannel descriptors,
        MuxMasterOptions options)
    {
        _channel = channel;
        _request = request;
        _descriptors = descriptors;
        _pty = pty is null ? null : channel.RequestPtyAsync(pty);
        SendEnvironment(options);
        _program = (request.Command.IsEmpty, request.Subsystem) switch
        {
            (true, _) => channel.RequestShellAsync(),
            (false, true) => channel.RequestSubsystemAsync(request.Command.Span),
            _ => channel.RequestExecAsync(request.Command.Span),
        };
        if (pty is not null) Terminal = new MuxSessionTerminal(channel, descriptors, pty.Size);
    }

    /// <summary>The terminal that was asked for, if one was.</summary>
    public MuxSessionTerminal? Terminal { get; }

    private string RequestType => (_request.Command.IsEmpty, _request.Subsystem) switch
    {
        (true, _) => ChannelRequestTypes.Shell,
        (false, true) => ChannelRequestTypes.Subsystem,
        _ => ChannelRequestTypes.Exec,
    };

    /// <summary>
    /// Awaits the server's answers, and tells the client what it refuses. Without a program the channel is closed.
    /// </summary>
    public async Task AwaitAsync(IMuxPackets socket)
    {
        try
        {
            if (_pty is not null && !await _pty.ConfigureAwait(false))
            {
                Terminal!.Forget();
                _descriptors.WriteError("PTY allocation request failed\r\n");
                await socket.SendAsync(new MuxTtyAllocationFailed(_channel.LocalId)).ConfigureAwait(false);
            }

            if (await _program.ConfigureAwait(false)) return;

            // The client sees no more than its error output, so it is told there, in the words of ssh(1).
            _descriptors.WriteError($"{RequestType} request failed\r\n");
            _channel.Close();
        }
        catch (SshException e)
        {
            // Mostly the connection has ended: then the descriptors' completion has the reason.
            if (_channel.Connection.Ended.IsCompleted) return;
            _descriptors.WriteError($"{e.Message}\r\n");
            _channel.Close();
        }
    }

    private void SendEnvironment(MuxMasterOptions options)
    {
        var sent = 0;
        foreach (var variable in _request.Environment)
        {
            var bytes = variable.Span;
            var equals = MuxSessionAdmission.AdmittedNameLength(bytes, options);
            if (equals == 0) continue;
            if (++sent > MuxNewSession.MaxEnvironmentStrings) break;
            _channel.SetEnvironment(bytes[..equals], bytes[(equals + 1)..]);
        }

        foreach (var (name, value) in options.SetEnv) _channel.SetEnvironment(name, value);
    }
}
