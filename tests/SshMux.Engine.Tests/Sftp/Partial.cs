using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>The files that copies write under other names.</summary>
internal static class Partial
{
    /// <summary>Where a copy of a file that is there leaves its part.</summary>
    public static string Of(string source, string destination)
    {
        var status = LocalFileSystem.This.Find(source, followLink: true)!.Value;
        return SftpPartialNames.ResumableHere(destination, Path.GetFileName(source), status.Size, status.ModifyTime);
    }

    /// <summary>Those in a test's folder.</summary>
    public static string[] Partials(this TestFolder folder) =>
        Directory.GetFiles(folder.Path, "*" + SftpCopier.PartialSuffix);
}
