using System.IO.Compression;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>The engine's NuGet package, from a project outside the repository that knows nothing but the package.</summary>
public sealed class EnginePackageTests(ServerFixture servers) : IClassFixture<ServerFixture>, IDisposable
{
    private const string Program = """
        using SshMux.Engine.Clients;

        await using var client = await SshClient.ConnectAsync("x", new SshClientOptions { ConfigFile = args[0] });
        var result = await client.RunAsync("echo from outside");
        Console.Write(result.Output);
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_project_outside_runs_a_command()
    {
        await DotnetAsync("pack", BuiltFiles.EngineProject, "-c", "Release", "--no-build", "-o", _folder.Path);
        var package = Assert.Single(Directory.GetFiles(_folder.Path, "*.nupkg"));
        Assert.Single(Directory.GetFiles(_folder.Path, "*.snupkg"));
        var version = Path.GetFileName(package)["SshMux.Engine.".Length..^".nupkg".Length];
        using (var content = await ZipFile.OpenReadAsync(package, TestContext.Current.CancellationToken))
        {
            Assert.NotNull(content.GetEntry("README.md"));
            Assert.NotNull(content.GetEntry("lib/net10.0/SshMux.Engine.dll"));
            Assert.NotNull(content.GetEntry("lib/net10.0/SshMux.Engine.xml"));
        }

        // Only this package comes from here, into a folder of its own: the user's packages are read, and not added to.
        _folder.Write("nuget.config", $"""
            <configuration><packageSources><add key="here" value="{_folder.Path}" /></packageSources></configuration>
            """);
        _folder.Write("Outside.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreFallbackFolders>{UserPackages()}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="SshMux.Engine" Version="{version}" /></ItemGroup>
            </Project>
            """);
        _folder.Write("Program.cs", Program);
        var result = await DotnetAsync("run", "--project", _folder.File("Outside.csproj"), "--", servers.Sshd.SshConfig);
        Assert.Equal("from outside\n", result.Output);
    }

    private static string UserPackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static async Task<ProcessResult> DotnetAsync(params string[] arguments)
    {
        var result = await ProcessResult.RunAsync("dotnet", arguments, timeoutSeconds: 300);
        Assert.True(result.ExitCode == 0, result.Output + result.ErrorOutput);
        return result;
    }
}
