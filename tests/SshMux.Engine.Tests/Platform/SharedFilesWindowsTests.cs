using System.Text;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Files of Windows that several programs write.</summary>
[Trait("System", "any")]
public sealed class SharedFilesWindowsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public SharedFilesWindowsTests() => OnlyOn.Windows();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_appended_begins_a_line_and_a_new_file_is_the_users_alone()
    {
        var file = _folder.File("file");
        Append(file, "one\n");
        Assert.Null(OwnFiles.Current.WhyNotPrivate(file));
        File.AppendAllText(file, "half");
        Append(file, "two\n");
        Assert.Equal("one\nhalf\ntwo\n", File.ReadAllText(file));
    }

    [Fact]
    public async Task Appends_at_the_same_time_stay_whole()
    {
        var file = _folder.File("file");
        await Parallel.ForAsync(0, 200, (i, _) =>
        {
            Append(file, $"{i} {new string('x', 500)}\n");
            return ValueTask.CompletedTask;
        });
        var lines = await File.ReadAllLinesAsync(file, Stop);
        Assert.Equal(200, lines.Length);
        Assert.Equal(Enumerable.Range(0, 200), lines.Select(line => int.Parse(line.Split(' ')[0])).Order());
        Assert.All(lines, line => Assert.EndsWith(' ' + new string('x', 500), line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_is_replaced_and_the_old_one_stays_beside_it()
    {
        var file = _folder.Write("file", "1");
        Replace(file, "2");
        Assert.Equal(("2", "1"), (File.ReadAllText(file), File.ReadAllText(file + ".old")));
        Replace(file, "3");
        Assert.Equal(("3", "2"), (File.ReadAllText(file), File.ReadAllText(file + ".old")));
        Assert.Equal(["file", "file.old"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Who_reads_it_meanwhile_reads_the_old_one_to_its_end()
    {
        var file = _folder.Write("file", "1");
        using var reader = new StreamReader(LocalFiles.Current.OpenRead(file));
        Replace(file, "2");
        Assert.Equal("1", reader.ReadToEnd());
        Assert.Equal("2", File.ReadAllText(file));
    }

    [Fact]
    public async Task Where_somebody_lets_nobody_else_write_it_is_tried_again()
    {
        var file = _folder.Write("file", "1\n");
        foreach (var write in new Action[] { () => Append(file, "2\n"), () => Replace(file, "3\n") })
        {
            var other = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            var writing = Task.Run(write, Stop);
            await Task.Delay(200, Stop);
            Assert.False(writing.IsCompleted);
            await other.DisposeAsync();
            await writing;
        }

        Assert.Equal(("3\n", "1\n2\n"), (await File.ReadAllTextAsync(file, Stop), await File.ReadAllTextAsync(file + ".old", Stop)));
    }

    [Fact]
    public void Where_it_stays_so_that_is_an_error_and_nothing_is_left()
    {
        var file = _folder.Write("file", "1");
        using (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            Assert.Throws<IOException>(() => Append(file, "2"));
            Assert.Throws<IOException>(() => Replace(file, "2"));
        }

        Assert.Equal("1", File.ReadAllText(file));
        Assert.Equal(["file"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_is_nothing_to_append_to_and_no_ordinary_file()
    {
        Assert.Throws<UnauthorizedAccessException>(() => Append(_folder.Path, "x"));
        Assert.False(SharedFiles.Current.IsOrdinary(_folder.Path));
        Assert.False(SharedFiles.Current.IsOrdinary(_folder.File("missing")));
        Assert.True(SharedFiles.Current.IsOrdinary(_folder.Write("file", "")));
        Assert.Throws<IOException>(() => Append("CON", "x"));
    }

    private static void Append(string file, string text) => SharedFiles.Current.Append(file, Encoding.UTF8.GetBytes(text));

    private static void Replace(string file, string text) => SharedFiles.Current.Replace(file, Encoding.UTF8.GetBytes(text));
}
