namespace SshMux.Engine.Transport.Algorithms;

/// <summary>
/// What client and server agreed on (RFC 4253 section 7.1). A MAC is null where the cipher authenticates.
/// </summary>
internal sealed record NegotiatedAlgorithms
{
    /// <summary>The key exchange method.</summary>
    public required string KeyExchange { get; init; }

    /// <summary>The host key's signature algorithm.</summary>
    public required string HostKey { get; init; }

    /// <summary>The cipher from us to the server.</summary>
    public required string CipherOut { get; init; }

    /// <summary>The MAC from us to the server.</summary>
    public string? MacOut { get; init; }

    /// <summary>The cipher from the server to us.</summary>
    public required string CipherIn { get; init; }

    /// <summary>The MAC from the server to us.</summary>
    public string? MacIn { get; init; }

    /// <summary>The compression from us to the server; zlib@openssh.com begins with the login.</summary>
    public string CompressionOut { get; init; } = SshAlgorithms.NoCompression;

    /// <summary>The compression from the server to us.</summary>
    public string CompressionIn { get; init; } = SshAlgorithms.NoCompression;

    /// <summary>
    /// Whether both sides do strict key exchange (OpenSSH's PROTOCOL section 1.10), which closes the Terrapin attack.
    /// </summary>
    public required bool StrictKeyExchange { get; init; }
}
