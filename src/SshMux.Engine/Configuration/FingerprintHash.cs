namespace SshMux.Engine.Configuration;

/// <summary>Which hash fingerprints of keys are shown with (ssh_config's FingerprintHash).</summary>
internal enum FingerprintHash
{
    /// <summary>SHA256: and base64, as OpenSSH shows them since 6.8.</summary>
    Sha256,

    /// <summary>MD5: and pairs of hexadecimal digits.</summary>
    Md5,
}
