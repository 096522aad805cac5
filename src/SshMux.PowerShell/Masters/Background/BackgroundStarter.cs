using System.Management.Automation.Language;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Authentication.Interaction;
using SshMux.FrontEnds;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// The cmdlet's side of opening a background master: starts its process, tells it what to do, and answers its questions
/// until it stands on its own.
/// </summary>
/// <param name="user">Who answers questions.</param>
/// <param name="logger">Where the log goes.</param>
internal sealed class BackgroundStarter(IUserInteraction user, ILogger logger)
{
    /// <summary>How long a process that nobody wants any more may take to end.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private const string EntryPoint = "[SshMux.PowerShell.Loader.BackgroundEntry]::Run()";

    /// <summary>Whether a process with these arguments is one that was started here.</summary>
    public static bool IsBackgroundMaster(IReadOnlyList<string> arguments) =>
        arguments.Any(argument => argument.EndsWith(EntryPoint, StringComparison.Ordinal));

    /// <summary>Opens a master; gives its record.</summary>
    /// <exception cref="SshException">Why there is none.</exception>
    [UnsupportedOSPlatform("windows")]
    public async Task<BackgroundRecord> OpenAsync(BackgroundSettings settings, CancellationToken cancellationToken)
    {
        var child = Start();
        using var channel = new FrameChannel(child.Channel);
        try
        {
            await channel.SendAsync(FrameKind.Settings, settings.Write).ConfigureAwait(false);
            if (await new Conversation(channel, user, logger).RunAsync(cancellationToken).ConfigureAwait(false)
                is { } record)
            {
                // If the user wants it no more, it must not stay.
                cancellationToken.ThrowIfCancellationRequested();
                await channel.SendAsync(FrameKind.Accepted, _ => { }).ConfigureAwait(false);
                return record;
            }

            var how = await child.WaitForEndAsync(cancellationToken).ConfigureAwait(false);
            throw new SshException(
                SshError.MasterGone, $"the process for the master {settings.Name} (pid {child.Id}) {how}");
        }
        catch
        {
            // It sees the end of the channel, and ends.
            _ = child.KillAfterAsync(EndLimit);
            throw;
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static DetachedChild Start()
    {
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(typeof(BackgroundStarter).Assembly.Location))!;
        var loader = Path.Combine(folder, "SshMux.PowerShell.Loader.dll");
        var program = PwshProgram.Find();

        // The startup hook runs in place of all this, in half of the memory and a part of the time. Where pwsh's
        // settings forbid startup hooks, PowerShell does the same.
        var script = $"Add-Type -LiteralPath '{CodeGeneration.EscapeSingleQuotedStringContent(loader)}'; "
            + EntryPoint;
        return DetachedChild.Start(
            program[0],
            [.. program.Skip(1), "-NoProfile", "-NonInteractive", "-Command", script],
            BackgroundVariables.For(loader));
    }
}
