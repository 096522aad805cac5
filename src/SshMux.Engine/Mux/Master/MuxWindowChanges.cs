using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// Clients whose terminal changes its size relay their SIGWINCH to the master's process. It does not say whose it was, so
/// that all of them are looked at.
/// </summary>
internal sealed partial class MuxWindowChanges : IDisposable
{
    private readonly Func<IReadOnlyList<Action>> _updates;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration? _registration;

    /// <param name="updates">What looks at the terminals of now, each at one.</param>
    /// <param name="logger">Where to log what happens.</param>
    public MuxWindowChanges(Func<IReadOnlyList<Action>> updates, ILogger logger)
    {
        _updates = updates;
        _logger = logger;
        if (OperatingSystem.IsWindows()) return;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Update());
    }

    /// <inheritdoc />
    public void Dispose() => _registration?.Dispose();

    private void Update() => OneByOne.Tell(_updates(), update => update(), LogNotTold);

    [LoggerMessage(Level = LogLevel.Error, Message = "a client's terminal could not be asked for its size")]
    private partial void LogNotTold(Exception e);
}
