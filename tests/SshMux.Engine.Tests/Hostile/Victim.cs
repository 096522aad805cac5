using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Transport;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>Our client, all layers of it, at the other end of a <see cref="ScriptedServer"/>.</summary>
internal static class Victim
{
    /// <summary>What <see cref="RunAsync"/> gives when the server has done all its steps.</summary>
    public static string Result => $"{ScriptedServer.Output}{ScriptedServer.ExitStatus}";

    private const int NarrowBuffer = 32 * 1024;

    private static SshError[] Expected { get; } =
    [
        SshError.ConnectionLost, SshError.Disconnected, SshError.ProtocolError, SshError.NoCommonAlgorithm,
        SshError.ConnectionTimeout, SshError.AuthenticationFailed, SshError.HostKeyChanged, SshError.NotSupported,
        SshError.ChannelOpenRefused, SshError.RequestRefused,
    ];

    /// <summary>Logs in at the server, which has to do its part meanwhile.</summary>
    public static async Task<SshConnection> LogInAsync(
        ScriptedServer server,
        IUserInteraction? user = null,
        SshTransportOptions? options = null,
        TimeSpan? answerTimeout = null,
        ILogger? logger = null)
    {
        var transport = await server.ConnectClientAsync(options);
        var connection = new SshConnection(transport, logger);
        try
        {
            var login = new AuthenticationOptions
            {
                User = "me",
                Host = "hostile",
                Interaction = user ?? NoInteraction.Instance,
                ServerSignatureAlgorithms = () => transport.ServerSignatureAlgorithms,
            };
            if (answerTimeout is { } timeout) login = login with { AnswerTimeout = timeout };
            await UserAuthentication.AuthenticateAsync(
                transport, transport.SessionId, login, connection, CancellationToken.None);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A whole session: logs in, runs a program, and gives its output and exit status.</summary>
    public static async Task<string> RunAsync(
        ScriptedServer server, IUserInteraction? user = null, SshTransportOptions? options = null)
    {
        await using var connection = await LogInAsync(server, user, options);
        await using var process = await connection.StartAsync(
            new SessionRequest { Command = "hello" }, CancellationToken.None);
        using var reader = new StreamReader(process.StandardOutput, Encoding.Latin1);
        try
        {
            var output = await reader.ReadToEndAsync();
            var exit = await process.Exit;
            return output + exit.Status?.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException e) when (e.InnerException is SshException reason)
        {
            throw reason;
        }
    }

    /// <summary>A connection that is logged in, and its server; narrow: with little room between them.</summary>
    public static async Task<(ScriptedServer Server, SshConnection Connection)> LoggedInAsync(
        SshTransportOptions? options = null, ILogger? logger = null, bool narrow = false)
    {
        var server = narrow ? OpenNarrow() : await ScriptedServer.OpenAsync();
        var client = LogInAsync(server, options: options, logger: logger);
        await server.ServeAsync(Step.Open);
        return (server, await client.WaitAsync(Patience));
    }

    /// <summary>
    /// Not by TCP: where a server takes nothing, its kernel drops what comes when the buffer is full, and with it the
    /// acknowledgements of what the server sends; both ends then try again ever more seldom, for half a minute and more.
    /// </summary>
    private static ScriptedServer OpenNarrow()
    {
        var (server, client) = DescriptorPair.CreateSockets();
        return ScriptedServer.Between(Narrow(server), Narrow(client));
    }

    private static NetworkStream Narrow(DescriptorHandle end)
    {
        var socket = new Socket(new SafeSocketHandle(end.DangerousGetHandle(), ownsHandle: true))
        {
            SendBufferSize = NarrowBuffer,
        };
        end.SetHandleAsInvalid();
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>
    /// Demands that an ending is told clearly: an error of a kind that a hostile server may cause, in words that do no
    /// harm to a terminal, and not merely that something went wrong inside of us.
    /// </summary>
    public static SshException MustBeClear(Exception? error)
    {
        var e = Assert.IsType<SshException>(error);
        Assert.Contains(e.Error, Expected);
        Assert.InRange(e.Message.Length, 10, 4096);
        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.DoesNotContain("could not be handled", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", e.Message, StringComparison.Ordinal);
        return e;
    }

    /// <summary>
    /// Runs a session with a server that misbehaves: <paramref name="misbehave"/> comes before a step, and the rest of
    /// the steps follows. Gives the clear error that it ends in, or the program's output and exit status.
    /// </summary>
    public static async Task<(SshException? Error, string? Output)> AttackAsync(
        ScriptedServer server, Step before, Func<ScriptedServer, Task> misbehave, IUserInteraction? user = null)
    {
        var client = RunAsync(server, user);
        var serving = ServeAsync();
        await Task.WhenAny(client, Task.Delay(Patience));
        if (serving.IsFaulted) await serving;
        Assert.True(client.IsCompleted, $"the client still waits, the server is at {server.Next}");
        await server.DisposeAsync();
        await serving.WaitAsync(Patience);
        return client.IsFaulted ? (MustBeClear(client.Exception.InnerException), null) : (null, await client);

        async Task ServeAsync()
        {
            try
            {
                await server.ServeAsync(before);
                await misbehave(server);
                await server.ServeAsync();
                await server.DrainAsync();
            }
            catch (Exception e) when (e is IOException or SshException or ObjectDisposedException)
            {
                // The client has ended it, or cannot be understood any more.
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Misbehaves at a step where the connection is to end for it; gives the reason.</summary>
    public static async Task<SshException> FailAsync(
        Step before, Func<ScriptedServer, Task> misbehave, ScriptedServer? server = null, IUserInteraction? user = null)
    {
        var (error, _) = await AttackAsync(server ?? await ScriptedServer.OpenAsync(), before, misbehave, user);
        Assert.NotNull(error);
        return error;
    }

    /// <summary>Misbehaves at a step, and sees the session go through as if nothing had happened.</summary>
    public static async Task SurviveAsync(
        Step before, Func<ScriptedServer, Task> misbehave, ScriptedServer? server = null)
    {
        var (error, output) = await AttackAsync(server ?? await ScriptedServer.OpenAsync(), before, misbehave);
        Assert.Null(error);
        Assert.Equal(Result, output);
    }
}
