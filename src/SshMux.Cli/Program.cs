namespace SshMux.Cli;

/// <summary>The command <c>sshmux</c>: the engine behind the options of ssh(1).</summary>
internal static class Program
{
    /// <summary>The exit status for errors of our own; a remote command's status is passed on.</summary>
    public const int Failure = 255;

    private static async Task<int> Main(string[] arguments)
    {
        using var messages = new Messages();
        try
        {
            return await RunAsync(arguments, messages).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            if (e.Message.Length > 0) messages.Say($"sshmux: {e.Message}");
            if (e.ShowUsage) Messages.WriteError(Usage.Text);
        }
#pragma warning disable CA1031 // Whatever happens, the user gets one line and not a stack trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            messages.Error(e);
        }

        return Failure;
    }

    private static Task<int> RunAsync(string[] arguments, Messages messages)
    {
        var line = CommandLine.Parse(arguments);
        if (line.ShowVersion)
        {
            messages.Say(VersionText.Text);
            return Task.FromResult(0);
        }

        throw new UsageException("connections are not there yet");
    }
}
