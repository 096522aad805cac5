using System.Diagnostics;
using System.Globalization;
using System.Text;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Programs that this process starts on Windows: what they have, and how they end.</summary>
public sealed class ChildProcessWindowsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder _folder = new();

    public ChildProcessWindowsTests() => OnlyOn.Windows();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("exit 3", "ended with status 3")]
    [InlineData("exit 70000", "ended with status 70000")]
    [InlineData("exit -1073741819", "ended with status -1073741819")]
    public async Task How_it_ended_is_told_in_words(string command, string words) =>
        Assert.Equal(words, await UserShell.RunAsync(command, Stop));

    [Fact]
    public async Task Bytes_go_through_as_they_are()
    {
        var child = ChildProcess.Start(ChildCommand.ForShell(OwnProgram.ForCmd(OwnProgram.Echo)) with
        {
            Input = ChildStream.Pipe,
            Output = ChildStream.Pipe,
        });
        using var output = child.Output!;
        var sent = new byte[1_000_000];
        new Random(1).NextBytes(sent);
        var writing = Task.Run(
            async () =>
            {
                Assert.True(await child.Input!.WriteAsync(sent, Stop));
                child.Input.Dispose();
                Assert.False(await child.Input.WriteAsync(sent, Stop));
            },
            Stop);
        Assert.Equal(sent, await ReadToEndAsync(output));
        await writing;
        Assert.Equal(new ChildExit(0, null), await child.Exited.WaitAsync(Patience, Stop));
    }

    [Theory]
    [InlineData("echo \"a  b\" & echo c^&d", "\"a  b\" \nc&d\n")]
    [InlineData("(echo 1& echo 2)", "1\n2\n")]
    public async Task A_command_line_reaches_the_shell_as_it_is(string command, string words) =>
        Assert.Equal(words, await OutputAsync(ChildCommand.ForShell(command)));

    [Fact]
    public async Task A_program_with_spaces_in_its_path_needs_no_quotes()
    {
        var program = _folder.File("a program.exe");
        File.Copy(Path.Combine(Environment.SystemDirectory, "cmd.exe"), program);
        Assert.Equal("hello\n", await OutputAsync(ChildCommand.ForShell($"{program} /c echo hello")));
        Assert.Equal("hello\n", await OutputAsync(ChildCommand.ForShell($"\"{program}\" /c echo hello")));
        Assert.Equal("hello\n", await OutputAsync(ChildCommand.For(program, "/c", "echo", "hello")));
    }

    [Fact]
    public async Task A_batch_file_gets_its_arguments_and_no_command_in_them()
    {
        var batch = _folder.Write("say.cmd", "@echo %1/%~2\r\n@exit /b 5\r\n");
        var command = ChildCommand.For(batch, "a b", "c");
        Assert.Equal("\"a b\"/c\n", await OutputAsync(command));
        var error = Assert.Throws<SshException>(() => ChildProcess.Start(ChildCommand.For(batch, "a\" & echo b")));
        Assert.Contains("is a batch file", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            "\"sure   (yes/no)? 'x'   echo b\"/\n",
            await OutputAsync(ChildCommand.For(batch, "sure\r\n (yes/no)? \"x\" & echo b") with { IsQuestion = true }));
    }

    [Fact]
    public async Task A_program_is_found_on_the_path_and_one_that_is_not_there_is_named()
    {
        Assert.Equal("x\n", await OutputAsync(ChildCommand.For("cmd", "/c", "echo x")));
        foreach (var missing in new[] { "no-such-program", @"C:\no\such\program.exe" })
        {
            var error = Assert.Throws<SshException>(() => ChildProcess.Start(ChildCommand.For(missing)));
            Assert.Equal($"cannot run '{missing}': No such file or directory", error.Message);
        }

        var script = _folder.Write("x.ps1", "exit 0");
        var wrong = Assert.Throws<SshException>(() => ChildProcess.Start(ChildCommand.For(script)));
        Assert.Equal($"cannot run '{script}': Exec format error", wrong.Message);
    }

    [Fact]
    public async Task It_gets_a_variable_that_goes_before_the_one_of_this_process()
    {
        var command = ChildCommand.ForShell("echo %USERNAME% %PATH%") with { Variable = "UserName=somebody else" };
        Assert.Equal(
            $"somebody else {Environment.GetEnvironmentVariable("PATH")}\n", await OutputAsync(command));
    }

    [Fact]
    public async Task What_it_should_not_have_is_nothing()
    {
        var command = ChildCommand.ForShell("set /p line=& echo [%line%] 1>&2 & exit 4") with
        {
            Input = ChildStream.Nothing,
            Output = ChildStream.Nothing,
            Error = ChildStream.Nothing,
        };
        var child = ChildProcess.Start(command);
        Assert.Equal(new ChildExit(4, null), await child.Exited.WaitAsync(Patience, Stop));
        child.EndTree();
        child.HangUp();
    }

    [Fact]
    public async Task All_that_it_started_ends_with_it()
    {
        var child = ChildProcess.Start(ChildCommand.ForShell(OwnProgram.ForCmd(OwnProgram.Stay)) with
        {
            Output = ChildStream.Pipe,
        });
        using var output = child.Output!;
        using var grandchild = Process.GetProcessById(
            int.Parse(await ReadLineAsync(output), CultureInfo.InvariantCulture));
        Assert.NotEqual(child.Id, grandchild.Id);
        child.HangUp();
        await grandchild.WaitForExitAsync(Stop).WaitAsync(Patience, Stop);
        await child.Exited.WaitAsync(Patience, Stop);
        Assert.Equal(0, await output.ReadAsync(new byte[10], Stop));
    }

    [Fact]
    public async Task It_ends_when_this_process_is_killed()
    {
        var child = ChildProcess.Start(ChildCommand.ForShell(OwnProgram.ForCmd(OwnProgram.Parent)) with
        {
            Output = ChildStream.Pipe,
        });
        using var output = child.Output!;
        var ids = (await ReadLineAsync(output)).Split(' ');
        using var parent = Process.GetProcessById(int.Parse(ids[0], CultureInfo.InvariantCulture));
        using var grandchild = Process.GetProcessById(int.Parse(ids[1], CultureInfo.InvariantCulture));
        parent.Kill();
        await grandchild.WaitForExitAsync(Stop).WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task What_this_process_would_hand_on_it_does_not_get()
    {
        var path = _folder.Write("file", "");
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Inheritable);
        var child = ChildProcess.Start(ChildCommand.ForShell(OwnProgram.ForCmd(OwnProgram.Stay)) with
        {
            Output = ChildStream.Pipe,
        });
        using var output = child.Output!;
        _ = await ReadLineAsync(output);
        await file.DisposeAsync();
        File.Delete(path); // fails while anybody has it
        child.EndTree();
        await child.Exited.WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task A_read_can_be_cancelled_and_goes_on()
    {
        using var cancelled = new CancellationTokenSource();
        var child = ChildProcess.Start(ChildCommand.ForShell(OwnProgram.ForCmd(OwnProgram.Echo)) with
        {
            Input = ChildStream.Pipe,
            Output = ChildStream.Pipe,
        });
        using var output = child.Output!;
        using var input = child.Input!;
        var reading = output.ReadAsync(new byte[1], cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience, Stop));
        Assert.True(await input.WriteAsync("x"u8.ToArray(), Stop));
        Assert.Equal(1, await output.ReadAsync(new byte[1], Stop));
        reading = output.ReadAsync(new byte[1], Stop).AsTask();
        output.Dispose();
        Assert.Equal(0, await reading.WaitAsync(Patience, Stop));
    }

    private static async Task<string> OutputAsync(ChildCommand command)
    {
        var child = ChildProcess.Start(command with { Input = ChildStream.Nothing, Output = ChildStream.Pipe });
        using var output = child.Output!;
        var bytes = await ReadToEndAsync(output);
        await child.Exited.WaitAsync(Patience, Stop);
        return Encoding.UTF8.GetString(bytes).ReplaceLineEndings("\n");
    }

    private static async Task<string> ReadLineAsync(ChildOutput output)
    {
        var line = "";
        var buffer = new byte[100];
        while (!line.EndsWith('\n'))
        {
            var count = await output.ReadAsync(buffer, Stop).AsTask().WaitAsync(Patience, Stop);
            Assert.NotEqual(0, count);
            line += Encoding.ASCII.GetString(buffer, 0, count);
        }

        return line.Trim();
    }

    private static async Task<byte[]> ReadToEndAsync(ChildOutput output)
    {
        using var all = new MemoryStream();
        var buffer = new byte[10_000];
        for (int count; (count = await output.ReadAsync(buffer, Stop).AsTask().WaitAsync(Patience, Stop)) > 0;)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}
