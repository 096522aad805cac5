namespace SshMux.Engine.Transport.Keys;

/// <summary>Whom a certificate is for (the numbers of OpenSSH's PROTOCOL.certkeys).</summary>
internal enum SshCertificateKind
{
    /// <summary>SSH2_CERT_TYPE_USER: it identifies users to hosts.</summary>
    User = 1,

    /// <summary>SSH2_CERT_TYPE_HOST: it identifies hosts to users.</summary>
    Host = 2,
}
