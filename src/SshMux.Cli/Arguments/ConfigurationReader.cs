using SshMux.Engine;
using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Cli.Arguments;

/// <summary>Reads the host's configuration, and avoids to start <c>ssh -G</c> where its answer is known.</summary>
internal static class ConfigurationReader
{
    /// <summary>
    /// The configuration for a command over a master. With <c>-F none</c> there is nothing to read but the command
    /// line, and what ssh -G would add are defaults of a login, which a client of a master does not make.
    /// </summary>
    /// <exception cref="SshException">It is wrong.</exception>
    public static async Task<HostConfiguration> ReadForClientAsync(
        CommandLine line, CancellationToken cancellationToken)
    {
        if (line.ConfigFile == "none")
        {
            try
            {
                var query = line.ToQuery() with { SshProgram = "none" };
                return await HostConfiguration.LoadAsync(query, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException e) when (e.Error == SshError.ConfigurationInvalid)
            {
                // Perhaps an option that only the installed ssh knows: it has the last word.
            }
        }

        return await ReadAsync(line, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The configuration for a login of our own, after <see cref="ReadForClientAsync"/> has read what a client needs.
    /// </summary>
    /// <exception cref="SshException">It is wrong.</exception>
    public static async Task<HostConfiguration> ReadForLoginAsync(
        CommandLine line, HostConfiguration known, CancellationToken cancellationToken) =>
        known.SshProgram is null ? await ReadAsync(line, cancellationToken).ConfigureAwait(false) : known;

    /// <summary>The whole configuration.</summary>
    /// <exception cref="SshException">It is wrong.</exception>
    public static Task<HostConfiguration> ReadAsync(CommandLine line, CancellationToken cancellationToken) =>
        HostConfiguration.LoadAsync(line.ToQuery(), cancellationToken);
}
