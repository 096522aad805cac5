namespace SshMux.Engine.Sftp;

/// <summary>A name in a folder of the server.</summary>
/// <param name="Name">
/// The name as text (see <see cref="Wire.ByteText"/>), unchecked: a server may send anything.
/// </param>
/// <param name="Attributes">What it is; a symbolic link is told as such by servers that do as OpenSSH's.</param>
internal readonly record struct SftpEntry(string Name, SftpAttributes Attributes)
{
    /// <summary>
    /// Whether it can be a name within a folder. One that is empty, "." or "..", or has a slash or NUL in it, would
    /// lead out of the folder, and no honest server sends it.
    /// </summary>
    public bool IsNameSafe =>
        Name.Length > 0 && Name is not "." and not ".." && Name.AsSpan().IndexOfAny('/', '\0') < 0;
}
