namespace SshMux.Engine.Platform.Readiness;

/// <summary>Which directions of a descriptor are meant.</summary>
[Flags]
internal enum ReadinessDirections
{
    None = 0,
    Readable = 1,
    Writable = 2,
}

/// <summary>Who is told that a descriptor is ready.</summary>
internal interface IReadinessHandler
{
    /// <summary>
    /// Called on the readiness thread, once for each direction that was armed. Must be short and must not block, for
    /// every descriptor of the process waits for it. May arm or dispose the registration. A call that was under way
    /// when the registration was disposed may still arrive.
    /// </summary>
    void OnReady(ReadinessDirections directions);

    /// <summary>
    /// The system does not wait for the descriptor any more, or <see cref="OnReady"/> threw. Called once, on any
    /// thread; the registration is disposed and nothing follows, so whoever waits is to be told.
    /// </summary>
    void OnFailed(SshException failure);
}
