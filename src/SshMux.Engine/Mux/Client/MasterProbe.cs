using System.Globalization;
using System.Net.Sockets;
using SshMux.Engine.Mux.Protocol;

namespace SshMux.Engine.Mux.Client;

/// <summary>Finds out whether a master still lives after it closed a control connection without a word.</summary>
internal static class MasterProbe
{
    private const uint ExitingFlag = 0x4; // PF_EXITING

    /// <summary>How long a master may take from closing its sockets to its end.</summary>
    private static readonly TimeSpan EndingLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Whether the master at a path still listens or, if it has stopped listening, whether its process still runs.
    /// </summary>
    public static async Task<bool> IsAliveAsync(string path, int processId)
    {
        if (!ControlSocket.IsPossible) return false;
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            using var socket = await ControlSocket.ConnectAsync(path, timeout.Token).ConfigureAwait(false);

            // A dying process closes its sockets one by one, and the one that listens perhaps last: only its hello
            // shows that the master lives.
            var greeted = await socket.ReceiveAsync(new byte[1], SocketFlags.None, timeout.Token).ConfigureAwait(false);
            return greeted > 0 || await KeepsRunningAsync(processId).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or SocketException)
        {
            return await KeepsRunningAsync(processId).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It listens, but is too busy to accept: alive.
            return true;
        }
    }

    /// <summary>
    /// Whether a master that does not listen goes on all the same, as one does that was told to stop listening. When
    /// OpenSSH's has lost its connection, it closes its sockets a moment before it ends. Of the end of a process that
    /// is not a child there is no event.
    /// </summary>
    private static async Task<bool> KeepsRunningAsync(int processId)
    {
        var start = Environment.TickCount64;
        while (IsRunning(processId))
        {
            if (Environment.TickCount64 - start >= EndingLimit.TotalMilliseconds) return true;
            await Task.Delay(Pause).ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>
    /// Whether a process exists and is not about to end (a dying process closes its sockets one by one).
    /// </summary>
    private static bool IsRunning(int processId)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));

            // pid (name) state ppid pgrp session tty_nr tpgid flags ...; the name may have spaces and parentheses in
            // it.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is not ("Z" or "X")
                && (uint.Parse(fields[6], CultureInfo.InvariantCulture) & ExitingFlag) == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
