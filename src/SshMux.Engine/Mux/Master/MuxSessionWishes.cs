using SshMux.Engine.Configuration;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Master;

/// <summary>What a client said that its session is to have (<see cref="MuxSessionOptions"/>).</summary>
/// <param name="IsOwner">Whether the client is the user whose process this is.</param>
internal sealed record MuxSessionWishes(bool IsOwner)
{
    /// <summary>What it calls the session; empty: nothing.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The socket of the agent that it brings; null: none.</summary>
    public string? AgentSocket { get; private init; }

    /// <summary>The X server that it brings; null: none.</summary>
    public X11Grant? Display { get; private init; }

    /// <summary>These and the options of a message, or none of them.</summary>
    /// <exception cref="SshException">Why not, for the client.</exception>
    public MuxSessionWishes With(MuxSessionOptions options) =>
        options.Options.Aggregate(this, (wishes, option) => wishes.With(option.Key, option.Value));

    private MuxSessionWishes With(string name, string value)
    {
        switch (name)
        {
            case MuxSessionOptions.Name:
                if (SessionName.WhyNot(value) is { } whyNot) throw Refused(whyNot);
                return this with { Name = value };
            case MuxSessionOptions.Agent:
                DemandOwner();
                if (!value.StartsWith('/')) throw Refused("an agent's socket is named by its absolute path");
                return this with { AgentSocket = value };
            case MuxSessionOptions.Display:
                DemandOwner();
                return this with { Display = X11Grant.Parse(value, TimeProvider.System) };
            default:
                throw Refused($"there is no session option '{name}'");
        }
    }

    /// <summary>
    /// What the client names is opened with the rights of the master's user, so that nobody else may choose it.
    /// </summary>
    private void DemandOwner()
    {
        if (!IsOwner) throw Refused("only the user who started the master may bring an agent or a display");
    }

    private static SshException Refused(string why) => new(SshError.MuxRefused, why);
}
