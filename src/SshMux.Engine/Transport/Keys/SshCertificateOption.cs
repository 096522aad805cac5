namespace SshMux.Engine.Transport.Keys;

/// <summary>A critical option or an extension of a certificate.</summary>
/// <param name="Name">Its name, as force-command.</param>
/// <param name="Data">Its data, still packed; empty for a flag.</param>
internal sealed record SshCertificateOption(string Name, ReadOnlyMemory<byte> Data);
