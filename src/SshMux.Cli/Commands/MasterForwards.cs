using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;

namespace SshMux.Cli.Commands;

/// <summary>Forwards that a master opens and closes for its client.</summary>
internal static class MasterForwards
{
    /// <summary>Has the master open forwards; gives those of them whose port was chosen, with that port.</summary>
    /// <exception cref="SshException">It refuses one; the message names it.</exception>
    public static async Task<IReadOnlyList<(ForwardSpec Spec, int Port)>> OpenAsync(
        MuxClient client, IReadOnlyList<ForwardSpec> specs, Messages messages, CancellationToken cancellationToken)
    {
        List<(ForwardSpec Spec, int Port)> allocated = [];
        foreach (var spec in specs)
        {
            messages.Debug($"Requesting forwarding of {ForwardArguments.Describe(spec)}");
            var port = await NamedAsync(spec, client.OpenForwardAsync(spec, cancellationToken)).ConfigureAwait(false);
            if (port is { } chosen) allocated.Add((spec, chosen));
        }

        return allocated;
    }

    /// <summary>Has the master close forwards.</summary>
    /// <exception cref="SshException">It refuses; the message names the forward.</exception>
    public static async Task CloseAsync(
        MuxClient client, IReadOnlyList<ForwardSpec> specs, Messages messages, CancellationToken cancellationToken)
    {
        foreach (var spec in specs)
        {
            messages.Debug($"Requesting cancellation of {ForwardArguments.Describe(spec)}");
            await NamedAsync(spec, CloseAsync(client, spec, cancellationToken)).ConfigureAwait(false);
        }
    }

    private static async Task<int?> CloseAsync(
        MuxClient client, ForwardSpec spec, CancellationToken cancellationToken)
    {
        await client.CloseForwardAsync(spec, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>
    /// What a refusal says, in ssh(1)'s words, and with which of several forwards it is about.
    /// </summary>
    private static async Task<int?> NamedAsync(ForwardSpec spec, Task<int?> request)
    {
        try
        {
            return await request.ConfigureAwait(false);
        }
        catch (SshException e) when (e.IsMastersRefusal)
        {
            var text = e.Message
                .Replace(MuxClient.RefusedBy, "forwarding request failed: ", StringComparison.Ordinal)
                .Replace(MuxClient.RefusedByUser, "Master refused forwarding request: ", StringComparison.Ordinal);
            if (e.Error == SshError.MasterLocked) text = $"forwarding request failed: {text}";
            throw new SshException(e.Error, $"{text} ({ForwardArguments.Describe(spec)})", e);
        }
    }
}
