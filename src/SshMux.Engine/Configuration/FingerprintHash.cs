namespace SshMux.Engine.Configuration;

/// <summary>Which hash fingerprints of keys are shown with (ssh_config's FingerprintHash).</summary>
internal enum FingerprintHash
{
    /// <summary>SHA256: and base64, as OpenSSH shows them since 6.8.</summary>
    Sha256,

    /// <summary>MD5: and pairs of hexadecimal digits.</summary>
    Md5,

    /// <summary>SHA1: and base64.</summary>
    Sha1,

    /// <summary>SHA384: and base64.</summary>
    Sha384,

    /// <summary>SHA512: and base64.</summary>
    Sha512,
}
