using System.Collections;
using System.Runtime.Versioning;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

[UnsupportedOSPlatform("windows")]
public sealed class HostConfigurationTransferTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("none")]
    public async Task Settings_are_the_same_after_a_transfer(string? program)
    {
        var query = new HostQuery
        {
            Host = "admin@web",
            SshProgram = program,
            ConfigFile = program is null ? _folder.Write("config", "Host web\n  HostName 127.0.0.1\n") : null,
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
            if (property.Name is nameof(HostConfiguration.Warnings) or nameof(HostConfiguration.Tokens)) continue;
            Assert.Equal(Text(property.GetValue(before)), Text(property.GetValue(after)));
        }

        foreach (var keyword in before.Keywords) Assert.Equal(before.GetAll(keyword), after.GetAll(keyword));
    }

    private static string Text(object? value) => value switch
    {
        string text => text,
        IEnumerable list => string.Join('\n', list.Cast<object?>()),
        _ => $"{value}",
    };
}
