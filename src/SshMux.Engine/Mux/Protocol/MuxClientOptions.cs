using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>How a <see cref="Client.MuxClient"/> behaves.</summary>
public sealed record MuxClientOptions
{
    /// <summary>How long a master may take for the hello.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where to log what happens.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>
    /// The extensions that this client's hello announces; what a master may send because of them must be understood.
    /// </summary>
    internal IReadOnlyList<MuxExtension> Announced { get; init; } = [];

    /// <summary>
    /// What its sessions bring of their own, if the master takes that; null: they ask for what the master has.
    /// </summary>
    internal MuxOwnForwards? Own { get; init; }

    /// <summary>
    /// Takes the notices of a master of ours, each once, whichever of the client's control connections it comes by; on the
    /// thread that reads there, which it must not hold up. Null: the client hears none.
    /// </summary>
    internal Action<MuxNotice>? OnNotice { get; init; }

    /// <summary>The options, with what the notices want: that they are announced, and told once.</summary>
    internal MuxClientOptions WithNotices()
    {
        if (OnNotice is not { } take) return this;
        var memory = new MuxNoticeMemory(TimeProvider.System);
        return this with
        {
            Announced = Announced.Any(MuxExtensions.IsOfListener)
                ? Announced
                : [.. Announced, MuxExtensions.OfClientWithNotices],
            OnNotice = notice =>
            {
                if (memory.IsNews(notice)) take(notice);
            },
        };
    }
}
