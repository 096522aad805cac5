using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Mux.Reconnecting;

/// <summary>How a master shares its connection, and makes it again.</summary>
internal sealed record SharedConnectionOptions
{
    /// <summary>How a lost connection is made again; null: it is not.</summary>
    public required Reconnection? Reconnection { get; init; }

    /// <summary>Connects and logs in again, and asks no user; null: that cannot be done.</summary>
    public required Func<CancellationToken, Task<SshConnection>>? LogInAgain { get; init; }

    /// <summary>What becomes of more sessions than the server allows at a time.</summary>
    public required SessionOverflow Overflow { get; init; }

    /// <summary>How many sessions are kept open in advance.</summary>
    public required int Prewarm { get; init; }

    /// <summary>What time is measured with.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Where to log what happens.</summary>
    public required ILogger Logger { get; init; }
}
