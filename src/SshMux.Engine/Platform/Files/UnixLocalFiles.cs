using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Files;

/// <summary>Files by Unix's paths, which are bytes.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixLocalFiles : LocalFiles
{
    /// <inheritdoc/>
    public override string SystemFolder => "/etc/ssh";

    /// <inheritdoc/>
    public override StringComparison Comparison => StringComparison.Ordinal;

    /// <inheritdoc/>
    protected override string Separators => "/";

    /// <inheritdoc/>
    public override bool Exists(string path) => UnixPath.Exists(path);

    /// <inheritdoc/>
    public override FileStream OpenRead(string path) => UnixFile.OpenRead(path);

    /// <summary>None: ssh(1) takes a mark for a part of the first word.</summary>
    public override int CountMark(ReadOnlySpan<byte> text, string path) => 0;

    /// <inheritdoc/>
    protected override string Join(string folder, string path) =>
        folder.EndsWith('/') ? folder + path : $"{folder}/{path}";
}
