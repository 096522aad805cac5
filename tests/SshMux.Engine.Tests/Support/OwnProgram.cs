using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// The tests' own program in another part, as a program that does the same on every system: a variable tells which one,
/// before any test runs.
/// </summary>
internal static class OwnProgram
{
    private const string Variable = "SSHMUX_TEST_PROGRAM";

    /// <summary>Writes what it reads.</summary>
    public const string Echo = "echo";

    /// <summary>Says its process id, and stays.</summary>
    public const string Stay = "stay";

    /// <summary>Starts one that stays as its child, says both ids, and stays, too.</summary>
    public const string Parent = "parent";

    /// <summary>Carries its standard input and output to a TCP port of this machine.</summary>
    public static string Connect(int port) => string.Create(CultureInfo.InvariantCulture, $"{port}");

    /// <summary>The command line of a part for cmd.exe.</summary>
    public static string ForCmd(string part) => $"set {Variable}={part}&& \"{Environment.ProcessPath}\"";

    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } part) return;
        using var input = Console.OpenStandardInput();
        using var output = Console.OpenStandardOutput();
        switch (part)
        {
            case Echo:
                input.CopyTo(output);
                break;
            case Stay:
                Console.WriteLine(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                Thread.Sleep(Timeout.Infinite);
                break;
            case Parent:
                StartAndStay();
                break;
            default:
                Carry(input, output, int.Parse(part, CultureInfo.InvariantCulture));
                break;
        }

        Environment.Exit(0);
    }

    /// <summary>Nothing of this module can run on another thread before its initializer has ended.</summary>
    private static void Carry(Stream input, Stream output, int port)
    {
        using var client = new TcpClient("127.0.0.1", port);
        using var network = client.GetStream();
        var sending = input.CopyToAsync(network);
        var receiving = network.CopyToAsync(output);
        if (Task.WaitAny(sending, receiving) == 0)
        {
            client.Client.Shutdown(SocketShutdown.Send);
            receiving.Wait();
        }
    }

    private static void StartAndStay()
    {
        var child = ChildProcess.Start(ChildCommand.ForShell(ForCmd(Stay)) with { Output = ChildStream.Pipe });
        var buffer = new byte[100];
        var count = child.Output!.ReadAsync(buffer, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Console.WriteLine($"{Environment.ProcessId} {Encoding.ASCII.GetString(buffer, 0, count)}");
        Thread.Sleep(Timeout.Infinite);
    }
}
