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

    /// <summary>The request for proofs.</summary>
    public const string ProofRequest = "hostkeys-prove-00@openssh.com";

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
        _name = configuration.HostKeyAlias is { } alias
            ? KnownHosts.NameOf(alias, 22)
            : KnownHosts.NameOf(configuration.HostName, configuration.Port);
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
    public async Task RunAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> announced,
        Func<byte[], Task<byte[]?>> prove,
        CancellationToken cancellationToken)
    {
        try
        {
            if (SelectKeys(announced) is { } keys)
            {
                await UpdateAsync(keys, prove, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            Log.Skipped(_logger, _name, "the connection ended");
        }
        catch (SshException e)
        {
            // The login stands on a key that was checked; the next one tries again.
            Log.Failed(_logger, _name, e.Message);
        }
    }

    private static byte[] Pack(IEnumerable<SshPublicKey> keys)
    {
        var list = keys.ToList();
        var packed = new byte[list.Sum(key => 4 + key.Blob.Length)];
        var writer = new SshWriter(packed);
        foreach (var key in list) writer.WriteString(key.Blob.Span);
        return packed;
    }

    private async Task UpdateAsync(
        List<SshPublicKey> keys, Func<byte[], Task<byte[]?>> prove, CancellationToken cancellationToken)
    {
        var known = KnownHosts.Load(_configuration.UserKnownHostsFiles);
        if (known.UnreadableFiles is [var unreadable, ..])
        {
            Log.Unreadable(_logger, _name, unreadable);
            return;
        }

        var plan = HostKeyPlan.Make(known, _name, keys);
        if (plan is { New.Count: 0, Obsolete.Count: 0 })
        {
            Log.NothingNew(_logger, _name, keys.Count);
            return;
        }

        if (plan.WhyNot is { } why)
        {
            Log.Skipped(_logger, _name, why);
            return;
        }

        if (plan.New.Count > 0)
        {
            var proofs = await prove(Pack(plan.New)).WaitAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new SshException(SshError.RequestRefused, "the server does not prove that it holds them");
            foreach (var key in UnprovenOf(plan.New, proofs)) keys.Remove(key);
        }

        if (await IsWantedAsync(plan, cancellationToken).ConfigureAwait(false))
        {
            await WriteAsync(keys).ConfigureAwait(false);
        }
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
                Log.Ignored(_logger, _name, e.Message);
                continue;
            }

            if (!key.SignatureAlgorithms.Any(_transport.OfferedHostKeyAlgorithms.Contains)) continue;
            if (keys.Contains(key))
            {
                Log.Skipped(_logger, _name, "the server named a key twice");
                return null;
            }

            keys.Add(key);
        }

        return keys.Count > 0 ? keys : null;
    }

    /// <summary>
    /// Checks the signatures, one for each key in order. A wrong one throws; an RSA key with another algorithm than
    /// SHA-2, or than the one that was agreed on, is left out.
    /// </summary>
    private List<SshPublicKey> UnprovenOf(IReadOnlyList<SshPublicKey> keys, byte[] proofs)
    {
        List<SshPublicKey> unproven = [];
        var agreed = _transport.Algorithms.HostKey;
        var reader = new SshReader(proofs);
        foreach (var key in keys)
        {
            var signature = reader.ReadString();
            var algorithm = new SshReader(signature).ReadUtf8String();
            if (key.KeyType == "ssh-rsa" && !key.SignatureAlgorithms.Contains(algorithm))
            {
                Log.Ignored(_logger, _name, "it is an RSA key that is not proved with SHA-2");
                unproven.Add(key);
                continue;
            }

            if (key.SignatureAlgorithms.Contains(agreed) && key.KeyType == "ssh-rsa") algorithm = agreed;
            var signed = new byte[
                SshWriter.StringLength(ProofRequest) + 8 + _transport.SessionId.Length + key.Blob.Length];
            var writer = new SshWriter(signed);
            writer.WriteString(ProofRequest);
            writer.WriteString(_transport.SessionId.Span);
            writer.WriteString(key.Blob.Span);
            if (!key.VerifySignatureBlob(algorithm, signed, signature))
            {
                throw SshException.Protocol($"the server's proof that it holds {key.Fingerprint} is wrong");
            }
        }

        reader.ExpectEnd("the proof of host keys");
        return unproven;
    }

    private string Show(ReadOnlySpan<byte> key) => KeyFingerprint.Of(key, _configuration.FingerprintHash);

    private async Task<bool> IsWantedAsync(HostKeyPlan plan, CancellationToken cancellationToken)
    {
        var lines = plan.New
            .Select(key => $"Learned new hostkey: {HostKeyVerifier.ShortType(key.KeyType)} {Show(key.Blob.Span)}")
            .Concat(plan.Obsolete.Select(entry =>
                "Deprecating obsolete hostkey: " +
                $"{HostKeyVerifier.ShortType(entry.KeyType)} {Show(entry.Key.Span)}"))
            .ToList();
        if (!Asks)
        {
            foreach (var line in lines) Log.Change(_logger, line);
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
            if (await KnownHosts.ReplaceAsync(
                file, _name, blobs, first, _configuration.HashKnownHosts, CancellationToken.None)
                .ConfigureAwait(false))
            {
                Log.Written(_logger, file, _name);
            }

            first = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Text}")]
        public static partial void Change(ILogger logger, string text);

        [LoggerMessage(Level = LogLevel.Debug, Message = "{File} has the host keys that {Name} names now")]
        public static partial void Written(ILogger logger, string file, string name);

        [LoggerMessage(
            Level = LogLevel.Debug, Message = "no new or obsolete host keys from {Name}, which names {Count}")]
        public static partial void NothingNew(ILogger logger, string name, int count);

        [LoggerMessage(Level = LogLevel.Debug, Message = "a host key that {Name} names is ignored: {Why}")]
        public static partial void Ignored(ILogger logger, string name, string why);

        [LoggerMessage(Level = LogLevel.Debug, Message = "the host keys of {Name} are not updated: {Why}")]
        public static partial void Skipped(ILogger logger, string name, string why);

        [LoggerMessage(
            Level = LogLevel.Debug, Message = "the host keys of {Name} are not updated: {File} cannot be read")]
        public static partial void Unreadable(ILogger logger, string name, string file);

        [LoggerMessage(Level = LogLevel.Warning, Message = "the host keys of {Name} were not updated: {Why}")]
        public static partial void Failed(ILogger logger, string name, string why);
    }
}
