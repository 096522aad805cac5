using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// A private folder with a short path (control sockets live in it), temporary or in another one, removed with its content.
/// </summary>
public sealed class TestFolder : IDisposable
{
    public TestFolder(string? parent = null)
    {
        Path = Directory.CreateTempSubdirectory("sm-").FullName;
        if (parent is null) return;
        var own = System.IO.Path.Combine(parent, System.IO.Path.GetFileName(Path));
        Directory.CreateDirectory(own, System.IO.File.GetUnixFileMode(Path));
        Directory.Delete(Path);
        Path = own;
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string content)
    {
        var path = File(name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Leaves a file to the user who runs the tests, as a private key has to be.</summary>
    public static void CloseToOthers(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return;
        }

        // Under Wine a file that is there cannot lose what it has from its folder.
        System.IO.File.Move(file, file + "~");
        using (var open = WindowsOwnFiles.Create(file))
        using (var other = System.IO.File.OpenRead(file + "~")) other.CopyTo(open);
        System.IO.File.Delete(file + "~");
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
