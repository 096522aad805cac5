using System.Globalization;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>The time that the server has for the key exchange under way.</summary>
/// <param name="onPassed">Called on a thread of the pool with what is wrong when it has passed.</param>
internal sealed class KeyExchangeDeadline(Action<SshException> onPassed) : IDisposable
{
    private readonly Lock _lock = new();
    private Timer? _timer;
    private bool _disposed;

    /// <summary>From now on the server has so much time.</summary>
    public void Set(TimeSpan time)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _timer?.Dispose();
            var seconds = time.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            _timer = new Timer(
                _ => onPassed(new SshException(
                    SshError.ConnectionTimeout,
                    $"the server did not finish the key exchange within {seconds} seconds")),
                null, time, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>It has all the time in the world.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Nothing passes any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }
}
