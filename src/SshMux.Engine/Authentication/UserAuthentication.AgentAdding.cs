using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Authentication.Keys;

namespace SshMux.Engine.Authentication;

/// <content>AddKeysToAgent: what was read from a file goes to the agent, too.</content>
public sealed partial class UserAuthentication
{
    /// <summary>
    /// Gives the key to the agent, if the configuration (and the user) wants it so. That it cannot be done does not
    /// concern the login, as in ssh(1): it is only logged.
    /// </summary>
    private async Task AddToAgentAsync(PrivateKeyFile file, SshPrivateKey key, CancellationToken ct)
    {
        var (how, socket) = (_options.AddKeysToAgent, _options.IdentityAgent);
        if (!how.IsOn || socket is null) return;
        var name = key.Comment.Length > 0 ? key.Comment : file.Path;
        try
        {
            // A connection of its own: the other one is bound to the server, and a key is not for one server alone.
            var agent = await SshAgent.ConnectAsync(socket, ct).ConfigureAwait(false);
            await using (agent.ConfigureAwait(false))
            {
                var prompt = new ConfirmPrompt(
                    ConfirmKind.AddKeyToAgent, $"Add key {file.Path} ({name}) to agent? (yes/no) ", file.Path);
                if (how.Asks && !await _options.Interaction.ConfirmAsync(prompt, ct).ConfigureAwait(false)) return;

                await agent.AddAsync(key, name, how.Lifetime, how.Confirms, ct).ConfigureAwait(false);
                Log.KeyAdded(_options.Logger, file.Path);
            }
        }
        catch (SshException e) when (e.Error == SshError.KeyUnusable)
        {
            Log.KeyNotAdded(_options.Logger, file.Path, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "identity added to agent: {Path}")]
        public static partial void KeyAdded(ILogger logger, string path);

        [LoggerMessage(Level = LogLevel.Debug, Message = "could not add identity to agent: {Path}: {Problem}")]
        public static partial void KeyNotAdded(ILogger logger, string path, string problem);
    }
}
