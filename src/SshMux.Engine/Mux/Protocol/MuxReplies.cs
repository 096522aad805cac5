namespace SshMux.Engine.Mux.Protocol;

/// <summary>MUX_S_OK.</summary>
internal sealed record MuxOk(uint RequestId) : MuxReply(RequestId);

/// <summary>MUX_S_PERMISSION_DENIED: the master's user said no.</summary>
internal sealed record MuxPermissionDenied(uint RequestId, string Reason) : MuxReply(RequestId);

/// <summary>MUX_S_FAILURE.</summary>
internal sealed record MuxFailure(uint RequestId, string Reason) : MuxReply(RequestId);

/// <summary>MUX_S_ALIVE, with the master's process id.</summary>
internal sealed record MuxAlive(uint RequestId, uint ProcessId) : MuxReply(RequestId);

/// <summary>MUX_S_SESSION_OPENED, for sessions and stdio forwards.</summary>
internal sealed record MuxSessionOpened(uint RequestId, uint SessionId) : MuxReply(RequestId);

/// <summary>MUX_S_REMOTE_PORT: the port that the server chose for a remote forward with listen port 0.</summary>
internal sealed record MuxRemotePort(uint RequestId, uint Port) : MuxReply(RequestId);

/// <summary>MUX_S_PROXY: the control connection speaks SSH connection messages from here on.</summary>
internal sealed record MuxProxyReply(uint RequestId) : MuxReply(RequestId);

/// <summary>MUX_S_EXT_INFO; status 1 is success, and the text has CRLF line ends.</summary>
internal sealed record MuxInfoReply(uint RequestId, uint Status, string Text) : MuxReply(RequestId);

/// <summary>MUX_S_EXIT_MESSAGE: the remote program's exit status. Output may still come.</summary>
internal sealed record MuxExitMessage(uint SessionId, uint ExitValue) : MuxMessage;

/// <summary>MUX_S_TTY_ALLOC_FAIL: the server gave no terminal; the session goes on without one.</summary>
internal sealed record MuxTtyAllocationFailed(uint SessionId) : MuxMessage;
