using System.Globalization;
using System.Runtime.Versioning;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Sessions;
using SshMux.Engine.Platform;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Master;

/// <summary>Gives a client of a master its session or stdio forward, of which it has one at a time.</summary>
/// <param name="master">The master.</param>
/// <param name="socket">The client's control connection.</param>
/// <param name="permission">What the client may do.</param>
/// <param name="notices">What the client hears when its session ends with the master.</param>
/// <param name="processId">The client's process; 0 if that is not known.</param>
/// <param name="isOwner">Whether the client is the user whose process this is.</param>
/// <param name="announces">Whether the client's hello had an extension.</param>
internal sealed class MuxSessionStarter(
    MuxMaster master,
    IMuxPackets socket,
    MuxClientPermission permission,
    MuxClientNotices notices,
    int processId,
    bool isOwner,
    Func<string, bool> announces)
{
    /// <summary>What a client is told that has a session.</summary>
    public const string OneSessionOnly = "Multiple sessions not supported";

    private const string NoDescriptors =
        "no descriptors can be passed over a stream; open a channel in proxy mode (MUX_C_PROXY) instead";

    private MuxSessionWishes _wishes = new(isOwner); // for the session that the client will ask for
    private volatile MuxMasterSession? _session;

    /// <summary>The client's session, which may have ended; null if it has had none.</summary>
    public MuxMasterSession? Session
    {
        get => _session;
        private set => _session = value;
    }

    /// <summary>Whether a session or stdio forward is open, or being opened.</summary>
    public bool HasSession => _session is { Completion.IsCompleted: false };

    [UnsupportedOSPlatformGuard("windows")]
    private bool PassesDescriptors => socket is MuxSocket;

    /// <summary>MUX_C_NEW_SESSION, and the descriptors that follow it; refused over a stream.</summary>
    /// <exception cref="SshException">The client broke the protocol.</exception>
    public ValueTask<bool> NewSessionAsync(MuxNewSession request) =>
        PassesDescriptors ? OpenSessionAsync(request) : FailAsync(request, NoDescriptors);

    /// <summary>MUX_C_NEW_STDIO_FWD, and the descriptors that follow it; refused over a stream.</summary>
    /// <exception cref="SshException">The client broke the protocol.</exception>
    public ValueTask<bool> NewStdioForwardAsync(MuxNewStdioForward request) =>
        PassesDescriptors ? OpenStdioForwardAsync(request) : FailAsync(request, NoDescriptors);

    /// <summary>MUX_C_SESSION_OPTIONS.</summary>
    public ValueTask<bool> TakeOptionsAsync(MuxSessionOptions request)
    {
        if (HasSession) return FailAsync(request, "the session is open already");
        try
        {
            _wishes = _wishes.With(request);
            return socket.SendAsync(new MuxOk(request.RequestId));
        }
        catch (SshException e)
        {
            return FailAsync(request, e.Message);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private async ValueTask<bool> OpenSessionAsync(MuxNewSession request)
    {
        var passed = await ((MuxSocket)socket).ReceiveDescriptorsAsync(MuxNewSession.DescriptorCount).ConfigureAwait(false);
        if ((WhyNot(passed) ?? MuxSessionAdmission.WhyNot(request, master.Options)) is { } refusal)
        {
            return await RefuseAsync(request, passed, refusal).ConfigureAwait(false);
        }

        try
        {
            // Now, because the client puts its terminal into raw mode as soon as the session is open.
            var pty = request.WantTty ? PtyDescription.Of(passed[0], request.Term) : null;
            var session = NewMasterSession(DescriptorChannel.ForClient(passed[0], passed[1], passed[2]));
            session.Begin(request, pty, Describe(request));
            Session = session;
            return true;
        }
        catch (SshException e)
        {
            return await FailAsync(request, e.Message).ConfigureAwait(false);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private async ValueTask<bool> OpenStdioForwardAsync(MuxNewStdioForward request)
    {
        var passed = await ((MuxSocket)socket).ReceiveDescriptorsAsync(MuxNewStdioForward.DescriptorCount).ConfigureAwait(false);
        if (WhyNot(passed) is { } refusal) return await RefuseAsync(request, passed, refusal).ConfigureAwait(false);
        try
        {
            var session = NewMasterSession(DescriptorChannel.ForStream(passed[0], passed[1]));
            session.Begin(request, Describe(request));
            Session = session;
            return true;
        }
        catch (SshException e)
        {
            return await FailAsync(request, e.Message).ConfigureAwait(false);
        }
    }

    private MuxMasterSession NewMasterSession(DescriptorChannel descriptors) =>
        new(master, socket, permission, notices, descriptors, _wishes)
        {
            IsClientStoppable = announces(MuxExtensions.Suspend),
        };

    private MuxSessionStart Describe(MuxNewSession request) => new()
    {
        Name = _wishes.Name,
        ClientProcessId = processId,
        Kind = (request.Command.IsEmpty, request.Subsystem) switch
        {
            (true, _) => MuxSessionKind.Shell,
            (false, true) => MuxSessionKind.Subsystem,
            _ => MuxSessionKind.Exec,
        },
        Command = request.Command,
        Term = request.WantTty ? request.Term : "",
    };

    private MuxSessionStart Describe(MuxNewStdioForward request) => new()
    {
        Name = _wishes.Name,
        ClientProcessId = processId,
        Kind = MuxSessionKind.StdioForward,
        Command = ByteText.Encode(
            request.Port == MuxProtocol.StreamLocalPort
                ? request.Host
                : string.Create(CultureInfo.InvariantCulture, $"{request.Host}:{request.Port}")),
    };

    private string? WhyNot(DescriptorHandle[] passed) =>
        HasSession ? OneSessionOnly : MuxSessionAdmission.WhyNot(passed, (MuxSocket)socket);

    private ValueTask<bool> RefuseAsync(MuxRequest request, DescriptorHandle[] passed, string refusal)
    {
        foreach (var descriptor in passed) descriptor.Dispose();
        return FailAsync(request, refusal);
    }

    private ValueTask<bool> FailAsync(MuxRequest request, string reason) =>
        socket.SendAsync(new MuxFailure(request.RequestId, reason));
}
