using System.Text;
using SshMux.Cli.Arguments;
using SshMux.Cli.Commands;
using SshMux.Cli.Output;
using SshMux.Cli.Processes;
using SshMux.Engine.Authentication;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Cli;

/// <summary>The command <c>sshmux</c>: the engine behind the options of ssh(1).</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (OperatingSystem.IsWindows())
        {
            // Before all else: what follows calls the C library.
            await Console.Error.WriteLineAsync(
                "sshmux: this command comes to Windows later; use the PowerShell module SshMux there").ConfigureAwait(false);
            return ExitStatus.Failure;
        }

        using var messages = new Messages();
        try
        {
            StandardDescriptors.EnsureOpen();
            using var background = BackgroundProcess.Adopt();
            if (background?.StartedBy is { } starter) ProcessEnvironment.RestoreFrom(starter);
            InheritedDescriptors.Close(arguments);
            arguments = RawArguments.Restore(arguments, background?.StartedBy);
            return await RunAsync(arguments, messages, background).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            if (e.Message.Length > 0) messages.Say($"sshmux: {e.Message}");
            if (e.ShowUsage) Messages.WriteError(Usage.Text);
        }
        catch (OperationCanceledException)
        {
            // A signal, or the foreground process of -f was killed: whoever did that needs no explanation.
        }
#pragma warning disable CA1031 // Whatever happens, the user gets one line and not a stack trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            messages.Error(e);
        }

        return ExitStatus.Failure;
    }

    private static async Task<int> RunAsync(string[] arguments, Messages messages, BackgroundProcess? background)
    {
        var line = CommandLine.Parse(arguments);
        if (line.ShowVersion)
        {
            messages.Say(VersionText.Text);
            return 0;
        }

        if (line.ShowHelp) return Messages.Write(Messages.StandardOutput, Usage.Help) ? 0 : ExitStatus.Failure;
        if (line.Query is { } query) return Print(AlgorithmQuery.Answer(query));
        if (line.Verbosity is { } verbosity) messages.Verbosity = verbosity;
        if (line.LogFile is { } file) messages.UseFile(file);
        messages.Debug(VersionText.Text);
        if (line.ShowConfiguration)
        {
            return await ShowConfigurationAsync(line, messages).ConfigureAwait(false);
        }

        if (line.ShowKeys)
        {
            var configuration = await HostConfiguration.LoadAsync(line.ToQuery()).ConfigureAwait(false);
            Invocation.Create(line, configuration).Announce(messages);
            return Print(await OfferedKeys.ListAsync(configuration, new MessageLogger(messages)).ConfigureAwait(false));
        }

        if (line is { OnlyAsks: true, Operation: { } operation })
        {
            await ControlAsync(operation, line, messages).ConfigureAwait(false);
            return 0;
        }

        if (line.Background && background is null)
        {
            return BackgroundStarter.Start(arguments, BackgroundKind.Everything) ?? 0;
        }

        return await ConnectAsync(arguments, line, messages, background).ConfigureAwait(false);
    }

    private static async Task ControlAsync(ControlOperation operation, CommandLine line, Messages messages)
    {
        var configuration = await HostConfiguration.LoadAsync(line.ToQuery()).ConfigureAwait(false);
        var invocation = Invocation.Create(line, configuration);
        invocation.Announce(messages);
        if (operation is >= ControlOperation.Sessions and <= ControlOperation.Watch)
        {
            var request = SessionControlRequest.Of(operation, line);
            await new SessionControlCommand(request, invocation.RequireControlPath(), messages)
                .RunAsync(configuration.ConnectTimeout, CancellationToken.None)
                .ConfigureAwait(false);
            return;
        }

        if (operation is ControlOperation.Lock or ControlOperation.Unlock)
        {
            var request = LockRequest.Of(operation, line.OperationArgument);
            var user = new TerminalInteraction(messages, configuration.BatchMode);
            await new LockCommand(request, invocation.RequireControlPath(), user, messages)
                .RunAsync(configuration.ConnectTimeout, CancellationToken.None)
                .ConfigureAwait(false);
            return;
        }

        await new ControlCommand(operation, invocation.RequireControlPath(), messages)
            .RunAsync(invocation.Forwards, configuration.ConnectTimeout, CancellationToken.None)
            .ConfigureAwait(false);
    }

    private static async Task<int> ConnectAsync(
        string[] arguments, CommandLine line, Messages messages, BackgroundProcess? background)
    {
        var cancellation = background?.ForegroundGone ?? CancellationToken.None;
        var configuration = await HostConfiguration.LoadAsync(line.ToQuery(), cancellation).ConfigureAwait(false);
        var invocation = Invocation.Create(line, configuration);
        if (invocation.Background && background is null)
        {
            // The configuration says so (ForkAfterAuthentication), not the command line.
            return BackgroundStarter.Start(arguments, BackgroundKind.Everything) ?? 0;
        }

        invocation.Announce(messages);
        if (line.Operation == ControlOperation.Proxy)
        {
            return await new ConnectionCommand(invocation, messages, background).RunAsync().ConfigureAwait(false);
        }

        var isMasterProcess = background?.Kind == BackgroundKind.Master;
        if (!isMasterProcess && configuration.ControlPath is { } path
            && configuration.ControlMaster is not (ControlMasterMode.Yes or ControlMasterMode.Ask))
        {
            var status = await new ClientCommand(invocation, messages, background)
                .TryRunAsync(path, cancellation).ConfigureAwait(false);
            if (status is not null) return status.Value;
        }

        if (!isMasterProcess && PersistentMaster.IsWanted(configuration, messages))
        {
            return await PersistentMaster.StartAndUseAsync(arguments, invocation, messages, background)
                .ConfigureAwait(false);
        }

        return await new ConnectionCommand(invocation, messages, background).RunAsync().ConfigureAwait(false);
    }

    private static async Task<int> ShowConfigurationAsync(CommandLine line, Messages messages)
    {
        var configuration = await HostConfiguration.LoadAsync(line.ToShownQuery()).ConfigureAwait(false);
        messages.Configuration(configuration);
        return Print([.. configuration.Show().Select(setting => setting.ToString())]);
    }

    private static int Print(IReadOnlyList<string> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines) text.Append(line).Append('\n');
        return Messages.Write(Messages.StandardOutput, text.ToString()) ? 0 : ExitStatus.Failure;
    }
}
