using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Cli.Processes;
using SshMux.Engine;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Master;
using SshMux.FrontEnds;

namespace SshMux.Cli.Commands;

/// <summary>The command line that <c>~C</c> opens: one question on the terminal, and what the answer asks for.</summary>
internal sealed class EscapeCommandLine(MuxMaster master, EndSignals signals, Messages messages)
{
    private const string Help = """
        Commands:
              -L[bind_address:]port:host:hostport    Request local forward
              -R[bind_address:]port:host:hostport    Request remote forward
              -D[bind_address:]port                  Request dynamic forward
              -KL[bind_address:]port                 Cancel local forward
              -KR[bind_address:]port                 Cancel remote forward
              -KD[bind_address:]port                 Cancel dynamic forward
        """;

    /// <summary>Asks, and does it. The terminal must not be raw. Ctrl-C ends the question, not the process.</summary>
    public async Task RunAsync()
    {
        using var interrupt = new CancellationTokenSource();
        using (signals.OnInterrupt(interrupt.Cancel))
        {
            try
            {
                var answer = await TerminalPrompt.ReadLineAsync("\r\nssh> ", echo: true, interrupt.Token)
                    .ConfigureAwait(false);
                if (answer is not null) await ObeyAsync(ForwardCommand.Parse(new string(answer))).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                messages.Notice("");
            }
            catch (UsageException e)
            {
                messages.Notice(e.Message);
            }
        }
    }

    private async Task ObeyAsync(ForwardCommand command)
    {
        switch (command.Operation)
        {
            case ForwardCommandKind.Help:
                messages.Notice(Help);
                break;
            case ForwardCommandKind.Open:
                await OpenAsync(command.Forward!).ConfigureAwait(false);
                break;
            case ForwardCommandKind.Close:
                await CloseAsync(command.Forward!).ConfigureAwait(false);
                break;
        }
    }

    private async Task OpenAsync(ForwardSpec forward)
    {
        try
        {
            var port = await master.OpenForwardAsync(forward).ConfigureAwait(false);
            messages.Notice("Forwarding port.");
            if (port is { } chosen) messages.Notice(ForwardArguments.Allocated(forward, chosen));
        }
        catch (SshException e)
        {
            messages.Notice($"Port forwarding failed: {e.Message}.");
        }
    }

    private async Task CloseAsync(ForwardSpec listener)
    {
        var closed = false;
        foreach (var open in master.Forwards)
        {
            if (IsMeant(open, listener)) closed |= await master.CloseForwardAsync(open.Spec).ConfigureAwait(false);
        }

        messages.Notice(closed ? "Canceled forwarding." : "Unknown port forwarding.");
    }

    /// <summary>A port that was chosen may be named as well as the 0 that was asked for.</summary>
    private static bool IsMeant(SshForward open, ForwardSpec listener) =>
        open.Spec.Kind == listener.Kind
        && open.Spec.Listen.Host == listener.Listen.Host
        && (open.Spec.Listen.Port == listener.Listen.Port
            || (!listener.Listen.IsPath && open.Port == listener.Listen.Port));
}
