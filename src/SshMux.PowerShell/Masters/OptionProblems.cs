using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.PowerShell.Masters;

/// <summary>What is wrong with -Options: said once, by the name of the keyword.</summary>
internal static class OptionProblems
{
    /// <summary>The settings of a host; an error names the entry of -Options that is to blame.</summary>
    /// <exception cref="SshException">They cannot be read, or are wrong.</exception>
    public static async Task<HostConfiguration> LoadAsync(
        HostQuery query, bool hasOptions, CancellationToken cancellationToken)
    {
        try
        {
            return await HostConfiguration.LoadAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.ConfigurationInvalid && hasOptions)
        {
            foreach (var option in query.Options)
            {
                var problem = await FindAsync(option, cancellationToken).ConfigureAwait(false);
                if (problem is null) continue;
                throw new SshException(
                    SshError.ConfigurationInvalid,
                    $"{OptionTable.KeywordOf(option)} in -Options cannot be '{OptionTable.ValueOf(option)}': {problem}",
                    e);
            }

            throw;
        }
    }

    /// <summary>What is wrong with one option by itself; null: nothing.</summary>
    public static async Task<string?> FindAsync(string option, CancellationToken cancellationToken)
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
}
