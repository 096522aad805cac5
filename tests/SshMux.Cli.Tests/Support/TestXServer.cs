using System.Diagnostics;
using System.Security.Cryptography;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>
/// A real X server without a screen (Xvfb), which lets nobody in without the cookie that is in an authority file of the
/// test's own.
/// </summary>
internal sealed class TestXServer : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly Process _process;

    private TestXServer(TestFolder folder, Process process, string display)
    {
        _folder = folder;
        _process = process;
        Display = display;
    }

    /// <summary>The value of DISPLAY (":7").</summary>
    public string Display { get; }

    /// <summary>The environment of programs that may use it.</summary>
    public KeyValuePair<string, string>[] Environment =>
        [new("DISPLAY", Display), new("XAUTHORITY", AuthorityIn(_folder))];

    /// <summary>The environment of programs that do not know the cookie.</summary>
    public KeyValuePair<string, string>[] EnvironmentOfStrangers =>
        [new("DISPLAY", Display), new("XAUTHORITY", "/nonexistent/Xauthority")];

    /// <summary>Starts one with a screen that is so many pixels wide, and 64 high.</summary>
    public static async Task<TestXServer> StartAsync(int width = 64)
    {
        var folder = new TestFolder();

        // The display's number is not known yet; to its server the name of an entry means nothing.
        var cookie = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await RunXAuthAsync(folder, "add", ":0", ".", cookie);

        // Without -noreset it forgets what xauth had it generate as soon as no client is connected.
        var start = new ProcessStartInfo("Xvfb") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
            [
                "-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0", $"{width}x64x8",
                "-auth", AuthorityIn(folder),
            ])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var number = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(string.IsNullOrEmpty(number), "Xvfb does not start");
        await RunXAuthAsync(folder, "add", $":{number}", ".", cookie);
        return new TestXServer(folder, process, $":{number}");
    }

    public async ValueTask DisposeAsync()
    {
        // It removes its socket and its lock on the way out.
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        _process.Dispose();
        _folder.Dispose();
    }

    private static string AuthorityIn(TestFolder folder) => folder.File("Xauthority");

    private static async Task RunXAuthAsync(TestFolder folder, params string[] arguments)
    {
        var result = await ProcessResult.RunAsync("xauth", ["-f", AuthorityIn(folder), .. arguments]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
    }
}
