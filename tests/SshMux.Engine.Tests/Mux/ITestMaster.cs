namespace SshMux.Engine.Tests.Mux;

/// <summary>A master that a test has started: the system's ssh, or ours.</summary>
public interface ITestMaster : IAsyncDisposable
{
    /// <summary>The control socket's path.</summary>
    string Path { get; }

    /// <summary>The process that ALIVE names.</summary>
    int ProcessId { get; }

    /// <summary>Completes when the master has ended.</summary>
    Task Ended { get; }

    /// <summary>Waits until no session of a client, and nothing that a client passed, is left.</summary>
    Task ExpectNothingLeftAsync();
}
