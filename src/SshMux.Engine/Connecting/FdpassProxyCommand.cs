using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Connecting;

/// <summary>
/// A ProxyCommand with ProxyUseFdpass: it connects, passes the descriptor of its connection over its standard output,
/// which is a unix socket, and ends. Then no program stands between us and the server.
/// </summary>
internal static class FdpassProxyCommand
{
    /// <summary>How long a command that passed nothing may take to end, and to say so.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(1);

    /// <summary>Runs a command, its tokens expanded, and gives what it passes.</summary>
    /// <param name="command">The command line.</param>
    /// <param name="quiet">Drops what it says on standard error; else it goes where ours goes.</param>
    /// <param name="cancellationToken">Gives up, and ends the command.</param>
    /// <exception cref="SshException">It cannot be started, or passes nothing.</exception>
    public static async Task<Stream> ConnectAsync(string command, bool quiet, CancellationToken cancellationToken)
    {
        if (!ChildProcess.CanPassDescriptor)
        {
            throw new SshException(
                SshError.NotSupported,
                "a program cannot pass a connection on to another one on Windows: without ProxyUseFdpass it carries it");
        }

        var process = ChildProcess.Start(ChildCommand.ForShell(command) with
        {
            ReplacesShell = true,
            PassesDescriptor = true,
            Error = quiet ? ChildStream.Nothing : ChildStream.Ours,
        });
        try
        {
            using var channel = new ReadySocket(process.Channel!);
            using var descriptor = await DescriptorPassing.ReceiveAsync(channel, cancellationToken)
                .ConfigureAwait(false);
            return OpenStream(command, descriptor);
        }
        catch (SshException e) when (e.Error == SshError.MuxProtocolError)
        {
            // What it passes, or that it ends, comes before the end of the process: a moment only.
            var ended = await Task.WhenAny(process.Exited, Task.Delay(EndTime, cancellationToken))
                .ConfigureAwait(false);
            var how = ended == process.Exited ? $" and {process.Exited.Result}" : "";
            throw new SshException(
                SshError.ConnectionFailed,
                $"the ProxyCommand '{command}' passed no connection back (ProxyUseFdpass){how}", e);
        }
        finally
        {
            process.HangUp();
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static SocketStream OpenStream(string command, DescriptorHandle descriptor)
    {
        using var own = DescriptorHandle.Duplicate(descriptor);
        var socket = new Socket(new SafeSocketHandle(own.Number, ownsHandle: true));
        own.SetHandleAsInvalid();

        // .NET takes any descriptor for a socket.
        if (socket is { SocketType: SocketType.Stream, Connected: true }) return SystemSockets.Current.Open(socket);
        socket.Dispose();
        throw new SshException(
            SshError.ConnectionFailed,
            $"the ProxyCommand '{command}' passed something that is no connected stream socket (ProxyUseFdpass)");
    }
}
