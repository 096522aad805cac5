using System.Runtime.Versioning;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>A configuration whose files are on the disk.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PlacedConfiguration
{
    private PlacedConfiguration(GeneratedConfiguration configuration, string folder)
    {
        Configuration = configuration;
        Folder = folder;
    }

    public GeneratedConfiguration Configuration { get; }

    /// <summary>Where its files are.</summary>
    public string Folder { get; }

    /// <summary>What ssh gets: <c>-G</c>, the file, the options, the destination, the command.</summary>
    public IEnumerable<string> Arguments =>
    [
        "-G", "-F", ConfigFile,
        .. Configuration.Options.SelectMany(option => option.Argument is { } argument
            ? new[] { option.Flag, Placed(argument) } : [option.Flag]),
        "--", Configuration.Destination,
        .. Configuration.Command is { } command ? new[] { command } : [],
    ];

    /// <summary>The same for our own reader.</summary>
    public HostQuery Query => new()
    {
        Host = Configuration.Destination,
        ConfigFile = ConfigFile,
        IdentityFiles = [.. All("-i")],
        Port = All("-p").Select(int.Parse).Cast<int?>().FirstOrDefault(),
        User = All("-l").FirstOrDefault(),
        StdioForward = Has("-W"),
        SessionType = Has("-N") ? SessionType.None : Has("-s") ? SessionType.Subsystem : null,
        Options = [.. Has("-N") ? ["RequestTTY=no"] : Array.Empty<string>(), .. All("-o")],
        Command = Configuration.Command,
    };

    private string ConfigFile => Path.Combine(Folder, Configuration.Files[0].Name);

    /// <summary>Writes the files into a folder that has nothing else of use in it.</summary>
    public static PlacedConfiguration Place(GeneratedConfiguration configuration, string folder)
    {
        OnlyOn.Unix();
        foreach (var old in Directory.EnumerateFiles(folder)) File.Delete(old);
        foreach (var file in configuration.Files)
        {
            var path = Path.Combine(folder, file.Name);
            File.WriteAllBytes(path, file.ToBytes(folder));
            const UnixFileMode everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
                | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            File.SetUnixFileMode(
                path, file.IsWritableByOthers ? everybody : UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        // What -i and ForwardAgent may name.
        File.WriteAllText(Path.Combine(folder, "key"), "");
        return new PlacedConfiguration(configuration, folder);
    }

    private bool Has(string flag) => Configuration.Options.Any(option => option.Flag == flag);

    private IEnumerable<string> All(string flag) => Configuration.Options
        .Where(option => option.Flag == flag).Select(option => Placed(option.Argument!));

    private string Placed(string text) =>
        text.Replace(ConfigurationFile.Placeholder, Folder, StringComparison.Ordinal);
}
