using SshMux.Engine.Connection;
using SshMux.Engine.Mux;

namespace SshMux.Cli;

/// <summary>Forwards that a master opens and closes for its client.</summary>
internal static class MasterForwards
{
    /// <summary>Has the master open local forwards.</summary>
    /// <exception cref="Engine.SshException">It refuses one; the message names it.</exception>
    public static async Task OpenAsync(
        MuxClient client, IReadOnlyList<string> specs, Messages messages, CancellationToken cancellationToken)
    {
        foreach (var spec in specs)
        {
            messages.Debug($"Requesting forwarding of -L {spec}");
            await client.OpenForwardAsync(ForwardSpec.ParseLocal(spec), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the master close local forwards.</summary>
    /// <exception cref="Engine.SshException">It refuses; the message names the forward.</exception>
    public static async Task CloseAsync(
        MuxClient client, IReadOnlyList<string> specs, Messages messages, CancellationToken cancellationToken)
    {
        foreach (var spec in specs)
        {
            messages.Debug($"Requesting cancellation of -L {spec}");
            await client.CloseForwardAsync(ForwardSpec.ParseLocal(spec), cancellationToken).ConfigureAwait(false);
        }
    }
}
