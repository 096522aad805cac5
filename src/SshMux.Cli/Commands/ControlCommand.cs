using System.Globalization;
using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Cli.Commands;

/// <summary>What <c>-O</c> asks of a master. There is no connection of our own to fall back to.</summary>
internal sealed class ControlCommand(ControlOperation operation, string path, Messages messages)
{
    /// <summary>Asks it.</summary>
    /// <param name="forwards">The forwards that forward and cancel are about.</param>
    /// <param name="helloTimeout">How long the master may take to answer; null for the default.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SshException">There is no master, or it refuses.</exception>
    public async Task RunAsync(
        IReadOnlyList<ForwardSpec> forwards, TimeSpan? helloTimeout, CancellationToken cancellationToken)
    {
        if (operation is ControlOperation.Forward or ControlOperation.Cancel && forwards.Count == 0)
        {
            throw new UsageException(
                "-O forward and -O cancel need a forward; give -L or -R [bind_address:]port:host:hostport, or -D port");
        }

        var client = await ConnectAsync(path, messages, helloTimeout, cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            await AskAsync(client, forwards, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Says that there is no master in ssh(1)'s words, which programs look for, and with what can be done about it.
    /// </summary>
    public static SshException Explain(string path, SshException e)
    {
        return e.Error switch
        {
            SshError.ControlSocketMissing => Failed(
                $"No such file or directory; start a master there first: sshmux -M -S {path} ..."),
            SshError.ControlSocketStale => Failed(
                "Connection refused; its master has ended, so remove the socket and start a new one"),
            SshError.ControlSocketDenied => Failed(
                "Permission denied; only the user who started the master may use it"),
            _ => e,
        };

        SshException Failed(string why) => new(e.Error, $"Control socket connect({path}): {why}", e);
    }

    /// <summary>Connects to the master.</summary>
    /// <exception cref="SshException">There is none; in the words of <see cref="Explain"/>.</exception>
    public static async Task<MuxClient> ConnectAsync(
        string path, Messages messages, TimeSpan? helloTimeout, CancellationToken cancellationToken)
    {
        var options = new MuxClientOptions { Logger = new MessageLogger(messages) };
        if (helloTimeout is { } limit) options = options with { HelloTimeout = limit };
        try
        {
            return await MuxClient.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            throw Explain(path, e);
        }
    }

    private async Task AskAsync(
        MuxClient client, IReadOnlyList<ForwardSpec> forwards, CancellationToken cancellationToken)
    {
        switch (operation)
        {
            case ControlOperation.Check:
                var id = await client.CheckAliveAsync(cancellationToken).ConfigureAwait(false);
                Messages.WriteError($"Master running (pid={id})\r\n");
                await TellPresentAsync(client, cancellationToken).ConfigureAwait(false);

                break;
            case ControlOperation.Exit:
                await client.TerminateAsync(cancellationToken).ConfigureAwait(false);
                SayUnlessQuiet("Exit request sent.");
                break;
            case ControlOperation.Stop:
                await client.StopListeningAsync(cancellationToken).ConfigureAwait(false);
                SayUnlessQuiet("Stop listening request sent.");
                break;
            case ControlOperation.Forward:
                var allocated = await MasterForwards.OpenAsync(client, forwards, messages, cancellationToken)
                    .ConfigureAwait(false);
                foreach (var (spec, port) in allocated) Print(spec, port);
                break;
            case ControlOperation.ConnectionInfo:
                var connection = await client.DescribeConnectionAsync(cancellationToken).ConfigureAwait(false);
                Messages.Write(Messages.StandardOutput, connection);
                break;
            case ControlOperation.Channels:
                var channels = await client.DescribeChannelsAsync(cancellationToken).ConfigureAwait(false);
                Messages.Write(Messages.StandardOutput, channels);
                break;
            case ControlOperation.Cancel:
                await MasterForwards.CloseAsync(client, forwards, messages, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private static async Task TellPresentAsync(MuxClient client, CancellationToken cancellationToken)
    {
        if (await client.FindPresentAsync(cancellationToken).ConfigureAwait(false) is not { } present) return;
        if (present.Lost is { } reason) Messages.WriteError($"{reason}; the master connects again\r\n");
        if (present.Lock is not { } held) return;
        var since = held.Since.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        Messages.WriteError(
            $"{MuxLockMaster.Refusal} since {since}, {(held.HasPassphrase ? "with" : "without")} a passphrase; "
            + $"what is asked for {(held.Waits ? "waits" : "is refused")}\r\n");
    }

    private void Print(ForwardSpec spec, int port)
    {
        // ssh(1) says no more than the port without -v, and knows no chosen ports of other forwards.
        if (spec.Kind != ForwardKind.Remote || messages.Verbosity >= Verbosity.Verbose)
        {
            messages.Notice(ForwardArguments.Allocated(spec, port));
        }

        Messages.Write(Messages.StandardOutput, $"{port}\n");
    }

    private void SayUnlessQuiet(string text)
    {
        if (messages.Verbosity > Verbosity.Quiet) Messages.WriteError(text + "\r\n");
    }
}
