using System.Security.AccessControl;
using System.Security.Principal;
using System.Text;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>ssh_config(5) as it is written on Windows.</summary>
[Trait("System", "any")]
public sealed class HostConfigurationWindowsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public HostConfigurationWindowsTests() => OnlyOn.Windows();

    private static string Home => LocalUser.Current.HomeFolder;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Line_ends_a_mark_and_paths_of_Windows_are_read()
    {
        Directory.CreateDirectory(_folder.File("more"));
        _folder.Write(@"more\2.conf", "Host web\r\n  Port 2\r\n");
        _folder.Write(@"more\1.conf", "Host web\r\n  Port 1\r\n  User \"first\"\r\n");
        _folder.Write(@"more\note.txt", "no configuration\r\n");
        Environment.SetEnvironmentVariable("SshMux_Test", @"C:\keys");
        var file = Write($"""
            Host web
              Include {_folder.File(@"more\*.CONF")}
              IdentityFile ~\.ssh\id
              IdentityFile ~/.ssh/ID
              IdentityFile C:\keys\%r
              IdentityFile %d\.ssh/other
              IdentityFile VARIABLE/x
              IdentityFile "C:\with blank\id"
              IdentityFile //server/share/id
              IdentityFile \\\\server\\share\\id2
              CertificateFile %u.pub
              UserKnownHostsFile ~\.ssh\known_hosts C:/known
            """.Replace("VARIABLE", "${SSHMUX_TEST}", StringComparison.Ordinal).ReplaceLineEndings("\r\n"), new UTF8Encoding(true));
        var configuration = await LoadAsync(file);
        Assert.Equal(("first", 1), (configuration.User, configuration.Port));
        Assert.Equal(
            [
                $@"{Home}\.ssh\id", @"C:\keys\first", $@"{Home}\.ssh/other", @"C:\keys/x", @"C:\with blank\id",
                "//server/share/id", @"\\server\share\id2",
            ],
            configuration.IdentityFiles);
        Assert.Equal([LocalUser.Current.Name + ".pub"], configuration.CertificateFiles);
        Assert.Equal([$@"{Home}\.ssh\known_hosts", "C:/known"], configuration.UserKnownHostsFiles);
    }

    [Fact]
    public async Task What_is_not_configured_is_in_the_profile_and_in_ProgramData()
    {
        var configuration = await LoadAsync("none");
        Assert.Equal(LocalUser.Current.Name, configuration.User);
        Assert.Contains($@"{Home}\.ssh\id_ed25519", configuration.IdentityFiles);
        Assert.Equal([$@"{Home}\.ssh\known_hosts", $@"{Home}\.ssh\known_hosts2"], configuration.UserKnownHostsFiles);
        var folder = Environment.GetEnvironmentVariable("ProgramData") + @"\ssh\";
        Assert.Equal([folder + "ssh_known_hosts", folder + "ssh_known_hosts2"], configuration.GlobalKnownHostsFiles);
        Assert.Equal((Home + @"\.ssh\config", folder + "ssh_config"), (ConfigurationPaths.User, ConfigurationPaths.System));
    }

    [Fact]
    public async Task Match_localuser_is_about_the_name_in_lower_case()
    {
        var file = Write($"Match localuser {LocalUser.Current.Name}\r\n  Port 7\r\n", new UTF8Encoding(false));
        Assert.Equal(7, (await LoadAsync(file)).Port);
    }

    [Fact]
    public async Task An_included_file_that_others_may_write_is_refused_with_the_words_of_ssh()
    {
        var more = _folder.Write("more", "Port 5\r\n");
        var file = Write($"Include {more}\r\n", new UTF8Encoding(false));
        Assert.Equal(5, (await LoadAsync(file)).Port);
        var security = new FileInfo(more).GetAccessControl();
        security.AddAccessRule(new FileSystemAccessRule(
            new SecurityIdentifier(WellKnownSidType.WorldSid, null), FileSystemRights.FullControl, AccessControlType.Allow));
        new FileInfo(more).SetAccessControl(security);
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(file));
        Assert.StartsWith($"Bad owner or permissions on {more}: Everyone", error.Message, StringComparison.Ordinal);
        Assert.Contains($"icacls \"{more}\" /inheritance:r", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_encoding_and_a_file_that_is_not_there_are_named()
    {
        var file = Write("Host *\r\n", Encoding.Unicode);
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(file));
        Assert.StartsWith($"{file} is UTF-16", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(_folder.File("missing")));
        Assert.Equal(
            $"Can't open user config file {_folder.File("missing")}: No such file or directory", error.Message);
        error = await Assert.ThrowsAsync<SshException>(() => LoadAsync("CON"));
        Assert.Contains("CON is a device of Windows", error.Message, StringComparison.Ordinal);
        Assert.Equal(22, (await LoadAsync("NUL")).Port);
        Assert.Equal(22, (await LoadAsync("/dev/null")).Port);
    }

    private static Task<HostConfiguration> LoadAsync(string file) => HostConfiguration.LoadAsync(
        new HostQuery { Host = "web", ConfigFile = file }, TestContext.Current.CancellationToken);

    private string Write(string text, Encoding encoding)
    {
        var file = _folder.File("config");
        File.WriteAllText(file, text, encoding);
        return file;
    }
}
