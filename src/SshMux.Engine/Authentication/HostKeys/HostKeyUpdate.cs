using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// UpdateHostKeys of ssh_config(5), for one connection: the server names all of its host keys after the login
/// (hostkeys-00@openssh.com, OpenSSH's PROTOCOL section 2.5); those that known_hosts does not have it must prove to
/// hold (hostkeys-prove-00@openssh.com), and those that it does not name any more are removed. So a host can change
/// its keys without a word to its users.
/// </summary>
internal sealed partial class HostKeyUpdate
{
    /// <summary>The request that names the keys.</summary>
    public const string Announcement = "hostkeys-00@openssh.com";

    private const int MaxKeys = 128;

    private readonly HostConfiguration _configuration;
    private readonly IUserInteraction _interaction;
    private readonly ILogger _logger;
    private readonly SshTransport _transport;
    private readonly string _name;

    private HostKeyUpdate(
        HostConfiguration configuration, IUserInteraction interaction, ILogger logger, SshTransport transport)
    {
        _configuration = configuration;
        _interaction = interaction;
        _logger = logger;
        _transport = transport;
        _name = KnownHostName.Of(configuration).ToString();
    }

    /// <summary>Whether the user is asked; then it is not for the background.</summary>
    public bool Asks => _configuration.UpdateHostKeys == UpdateHostKeys.Ask;

    /// <summary>
    /// The update for a connection whose host key was verified; null if known_hosts must not be touched: UpdateHostKeys
    /// is off, or would ask in BatchMode, there is no file to write, or the key came from elsewhere.
    /// </summary>
    public static HostKeyUpdate? For(
        HostConfiguration configuration,
        IUserInteraction interaction,
        ILogger logger,
        HostKeyVerifier verifier,
        SshTransport transport)
    {
        var wanted = configuration.UpdateHostKeys switch
        {
            UpdateHostKeys.Yes => true,
            UpdateHostKeys.Ask => !configuration.BatchMode,
            _ => false,
        };
        return wanted && verifier.MayUpdateHostKeys && configuration.UserKnownHostsFiles.Count > 0
            ? new HostKeyUpdate(configuration, interaction, logger, transport)
            : null;
    }

    /// <summary>Reads the keys of an announcement, without judging them.</summary>
    public static List<ReadOnlyMemory<byte>> Read(ref SshReader reader)
    {
        List<ReadOnlyMemory<byte>> keys = [];
        while (!reader.AtEnd)
        {
            if (keys.Count == MaxKeys)
            {
                throw SshException.Protocol($"the server names more than {MaxKeys} host keys");
            }

            keys.Add(reader.ReadString().ToArray());
        }

        return keys;
    }

    /// <summary>
    /// Updates known_hosts after an announcement. Nothing that goes wrong here ends a connection: it is told, and
    /// known_hosts stays as it is.
    /// </summary>
    /// <param name="announced">The keys as the server sent them.</param>
    /// <param name="prove">
    /// Makes the request for proofs, with the keys; gives the answer's data, or null for a failure.
    /// </param>
    /// <param name="cancellationToken">The connection has ended.</param>
    /// <returns>What has changed in known_hosts, a line for each key.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> announced,
        Func<byte[], Task<byte[]?>> prove,
        CancellationToken cancellationToken)
    {
        try
        {
            return SelectKeys(announced) is { } keys
                ? await UpdateAsync(keys, prove, cancellationToken).ConfigureAwait(false)
                : [];
        }
        catch (OperationCanceledException)
        {
            LogSkipped(_name, "the connection ended");
        }
        catch (SshException e)
        {
            // The login stands on a key that was checked; the next one tries again.
            LogFailed(_name, e.Message);
        }

        return [];
    }

    private async Task<IReadOnlyList<string>> UpdateAsync(
        List<SshPublicKey> keys, Func<byte[], Task<byte[]?>> prove, CancellationToken cancellationToken)
    {
        var known = KnownHosts.Load(_configuration.UserKnownHostsFiles);
        if (known.UnreadableFiles is [var unreadable, ..])
        {
            LogUnreadable(_name, unreadable);
            return [];
        }

        var plan = HostKeyPlan.Make(known, _name, keys);
        if (plan.IsEmpty)
        {
            LogNothingNew(_name, keys.Count);
            return [];
        }

        if (plan.WhyNot is { } why)
        {
            LogSkipped(_name, why);
            return [];
        }

        if (plan.New.Count > 0)
        {
            var answer = await prove(HostKeyProofs.FieldsFor(plan.New)).WaitAsync(cancellationToken)
                    .ConfigureAwait(false)
                ?? throw new SshException(SshError.RequestRefused, "the server does not prove that it holds them");
            var proofs = new HostKeyProofs(_transport.SessionId, _transport.Algorithms.HostKey);
            foreach (var key in proofs.UnprovenOf(plan.New, answer))
            {
                LogIgnored(_name, "it is an RSA key that is not proved with SHA-2");
                keys.Remove(key);
            }
        }

        IReadOnlyList<string> lines = [.. plan.Describe(_configuration.FingerprintHash)];
        if (!await IsWantedAsync(lines, cancellationToken).ConfigureAwait(false)) return [];
        await WriteAsync(keys).ConfigureAwait(false);
        return lines;
    }

    /// <summary>
    /// The keys that count: of a type that HostKeyAlgorithms allow, and no certificates. Null if nothing is to be done.
    /// </summary>
    private List<SshPublicKey>? SelectKeys(IReadOnlyList<ReadOnlyMemory<byte>> announced)
    {
        List<SshPublicKey> keys = [];
        foreach (var blob in announced)
        {
            SshPublicKey key;
            try
            {
                if (SshCertificate.IsCertificate(blob.Span)) continue;
                key = SshPublicKey.Parse(blob.Span);
            }
            catch (SshException e)
            {
                LogIgnored(_name, e.Message);
                continue;
            }

            if (!key.SignatureAlgorithms.Any(_transport.OfferedHostKeyAlgorithms.Contains)) continue;
            if (keys.Contains(key))
            {
                LogSkipped(_name, "the server named a key twice");
                return null;
            }

            keys.Add(key);
        }

        return keys.Count > 0 ? keys : null;
    }

    private async Task<bool> IsWantedAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        if (!Asks)
        {
            foreach (var line in lines) LogChange(line);
            return true;
        }

        var question =
            $"The server {_name} has updated its host keys.\n" +
            "These changes were verified by the server's existing trusted key.\n" +
            $"{string.Join('\n', lines)}\nAccept updated hostkeys? (yes/no): ";
        return await _interaction
            .ConfirmAsync(new ConfirmPrompt(ConfirmKind.HostKeyUpdate, question, _name), cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task WriteAsync(List<SshPublicKey> keys)
    {
        var blobs = keys.Select(key => key.Blob).ToList();
        var first = true;
        foreach (var file in _configuration.UserKnownHostsFiles)
        {
            // New keys go to the first file; what is obsolete goes from all. From here on to the end: half of it would
            // be worse than a connection that ends a moment later.
            var written = new KnownHostsFile(file, _configuration.HashKnownHosts);
            if (await written.ReplaceAsync(_name, blobs, first, CancellationToken.None).ConfigureAwait(false))
            {
                LogWritten(file, _name);
            }

            first = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Text}")]
    private partial void LogChange(string text);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{File} has the host keys that {Name} names now")]
    private partial void LogWritten(string file, string name);

    [LoggerMessage(
        Level = LogLevel.Debug, Message = "no new or obsolete host keys from {Name}, which names {Count}")]
    private partial void LogNothingNew(string name, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a host key that {Name} names is ignored: {Why}")]
    private partial void LogIgnored(string name, string why);

    [LoggerMessage(Level = LogLevel.Debug, Message = "the host keys of {Name} are not updated: {Why}")]
    private partial void LogSkipped(string name, string why);

    [LoggerMessage(
        Level = LogLevel.Debug, Message = "the host keys of {Name} are not updated: {File} cannot be read")]
    private partial void LogUnreadable(string name, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the host keys of {Name} were not updated: {Why}")]
    private partial void LogFailed(string name, string why);
}
