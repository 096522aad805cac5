using SshMux.Engine;
using SshMux.Engine.Connection;
using SshMux.Engine.Mux;

namespace SshMux.Cli;

/// <summary>Forwards that a master opens and closes for its client.</summary>
internal static class MasterForwards
{
    /// <summary>
    /// Has the master open local forwards; gives the ports that were chosen where port 0 was asked for.
    /// </summary>
    /// <exception cref="SshException">It refuses one; the message names it.</exception>
    public static async Task<IReadOnlyList<int>> OpenAsync(
        MuxClient client, IReadOnlyList<string> specs, Messages messages, CancellationToken cancellationToken)
    {
        List<int> ports = [];
        foreach (var spec in specs)
        {
            messages.Debug($"Requesting forwarding of -L {spec}");
            var port = await NamedAsync(
                spec, client.OpenForwardAsync(ForwardSpec.ParseLocal(spec), cancellationToken)).ConfigureAwait(false);
            if (port is not { } chosen) continue;
            Announce(messages, spec, chosen);
            ports.Add(chosen);
        }

        return ports;
    }

    /// <summary>Has the master close local forwards.</summary>
    /// <exception cref="SshException">It refuses; the message names the forward.</exception>
    public static async Task CloseAsync(
        MuxClient client, IReadOnlyList<string> specs, Messages messages, CancellationToken cancellationToken)
    {
        foreach (var spec in specs)
        {
            messages.Debug($"Requesting cancellation of -L {spec}");
            await NamedAsync(spec, CloseAsync(client, spec, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Tells the user the port that the system chose.</summary>
    public static void Announce(Messages messages, string spec, int port) =>
        messages.Notice($"Allocated port {port} for local forward {spec}");

    private static async Task<int?> CloseAsync(MuxClient client, string spec, CancellationToken cancellationToken)
    {
        await client.CloseForwardAsync(ForwardSpec.ParseLocal(spec), cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>With several forwards, the user wants to know which one is refused.</summary>
    private static async Task<int?> NamedAsync(string spec, Task<int?> request)
    {
        try
        {
            return await request.ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.MuxRefused)
        {
            throw new SshException(e.Error, $"-L {spec}: {e.Message}", e);
        }
    }
}
