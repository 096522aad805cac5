using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Transport;

/// <summary>How an <see cref="SshTransport"/> is set up.</summary>
internal sealed class SshTransportOptions
{
    /// <summary>
    /// Key exchange methods to offer, the preferred one first. In all four lists names that SshMux does not know, or
    /// that this machine cannot do, are left out; a list of which nothing remains is an error.
    /// </summary>
    public IReadOnlyList<string> KeyExchangeAlgorithms { get; init; } = SshAlgorithms.KeyExchange;

    /// <summary>
    /// The key pair that may be needed, begun when the connection was. The transport disposes it as soon as it is not;
    /// the caller does, too, for who knows how far it comes. Null: a key pair is made when it is needed.
    /// </summary>
    internal PreparedKey? PreparedKey { get; init; }

    /// <summary>Host key algorithms to accept, the preferred one first.</summary>
    public IReadOnlyList<string> HostKeyAlgorithms { get; init; } = SshAlgorithms.HostKey;

    /// <summary>Ciphers to offer, for both directions.</summary>
    public IReadOnlyList<string> Ciphers { get; init; } = SshAlgorithms.Ciphers;

    /// <summary>MACs to offer, for both directions; not used with a cipher that authenticates by itself.</summary>
    public IReadOnlyList<string> Macs { get; init; } = SshAlgorithms.Macs;

    /// <summary>
    /// Whether to compress in both directions (<c>zlib@openssh.com</c>, from the login on) if the server can. Otherwise
    /// it happens only with a server that cannot do without.
    /// </summary>
    public bool Compression { get; init; }

    /// <summary>
    /// Decides whether the host key is the right one; the server has proved that it holds it. Throws an
    /// <see cref="SshException"/> to refuse, which becomes the reason of the connection's end. Called once a
    /// connection; at a rekey the key must be the same.
    /// </summary>
    public required Func<ServerHostKey, CancellationToken, ValueTask> VerifyHostKey { get; init; }

    /// <summary>
    /// New keys are exchanged when so many bytes went in either direction (RFC 4253 section 9), or fewer if the cipher
    /// must not encrypt as many with one key (RFC 4344 section 3.2).
    /// </summary>
    public long RekeyLimitBytes { get; init; } = 1L << 30;

    /// <summary>Whether <see cref="RekeyLimitBytes"/> is somebody's wish; descriptions tell it only then.</summary>
    public bool HasRekeyLimit { get; init; } = true;

    /// <summary>New keys are exchanged when the old ones are so old; null for no limit.</summary>
    public TimeSpan? RekeyInterval { get; init; }

    /// <summary>New keys are exchanged when so many packets went in either direction (RFC 4344 section 3.1).</summary>
    internal long MaxPacketsWithKey { get; init; } = 1L << 31;

    /// <summary>
    /// How long the server may take for the version exchange and the first key exchange; the time that somebody looks
    /// at its host key is not counted.
    /// </summary>
    public TimeSpan KeyExchangeTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a later key exchange may take. Nothing else is sent meanwhile, so a connection is useless by then;
    /// but the network may be away for a while.
    /// </summary>
    public TimeSpan RekeyTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What our version line says behind the program's name (VersionAddendum); empty: nothing.</summary>
    public string VersionAddendum { get; init; } = "";

    /// <summary>
    /// While somebody types into a terminal packets leave in about these intervals, so that their times do not tell of
    /// the keys (ObscureKeystrokeTiming); zero: at once.
    /// </summary>
    public TimeSpan KeystrokeInterval { get; init; }

    /// <summary>The class of packets over TCP (IPQoS); <see cref="ServiceClasses.Interactive"/> is set already.</summary>
    public ServiceClasses ServiceClasses { get; init; }

    /// <summary>The hash of the fingerprints in traces.</summary>
    public FingerprintHash FingerprintHash { get; init; }

    /// <summary>Where to trace; no secret is ever logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
