namespace SshMux.Engine.Channels;

/// <summary>Where channels come from: a connection, or what stands for one that is made again when it is lost.</summary>
internal interface IConnectionSource
{
    /// <summary>Whether the connection of now has ended.</summary>
    bool HasEnded { get; }

    /// <summary>
    /// Opens something over the connection of now. Where the connection is made again, it may have to wait for that, and
    /// is asked for again if the connection is lost before the server has answered.
    /// </summary>
    /// <param name="open">Opens it over a connection; may be called more than once.</param>
    /// <param name="cancellationToken">Ends a wait for a connection.</param>
    /// <exception cref="SshException">As <paramref name="open"/>; or why there is no connection.</exception>
    Task<T> OpenAsync<T>(Func<SshConnection, Task<T>> open, CancellationToken cancellationToken);
}
