using System.Globalization;

namespace SshMux.Engine.Platform.Processes;

/// <summary>How a child process ended: with a status, or by a signal; neither if the system would not say.</summary>
internal readonly record struct ChildExit(int? Status, int? Signal)
{
    /// <summary>Reads what waitpid(2) gives.</summary>
    public static ChildExit FromWaitStatus(int status) =>
        (status & 0x7f) is var signal && signal != 0 ? new(null, signal) : new((status >> 8) & 0xff, null);

    /// <summary>The end in words that follow the name of what ended: "ended with status 1".</summary>
    public override string ToString() => this switch
    {
        { Signal: { } signal } => string.Create(CultureInfo.InvariantCulture, $"was killed by signal {signal}"),
        { Status: { } status } => string.Create(CultureInfo.InvariantCulture, $"ended with status {status}"),
        _ => "ended",
    };
}
