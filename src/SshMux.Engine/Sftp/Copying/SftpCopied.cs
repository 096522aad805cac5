namespace SshMux.Engine.Sftp.Copying;

/// <summary>A file that was copied.</summary>
/// <param name="Source">Where from.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="ResumedAt">How much of it an earlier copy had left there already, in bytes; mostly 0.</param>
/// <param name="Duration">How long it took.</param>
public sealed record SftpCopied(string Source, string Destination, long Length, long ResumedAt, TimeSpan Duration);
