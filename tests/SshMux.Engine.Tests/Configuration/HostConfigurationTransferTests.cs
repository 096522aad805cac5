using System.Collections;
using System.Runtime.Versioning;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class HostConfigurationTransferTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Settings_are_the_same_after_a_transfer()
    {
        var query = new HostQuery
        {
            Host = "admin@web",
            ConfigFile = _folder.Write("config", "Host web\n  HostName 127.0.0.1\n  SetEnv \"A=b c\" D=\n"),
            Port = 2022,
            IdentityFiles = [_folder.File("a key")],
            Options =
            [
                "ControlPath=/tmp/%r@%h:%p", "ControlPersist=10m", "SendEnv=LANG LC_*", "LocalForward=8080 intranet:80",
                "ProxyCommand=nc %h %p", "ServerAliveInterval=30", "ForwardAgent=no", "StrictHostKeyChecking=ask",
            ],
        };
        var before = await HostConfiguration.LoadAsync(query);
        var after = HostConfiguration.Unpack(before.Pack());
        Assert.Equal("web", after.Host);
        Assert.Equal(TimeSpan.FromMinutes(10), after.ControlPersist);
        foreach (var property in typeof(HostConfiguration).GetProperties())
        {
            // What was said of the reading stays with who has read.
            if (property.Name is "Warnings" or "Steps" or "Tokens") continue;
            Assert.Equal(Text(property.GetValue(before)), Text(property.GetValue(after)));
        }

        Assert.Equal(before.Show(), after.Show());
    }

    private static string Text(object? value) => value switch
    {
        string text => text,
        IEnumerable list => string.Join('\n', list.Cast<object?>()),
        _ => $"{value}",
    };
}
