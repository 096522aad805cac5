using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Authentication;

/// <summary>
/// The keys and certificates that may be offered, in ssh's order: the certificates of CertificateFile, the agent's keys
/// that are also configured, the agent's others (unless IdentitiesOnly), then the configured files, each with the
/// certificate beside it.
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

    /// <summary>Whether one of them is a private key file that is damaged or cannot be read.</summary>
    public bool HasUnusableFile { get; private set; }

    /// <summary>Reads the files (none is decrypted) and asks the agent.</summary>
    public static async Task<IdentityList> LoadAsync(AuthenticationOptions options, CancellationToken cancellationToken)
    {
        var list = new IdentityList();
        try
        {
            list.AddCertificateFiles(options);
            var files = list.ReadFiles(options);
            var (first, count) = (list._identities.Count, 0);
            foreach (var key in await list.ListAgentAsync(options, cancellationToken).ConfigureAwait(false))
            {
                var same = files.Find(
                    file => file.PublicKey is { } known && known.Span.SequenceEqual(key.PublicKey.Span));
                if (same is not null)
                {
                    same.Key = key;
                    files.Remove(same);
                    list._identities.Insert(first + count++, same);
                }
                else if (!options.IdentitiesOnly)
                {
                    list._identities.Add(new Identity { Key = key, PublicKey = key.PublicKey });
                }
            }

            // A public key alone is only of use with the agent; for a certificate another one may sign.
            list._identities.AddRange(files.Where(file => file.File is not null || file.Certificate is not null));
            return list;
        }
        catch
        {
            await list.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Who can sign for an identity: itself, or for a certificate from a file the identity of its key, in the agent or
    /// in a file; null if there is none.
    /// </summary>
    public Identity? FindSigner(Identity identity)
    {
        if (identity.Key is not null || identity.Certificate is not { } certificate) return identity;
        return _identities.Find(other => other.Certificate is null
                && other.PublicKey is { } key && key.Span.SequenceEqual(certificate.Key.Blob.Span))
            // A file that does not show its public key can be told by its name alone.
            ?? _identities.Find(other => other is { File: not null, PublicKey: null } && other.Path == identity.KeyPath)
            ?? (identity.File is null ? null : identity);
    }

    /// <summary>Wipes the keys and lets the agent go.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var identity in _identities) identity.Dispose();
        if (_agent is not null) await _agent.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<AgentKey>> ListAgentAsync(
        AuthenticationOptions options, CancellationToken cancellationToken)
    {
        if (options.IdentityAgent is not { } socket) return [];
        try
        {
            _agent = await SshAgent.ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
            if (options.AgentBinding is { } binding)
            {
                await _agent.BindAsync(binding, cancellationToken).ConfigureAwait(false);
            }
            return await _agent.ListAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            // SSH_AUTH_SOCK often outlives its agent; files and passwords still work.
            AddProblem(options, e.Message);
            return [];
        }
    }

    private void AddProblem(AuthenticationOptions options, string problem)
    {
        Problems.Add(problem);
        LogKeyProblem(options.Logger, problem);
    }

    [LoggerMessage(EventName = "NoKey", Level = LogLevel.Debug, Message = "no private key at {Path}")]
    private static partial void LogNoKey(ILogger logger, string path);

    [LoggerMessage(EventName = "KeyProblem", Level = LogLevel.Debug, Message = "{Problem}")]
    private static partial void LogKeyProblem(ILogger logger, string problem);
}
