using System.Text;
using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Authentication;

/// <summary>
/// The keys that may be offered, in ssh's order: those of the agent that are also configured, then the agent's others
/// (unless IdentitiesOnly), then the configured files.
/// </summary>
internal sealed partial class IdentityList : IAsyncDisposable
{
    private readonly List<Identity> _identities = [];
    private SshAgent? _agent;

    private IdentityList()
    {
    }

    /// <summary>The keys, in order.</summary>
    public IReadOnlyList<Identity> Identities => _identities;

    /// <summary>What was wrong with files and the agent, for the user.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Reads the files (none is decrypted) and asks the agent.</summary>
    public static async Task<IdentityList> LoadAsync(AuthenticationOptions options, CancellationToken ct)
    {
        var list = new IdentityList();
        try
        {
            var files = list.ReadFiles(options);
            foreach (var key in await list.ListAgentAsync(options, ct).ConfigureAwait(false))
            {
                var same = files.Find(
                    file => file.PublicKey is { } known && known.Span.SequenceEqual(key.PublicKey.Span));
                if (same is not null)
                {
                    same.Key = key;
                    files.Remove(same);
                    list._identities.Insert(list._identities.FindLastIndex(other => other.Path is not null) + 1, same);
                }
                else if (!options.IdentitiesOnly)
                {
                    list._identities.Add(new Identity { Key = key, PublicKey = key.PublicKey });
                }
            }

            // A public key alone is only of use with the agent.
            list._identities.AddRange(files.Where(file => file.File is not null));
            return list;
        }
        catch
        {
            await list.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Wipes the keys and lets the agent go.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var identity in _identities) identity.Dispose();
        if (_agent is not null) await _agent.DisposeAsync().ConfigureAwait(false);
    }

    private List<Identity> ReadFiles(AuthenticationOptions options)
    {
        List<Identity> files = [];
        foreach (var path in options.IdentityFiles)
        {
            PrivateKeyFile? file = null;
            if (File.Exists(path))
            {
                try
                {
                    file = PrivateKeyFile.Read(path);
                }
                catch (SshException e)
                {
                    // The other keys may do; the user hears of it if they do not.
                    Problems.Add(e.Message);
                    Log.KeyProblem(options.Logger, e.Message);
                }
            }

            var publicKey = file?.PublicKey ?? ReadPublicKey(path + ".pub") ?? ReadPublicKey(path);
            if (file is null && publicKey is null)
            {
                Log.NoKey(options.Logger, path);
                continue;
            }

            files.Add(new Identity { Path = path, File = file, PublicKey = publicKey });
        }

        return files;
    }

    /// <summary>The key in a file of one line, "type base64 comment"; null if there is none.</summary>
    private static ReadOnlyMemory<byte>? ReadPublicKey(string path)
    {
        const int maxLength = 64 * 1024;
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: < maxLength }) return null;
            var words = File.ReadAllText(path, Encoding.UTF8).Split((char[])[' ', '\t', '\r', '\n'], 3);
            if (words.Length < 2) return null;
            var blob = Convert.FromBase64String(words[1]);
            return Configuration.KnownHostsEntry.TypeOf(blob) == words[0] ? blob : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // The public key only saves a question for the passphrase; the private key file is what counts.
            return null;
        }
    }

    private async Task<IReadOnlyList<AgentKey>> ListAgentAsync(AuthenticationOptions options, CancellationToken ct)
    {
        if (options.IdentityAgent is not { } socket) return [];
        try
        {
            _agent = await SshAgent.ConnectAsync(socket, ct).ConfigureAwait(false);
            if (options.AgentBinding is { } binding) await _agent.BindAsync(binding, ct).ConfigureAwait(false);
            return await _agent.ListAsync(ct).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            // SSH_AUTH_SOCK often outlives its agent; files and passwords still work.
            Problems.Add(e.Message);
            Log.KeyProblem(options.Logger, e.Message);
            return [];
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "no private key at {Path}")]
        public static partial void NoKey(ILogger logger, string path);

        [LoggerMessage(Level = LogLevel.Debug, Message = "{Problem}")]
        public static partial void KeyProblem(ILogger logger, string problem);
    }
}
