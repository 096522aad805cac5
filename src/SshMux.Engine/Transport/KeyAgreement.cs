using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <summary>
/// The method of a key exchange (RFC 4253 section 8, RFC 5656 section 4): our key pair and, with the server's reply,
/// the shared secret. Methods that take long compute on another thread, for the receive loop's serves other
/// connections, too.
/// </summary>
/// <param name="sender">Sends our messages.</param>
/// <param name="onAgreed">Called when there is a secret, and the server has proved that it holds its host key.</param>
/// <param name="fingerprintHash">The hash of the fingerprints that are logged.</param>
/// <param name="logger">Where to say what happens.</param>
internal sealed partial class KeyAgreement(
    PacketSender sender,
    Action<KeyExchangeRun, ServerReply> onAgreed,
    FingerprintHash fingerprintHash,
    ILogger logger)
{
    private Task? _computing;

    /// <summary>
    /// Whether another thread computes a step. The receive loop looks at no further message until it has waited for it.
    /// </summary>
    public bool IsComputing => _computing is not null;

    /// <summary>Waits for the step that is being computed, and throws what it throws.</summary>
    public async Task FinishComputingAsync()
    {
        try
        {
            await _computing!.ConfigureAwait(false);
        }
        finally
        {
            _computing = null;
        }
    }

    /// <summary>Both sides have said what they offer: sends our first message for the method agreed on.</summary>
    public void Begin(KeyExchangeRun run)
    {
        TellAgreed(run);
        if (run.Algorithms!.KeyExchange == GroupExchange.Method) RequestGroup(run);
        else MakeKey(run);
    }

    /// <summary>Handles the message that the server must send next.</summary>
    public void Process(KeyExchangeRun run, ReadOnlySpan<byte> message)
    {
        if (run.Key is null) ProcessGroup(run, message);
        else ProcessReply(run, message);
    }

    /// <summary>Makes our key pair, and sends its public value.</summary>
    private void MakeKey(KeyExchangeRun run)
    {
        var method = run.Algorithms!.KeyExchange;
        if (HybridKey.IsSntrup761(method))
        {
            var making = run.Prepared?.Take(method)
                ?? OwnThread.RunAsync(() => HybridKey.CreateFor(CryptographyProvider.Current, method));
            _computing = SendKeyAsync(run, making);
            return;
        }

        run.Prepared?.Dispose();
        SendKey(run, EphemeralKey.Create(CryptographyProvider.Current, method), MessageNumber.KexEcdhInit);
    }

    private async Task SendKeyAsync(KeyExchangeRun run, Task<HybridKey> making) =>
        SendKey(run, await making.ConfigureAwait(false), MessageNumber.KexEcdhInit);

    private void SendKey(KeyExchangeRun run, EphemeralKey key, byte number)
    {
        run.Key = key;
        sender.SendInKeyExchange(new KexEcdhInitMessage(key.PublicValue, number));
    }

    /// <summary>SSH_MSG_KEX_DH_GEX_REQUEST: our wishes (RFC 4419).</summary>
    private void RequestGroup(KeyExchangeRun run)
    {
        var bits = (run.GroupExchange = GroupExchange.For(run.Algorithms!, run.ServerVersion)).PreferredBits;
        LogGroupRequested(GroupExchange.MinimumBits, bits, GroupExchange.MaximumBits);
        sender.SendInKeyExchange(new GroupExchangeRequestMessage(bits));
    }

    /// <summary>SSH_MSG_KEX_DH_GEX_GROUP: makes our key pair in the group and sends its public value.</summary>
    private void ProcessGroup(KeyExchangeRun run, ReadOnlySpan<byte> message)
    {
        var key = run.GroupExchange!.ReadGroup(CryptographyProvider.Current.DiffieHellman, message);
        LogGroup(key.BitsSet, key.PrimeBits);
        SendKey(run, key, MessageNumber.KexDhGexInit);
    }

    /// <summary>
    /// SSH_MSG_KEX_ECDH_REPLY or one of its like: checks that the server holds the host key, and derives the new keys.
    /// </summary>
    private void ProcessReply(KeyExchangeRun run, ReadOnlySpan<byte> message)
    {
        var reply = ServerReply.Parse(message, run.Algorithms!.HostKey);
        var key = run.Key!;
        if (key.TakesLong) _computing = AcceptAsync(run, reply, key);
        else Accept(run, reply, key.DeriveSecret(reply.PublicValue));
    }

    private async Task AcceptAsync(KeyExchangeRun run, ServerReply reply, EphemeralKey key)
    {
        var secret = await OwnThread.RunAsync(() => key.DeriveSecret(reply.PublicValue)).ConfigureAwait(false);
        Accept(run, reply, secret);
    }

    private void Accept(KeyExchangeRun run, ServerReply reply, byte[] secret)
    {
        run.Accept(reply, secret);
        TellHostKey(reply.HostKey);
        onAgreed(run, reply);
    }

    /// <summary>What was agreed on, in ssh(1)'s words, from which programs read it.</summary>
    private void TellAgreed(KeyExchangeRun run)
    {
        var agreed = run.Algorithms!;
        if (logger.IsEnabled(LogLevel.Debug))
        {
            const string implicitly = "<implicit>";
            LogAgreedMethods("algorithm", agreed.KeyExchange);
            LogAgreedMethods("host key algorithm", agreed.HostKey);
            LogAgreedCipher("server->client", agreed.CipherIn, agreed.MacIn ?? implicitly, agreed.CompressionIn);
            LogAgreedCipher("client->server", agreed.CipherOut, agreed.MacOut ?? implicitly, agreed.CompressionOut);
        }

        if (run.IsFirst && agreed is { StrictKeyExchange: false, CipherIn: SshAlgorithms.ChaChaPoly })
        {
            LogNoStrictKeyExchange(agreed.CipherIn);
        }
    }

    private void TellHostKey(ServerHostKey hostKey)
    {
        if (!logger.IsEnabled(LogLevel.Debug)) return;
        var certificate = hostKey.Certificate;
        var fingerprint = Show(hostKey.Key);
        LogHostKey(certificate?.Type ?? hostKey.Key.KeyType, fingerprint);
        if (certificate is null) return;
        var id = Printable.Text(certificate.KeyId);
        var hosts = Printable.Text(string.Join(',', certificate.Principals), 1024);
        var authority = $"{certificate.Authority.KeyType} {Show(certificate.Authority)}";
        LogCertificate(certificate.Serial, id, authority, hosts);
    }

    private string Show(SshPublicKey key) => KeyFingerprint.Of(key.Blob.Span, fingerprintHash);

    [LoggerMessage(Level = LogLevel.Debug, Message = "kex: {What}: {Name}")]
    private partial void LogAgreedMethods(string what, string name);

    [LoggerMessage(
        Level = LogLevel.Debug, Message = "kex: {Direction} cipher: {Cipher} MAC: {Mac} compression: {Compression}")]
    private partial void LogAgreedCipher(string direction, string cipher, string mac, string compression);

    // No warning: ssh(1) has none either, the user can change nothing, and what the attack wins is little (it hides
    // the server's extensions, without which we log in as to an older server).
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "the server has no strict key exchange: with {Cipher}, someone between could drop its first "
            + "messages unseen (Terrapin, CVE-2023-48795)")]
    private partial void LogNoStrictKeyExchange(string cipher);

    [LoggerMessage(Level = LogLevel.Debug, Message = "the server holds host key {KeyType} {Fingerprint}")]
    private partial void LogHostKey(string keyType, string fingerprint);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "its certificate: serial {Serial}, id \"{Id}\", authority {Authority}, hosts {Hosts}")]
    private partial void LogCertificate(ulong serial, string id, string authority, string hosts);

    // Both in ssh(1)'s words, from which its tests read the sizes.
    [LoggerMessage(Level = LogLevel.Debug,
        Message = "SSH2_MSG_KEX_DH_GEX_REQUEST({Minimum}<{Preferred}<{Maximum}) sent")]
    private partial void LogGroupRequested(int minimum, int preferred, int maximum);

    [LoggerMessage(Level = LogLevel.Debug, Message = "the server's group has come; bits set: {Set}/{Bits}")]
    private partial void LogGroup(int set, int bits);
}
