using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Cmdlets;

/// <content>What is wrong with -Options: said once, by the name of the keyword.</content>
public abstract partial class ConnectingCmdlet
{
    /// <summary>Ends the cmdlet if -Options has a keyword that ssh_config(5) has not.</summary>
    private void CheckOptions()
    {
        if (Options.Count == 0) return;
        try
        {
            foreach (var option in OptionTable.ToList(Options, null))
            {
                var keyword = OptionTable.KeywordOf(option);
                if (Keywords.All.Contains(keyword) || HostConfiguration.HasOwnOptions(Query(option))) continue;
                if (OptionTable.IsIgnored(Options, keyword)) continue;

                // An ssh that is newer than this may know it.
                if (Await(stop => FindProblemAsync(option, stop)) is null) continue;
                var like = OptionTable.Nearest(keyword);
                throw new SshException(
                    SshError.ConfigurationInvalid,
                    $"'{keyword}' in -Options is not a keyword of ssh_config"
                    + (like is null ? "" : $"; did you mean {like}?"));
            }
        }
        catch (SshException e)
        {
            ThrowTerminatingError(ErrorRecords.From(e, Options));
        }
    }

    /// <summary>The host's settings; an error names the entry of -Options that is to blame.</summary>
    private async Task<HostConfiguration> LoadOrExplainAsync(HostQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return await HostConfiguration.LoadAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.ConfigurationInvalid && Options.Count > 0)
        {
            foreach (var option in query.Options)
            {
                var problem = await FindProblemAsync(option, cancellationToken).ConfigureAwait(false);
                if (problem is null) continue;
                throw new SshException(
                    SshError.ConfigurationInvalid,
                    $"{OptionTable.KeywordOf(option)} in -Options cannot be '{OptionTable.ValueOf(option)}': {problem}",
                    e);
            }

            throw;
        }
    }

    private static HostQuery Query(string option) =>
        new()
        {
            Host = "localhost",
            ConfigFile = "none",
            Options = [option],

            // An option that needs a command is not wrong for that.
            SessionType = SessionType.None,
            StaysInForeground = true,
        };

    /// <summary>What is wrong with one option by itself; null: nothing.</summary>
    private static async Task<string?> FindProblemAsync(string option, CancellationToken cancellationToken)
    {
        const string ssh = "command-line line 0: ";
        try
        {
            await HostConfiguration.LoadAsync(Query(option), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (SshException e)
        {
            var said = e.Message.LastIndexOf(ssh, StringComparison.Ordinal);
            return said < 0 ? e.Message : e.Message[(said + ssh.Length)..].TrimEnd('.');
        }
    }
}
