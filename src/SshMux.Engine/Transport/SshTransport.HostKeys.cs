using Microsoft.Extensions.Logging;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>What is told about the server's host key.</content>
internal sealed partial class SshTransport
{
    /// <summary>The host key algorithms that were offered to the server.</summary>
    internal IReadOnlyList<string> OfferedHostKeyAlgorithms => _offer.HostKey;

    private void LogHostKey(ServerHostKey hostKey)
    {
        var certificate = hostKey.Certificate;
        if (!_logger.IsEnabled(LogLevel.Debug)) return;
        var fingerprint = Show(hostKey.Key);
        Log.HostKey(_logger, certificate?.Type ?? hostKey.Key.KeyType, fingerprint);
        if (certificate is not null)
        {
            var id = Printable.Text(certificate.KeyId);
            var hosts = Printable.Text(string.Join(',', certificate.Principals), 1024);
            var authority = $"{certificate.Authority.KeyType} {Show(certificate.Authority)}";
            LogCertificate(_logger, certificate.Serial, id, authority, hosts);
        }
    }

    private string Show(SshPublicKey key) => KeyFingerprint.Of(key.Blob.Span, _options.FingerprintHash);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "its certificate: serial {Serial}, id \"{Id}\", authority {Authority}, hosts {Hosts}")]
    private static partial void LogCertificate(
        ILogger logger, ulong serial, string id, string authority, string hosts);
}
