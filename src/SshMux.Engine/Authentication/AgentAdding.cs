using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Authentication.Keys;

namespace SshMux.Engine.Authentication;

/// <summary>AddKeysToAgent: what was read from a file goes to the agent, too.</summary>
internal static partial class AgentAdding
{
    /// <summary>
    /// Gives the key to the agent, if the configuration (and the user) wants it so. That it cannot be done does not
    /// concern the login, as in ssh(1): it is only logged.
    /// </summary>
    public static async Task AddAsync(
        AuthenticationOptions options, PrivateKeyFile file, SshPrivateKey key, CancellationToken cancellationToken)
    {
        var (how, socket) = (options.AddKeysToAgent, options.IdentityAgent);
        if (!how.IsOn || socket is null) return;
        var name = key.Comment.Length > 0 ? key.Comment : file.Path;
        try
        {
            // A connection of its own: the other one is bound to the server, and a key is not for one server alone.
            var agent = await SshAgent.ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
            await using (agent.ConfigureAwait(false))
            {
                var prompt = new ConfirmPrompt(
                    ConfirmKind.AddKeyToAgent, $"Add key {file.Path} ({name}) to agent? (yes/no) ", file.Path);
                if (how.Asks
                    && !await options.Interaction.ConfirmAsync(prompt, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                await agent.AddAsync(key, name, how.Lifetime, how.Confirms, cancellationToken).ConfigureAwait(false);
                LogKeyAdded(options.Logger, file.Path);
            }
        }
        catch (SshException e) when (e.Error == SshError.KeyUnusable)
        {
            LogKeyNotAdded(options.Logger, file.Path, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "identity added to agent: {Path}")]
    private static partial void LogKeyAdded(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Debug, Message = "could not add identity to agent: {Path}: {Problem}")]
    private static partial void LogKeyNotAdded(ILogger logger, string path, string problem);
}
