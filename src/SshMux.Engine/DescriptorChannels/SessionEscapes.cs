using SshMux.Engine.Channels;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>Carries out the escapes of one session; what they say goes to its error output, as with ssh(1).</summary>
/// <param name="character">The escape character.</param>
/// <param name="ends">The session's ends, where the keys come from.</param>
/// <param name="channel">The session's channel.</param>
/// <param name="host">What this process itself can do; null for the session of a master's client.</param>
/// <param name="suspension">Can have that client stop; null if nothing can.</param>
internal sealed class SessionEscapes(
    char character, IEscapeEnds ends, Channel channel, IEscapeHost? host, IClientSuspension? suspension = null)
{
    // RFC 4335: in milliseconds; ssh(1) sends this one.
    private const uint BreakLength = 1000;

    /// <summary>Called by the one who reads the keys. Does not block.</summary>
    public void Handle(EscapeCommand command)
    {
        switch (command)
        {
            case EscapeCommand.Terminate:
                ends.WriteError($"{character}.\r\n");
                ends.PauseKeys();
                if (host is not null) host.Terminate();
                else ends.EndAtOnce(new SshException(SshError.Stopped, $"the user typed {character}."));
                break;
            case EscapeCommand.Break:
                ends.WriteError($"{character}B\r\n");
                channel.SendBreak(BreakLength);
                break;
            case EscapeCommand.Information:
                ends.WriteError($"{character}I\r\n{channel.Connection.DescribeConnection()}");
                break;
            case EscapeCommand.Rekey:
                channel.Connection.RequestKeyExchange();
                break;
            case EscapeCommand.Channels:
                ends.WriteError($"{character}#\r\n{channel.Connection.DescribeChannels()}");
                break;
            case EscapeCommand.Help:
                ends.WriteError(EscapeTexts.Help(character, host, suspension));
                break;
            default:
                if (host is null) HandleForClient(command);
                else HandleOwn(command, host);
                break;
        }
    }

    private static string KeyOf(EscapeCommand command) => command switch
    {
        EscapeCommand.Suspend => "^Z",
        EscapeCommand.CommandLine => "C",
        EscapeCommand.LessVerbose => "V",
        EscapeCommand.MoreVerbose => "v",
        _ => "&",
    };

    private void HandleForClient(EscapeCommand command)
    {
        // Who cannot be suspended gets the words that ssh(1) has for its clients.
        if (suspension is not null && command == EscapeCommand.Suspend) _ = PauseForAsync(suspension.SuspendAsync);
        else if (suspension is not null && command == EscapeCommand.Background)
        {
            ends.WriteError(EscapeTexts.NoBackgroundForClients(character));
        }
        else
        {
            ends.WriteError(EscapeTexts.NotForClients(character, KeyOf(command)));
        }
    }

    private void HandleOwn(EscapeCommand command, IEscapeHost own)
    {
        switch (command)
        {
            case EscapeCommand.Suspend:
                ends.WriteError(EscapeTexts.Suspending(character));
                _ = PauseForAsync(own.SuspendAsync);
                break;
            case EscapeCommand.CommandLine when own.HasCommandLine:
                _ = PauseForAsync(own.RunCommandLineAsync);
                break;
            case EscapeCommand.CommandLine:
                ends.WriteError("commandline disabled\r\n");
                break;
            case EscapeCommand.LessVerbose:
            case EscapeCommand.MoreVerbose:
                var level = own.ChangeVerbosity(command == EscapeCommand.MoreVerbose);
                var outcome = level is null ? "Logging to syslog" : $"LogLevel {level}";
                ends.WriteError($"{character}{KeyOf(command)} [{outcome}]\r\n");
                break;
            case EscapeCommand.Background:
                ends.WriteError(EscapeTexts.NoBackground(character));
                break;
        }
    }

    /// <summary>Keys that are typed meanwhile are not the remote program's.</summary>
    private async Task PauseForAsync(Func<Task> action)
    {
        ends.PauseKeys();
        try
        {
            await Task.Run(action).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            ends.WriteError($"{e.Message}\r\n");
        }
        finally
        {
            ends.ResumeKeys();
        }
    }
}
