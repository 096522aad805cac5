using System.Globalization;
using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Wire;

namespace SshMux.Cli.Commands;

/// <summary>What <c>-O</c> asks about the sessions and forwards of a master of ours.</summary>
internal sealed class SessionControlCommand(SessionControlRequest request, string path, Messages messages)
{
    /// <summary>Asks it.</summary>
    /// <param name="helloTimeout">How long the master may take to answer; null for the default.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SshException">There is no master, it is none of ours, or it refuses.</exception>
    public async Task RunAsync(TimeSpan? helloTimeout, CancellationToken cancellationToken)
    {
        var client = await ControlCommand.ConnectAsync(path, messages, helloTimeout, cancellationToken)
            .ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            await AskAsync(client, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AskAsync(MuxClient client, CancellationToken cancellationToken)
    {
        switch (request.Operation)
        {
            case ControlOperation.Sessions:
                Print(await client.ListSessionsAsync(cancellationToken).ConfigureAwait(false));
                break;
            case ControlOperation.Forwards:
                Print(await client.ListForwardsAsync(cancellationToken).ConfigureAwait(false));
                break;
            case ControlOperation.Signal:
                await client.SignalSessionAsync(request.Session, request.SignalName, cancellationToken)
                    .ConfigureAwait(false);
                break;
            case ControlOperation.Close:
                await client.CloseSessionAsync(request.Session, cancellationToken).ConfigureAwait(false);
                break;
            case ControlOperation.Rename:
                await client.RenameSessionAsync(request.Session, request.NewName, cancellationToken)
                    .ConfigureAwait(false);
                break;
            default:
                await WatchAsync(client, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async Task WatchAsync(MuxClient client, CancellationToken cancellationToken)
    {
        var watch = await MuxSessionWatch.StartAsync(client, request.Session, cancellationToken).ConfigureAwait(false);
        await using (watch.ConfigureAwait(false))
        {
            var printer = new WatchPrinter(request.Flow);
            await foreach (var seen in watch.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!printer.Show(seen)) return; // nobody reads our output any more
                if (seen.Kind == MuxWatchedKind.Ended && request.Session.Length > 0) return;
            }
        }

        throw new SshException(SshError.MasterGone, $"the master at {path} has ended");
    }

    private static void Print(IReadOnlyList<MuxSessionDescription> sessions)
    {
        var table = new TextTable(
            "SESSION", "NAME", "KIND", "STATE", "PID", "SINCE", "SENT", "RECEIVED", "SENT/S", "RECEIVED/S", "TERMINAL",
            "COMMAND");
        foreach (var one in sessions)
        {
            table.Add(
                Text(one.Number),
                Printable.Text(one.Name),
                Word(one.Kind),
                Word(one.State),
                one.ClientProcessId == 0 ? "" : Text(one.ClientProcessId),
                Text(one.Asked),
                Text(one.Sent),
                Text(one.Received),
                Text(one.SendRate),
                Text(one.ReceiveRate),
                one.Columns == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{one.Columns}x{one.Rows}"),
                Printable.Text(one.Command, int.MaxValue));
        }

        Messages.Write(Messages.StandardOutput, table.ToString());
    }

    private static void Print(IReadOnlyList<MuxForwardDescription> forwards)
    {
        var table = new TextTable(
            "FORWARD", "KIND", "SINCE", "PORT", "OPEN", "TOTAL", "SENT", "RECEIVED", "SPECIFICATION");
        foreach (var one in forwards)
        {
            var spec = one.Forward.ToSpec();
            table.Add(
                Text(one.Number),
                Word(spec.Kind),
                Text(one.Opened),
                one.Port == 0 ? "" : Text(one.Port),
                Text(one.Connections),
                Text(one.TotalConnections),
                Text(one.Sent),
                Text(one.Received),
                Printable.Text(spec.ToString(), int.MaxValue));
        }

        Messages.Write(Messages.StandardOutput, table.ToString());
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value switch
        {
            MuxSessionKind.StdioForward => "forward",
            _ => value.ToString().ToLowerInvariant(),
        };

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(DateTime time) =>
        time.ToLocalTime().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
}
