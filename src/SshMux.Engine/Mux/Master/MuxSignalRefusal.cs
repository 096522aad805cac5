using System.Globalization;
using System.Text.RegularExpressions;
using SshMux.Engine.Channels;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Master;

/// <summary>Why a server did not send a signal, which it does not say itself.</summary>
internal static partial class MuxSignalRefusal
{
    private static readonly Version FirstToSend = new(7, 9);
    private static readonly Version FirstToSendForRoot = new(9, 8);

    /// <summary>What to tell the client that asked.</summary>
    public static string Explain(ConnectionContext connection, string signal)
    {
        var refused = $"the server did not send the signal {signal}";
        if (connection.ServerVersion is not { } version || OpenSsh().Match(version) is not { Success: true } match)
        {
            return $"{refused}; not every server can";
        }

        var number = Version.Parse(match.Groups[1].Value);
        var program = string.Create(CultureInfo.InvariantCulture, $"OpenSSH {Printable.Text(match.Groups[1].Value)}");
        if (number < FirstToSend) return $"{refused}: {program} cannot, sshd does so from 7.9 on";
        return number < FirstToSendForRoot
            ? $"{refused}: {program} does not for logins of root (from 9.8 on), subsystems and forced commands"
            : $"{refused}: {program} does not for subsystems and forced commands, and knows no signals beyond "
            + "ABRT, ALRM, FPE, HUP, ILL, INT, KILL, PIPE, QUIT, SEGV, TERM, USR1 and USR2";
    }

    [GeneratedRegex(@"^SSH-2\.0-OpenSSH_(\d{1,4}\.\d{1,4})")]
    private static partial Regex OpenSsh();
}
