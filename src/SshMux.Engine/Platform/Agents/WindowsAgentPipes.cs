using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Principal;

namespace SshMux.Engine.Platform.Agents;

/// <summary>
/// Agents at named pipes: that of OpenSSH for Windows (a service), or the one that SSH_AUTH_SOCK or IdentityAgent names.
/// PuTTY's Pageant has a pipe, too, under a name that only it can tell: <c>pageant --openssh-config FILE</c> writes a line
/// for ssh_config(5).
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsAgentPipes : AgentSockets
{
    private const string OpenSsh = "openssh-ssh-agent";

    /// <summary>An agent that is busy with another client is soon done.</summary>
    private const int BusyLimit = 5000; // milliseconds

    /// <inheritdoc/>
    public override string WhyNone =>
        @"SSH_AUTH_SOCK names no pipe (\\.\pipe\NAME), and the service ssh-agent does not run";

    /// <inheritdoc/>
    public override string? Usual(string? variable)
    {
        // Those of other systems on this machine (Cygwin, WSL) set the variable, too, to sockets that are only theirs.
        if (variable is not null && PipeName.Parse(variable) is not null) return variable;
        var usual = PipeName.Full(OpenSsh);
        return Exists(usual) ? usual : null;
    }

    /// <inheritdoc/>
    public override bool Exists(string path) =>
        PipeName.Parse(path) is { } name
        && (PipeCalls.WaitNamedPipe(PipeName.Full(name), 1) || Marshal.GetLastPInvokeError() != PipeCalls.FileNotFound);

    /// <inheritdoc/>
    public override async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var name = PipeName.Parse(path) ?? throw new IOException(
            @"on Windows an agent is at a named pipe of this machine (\\.\pipe\NAME)");
        if (!Exists(path)) throw new IOException("there is no such pipe (does the agent run?)");

        // Whoever is there learns who we are, but cannot act as us.
        var pipe = new NamedPipeClientStream(
            ".", name, PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);
        try
        {
            await pipe.ConnectAsync(BusyLimit, cancellationToken).ConfigureAwait(false);
            DemandTrusted(pipe);
            return pipe;
        }
        catch (Exception e)
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            if (e is TimeoutException) throw new IOException("it is busy with others", e);
            if (e is UnauthorizedAccessException) throw new IOException("this user has no access to it", e);
            throw;
        }
    }

    /// <summary>
    /// Any user may make a pipe of a name that nobody has yet, and would be shown what we have to sign, and be given keys.
    /// So its owner has to be this user, the system, or one who may do everything anyway.
    /// </summary>
    private static void DemandTrusted(NamedPipeClientStream pipe)
    {
        var owner = PipeOwner.Of(pipe) ?? throw new IOException("its pipe's owner cannot be found out");
        if (owner.IsWellKnown(WellKnownSidType.LocalSystemSid)
            || owner.IsWellKnown(WellKnownSidType.BuiltinAdministratorsSid))
        {
            return;
        }

        using var user = WindowsIdentity.GetCurrent();
        if (owner == user.User) return;
        throw new IOException($"its pipe is another user's ({NameOf(owner)})");
    }

    private static string NameOf(SecurityIdentifier owner)
    {
        try
        {
            return owner.Translate(typeof(NTAccount)).Value;
        }
        catch (SystemException) // among them IdentityNotMappedException
        {
            return owner.Value;
        }
    }
}
