using System.Text.RegularExpressions;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Architecture;

/// <summary>The house as ARCHITECTURE.md draws it: rooms one sees through, and arrows that run one way.</summary>
public sealed partial class ArchitectureTests
{
    private const int MostFiles = 32;
    private const int MostLines = 330;
    private const int MostTypesInACircle = 8;

    // Tests of all settings at once, which still wait to be divided as the settings are.
    private static readonly string[] LongerFiles =
        ["tests/SshMux.Engine.Tests/Configuration/HostConfigurationTests.cs"];

    // A room uses rooms that stand before it; the first are leaves, which anyone uses.
    private static readonly string[] Order = [
        "", "Wire", "Platform", "Cryptography", "Configuration", "Transport", "Authentication", "Channels", "Streams",
        "DescriptorChannels", "Forwarding", "Connecting", "Sftp", "Mux", "Clients",
    ];

    private static readonly Lazy<Dependencies> Engine =
        new(() => Dependencies.Of(typeof(SshException).Assembly, "SshMux.Engine"));

    private static string Source => Path.Combine(Repository.Root, "src");

    [Fact]
    public void Arrows_between_rooms_run_one_way()
    {
        var wrong =
            from room in Engine.Value.Rooms()
            from used in room.Value
            where Floor(used.Key) > Floor(room.Key)
            select $"{room.Key} uses {used.Key}: {string.Join(", ", used.Value)}";
        Assert.Empty(wrong.Order());

        static int Floor(string room)
        {
            var floor = Array.IndexOf(Order, room.Split('/')[0]);
            Assert.True(floor >= 0, $"the room {room} is not in ARCHITECTURE.md's order");
            return floor;
        }
    }

    [Fact]
    public void No_folders_go_round_in_a_circle()
    {
        var rooms = Engine.Value.Rooms();
        var circles = Dependencies.Circles(rooms.Keys, room => rooms[room].Keys);
        var told =
            from circle in circles
            from room in circle
            from used in rooms[room]
            where circle.Contains(used.Key)
            select $"{room} uses {used.Key}: {string.Join(", ", used.Value)}";
        Assert.Empty(told);
    }

    [Fact]
    public void Few_types_go_round_in_a_circle()
    {
        var uses = Engine.Value.Uses;
        var circles = Dependencies.Circles(
            uses.Keys, type => uses[type].Where(used => Engine.Value.RoomOf(used) == Engine.Value.RoomOf(type)));
        Assert.Empty(circles
            .Where(circle => circle.Count > MostTypesInACircle)
            .Select(circle => string.Join(" ", circle)));
    }

    [Fact]
    public void Every_room_is_in_the_drawing()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md"));
        Assert.All(Order.Where(room => room.Length > 0), room => Assert.Contains(room, page, StringComparison.Ordinal));
    }

    [Fact]
    public void Folders_and_files_are_no_longer_than_one_reads()
    {
        Assert.Empty(Repository.Sources("src")
            .GroupBy(file => Path.GetDirectoryName(file)!)
            .Where(folder => folder.Count() > MostFiles)
            .Select(folder => $"{Path.GetRelativePath(Source, folder.Key)} has {folder.Count()} files"));
        Assert.Empty(Repository.Sources("src")
            .Concat(Repository.Sources("tests"))
            .Select(file => (Name: Path.GetRelativePath(Repository.Root, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > MostLines && !LongerFiles.Contains(file.Name))
            .Select(file => $"{file.Name} has {file.Lines} lines"));
    }

    [Fact]
    public void A_namespace_is_a_folder()
    {
        foreach (var file in Repository.Sources("src"))
        {
            if (Namespace().Match(File.ReadAllText(file)) is not { Success: true } match) continue;
            var folder = Path.GetRelativePath(Source, Path.GetDirectoryName(file)!);

            // The full name of a cmdlet's class is in every ErrorId of it, which scripts compare.
            if (folder == "SshMux.PowerShell/Cmdlets") folder = "SshMux.PowerShell";
            Assert.Equal(folder.Replace('/', '.'), match.Groups[1].Value);
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
