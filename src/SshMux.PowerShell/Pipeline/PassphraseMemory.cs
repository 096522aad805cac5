using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// The passphrases that the user has given to one cmdlet: hosts that want the same key do not each ask for it. They are
/// wiped when the cmdlet ends.
/// </summary>
internal sealed class PassphraseMemory : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private bool _isDisposed;

    /// <summary>
    /// The last answer for a key, or the user's next one if that was tried for this host already. While the user is
    /// asked, others who want the same key wait.
    /// </summary>
    /// <param name="key">The key file.</param>
    /// <param name="tried">The last answer, by its number, that was tried for this host, for each key.</param>
    /// <param name="ask">Asks the user.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Secret?> AskAsync(
        string key, Dictionary<string, int> tried, Func<Task<Secret?>> ask, CancellationToken cancellationToken)
    {
        var entry = EntryOf(key);
        await entry.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (tried.GetValueOrDefault(key) == entry.Number)
            {
                var answer = await ask().ConfigureAwait(false);
                Keep(entry, answer);
            }

            tried[key] = entry.Number;
            lock (_lock) return entry.Answer is { } last ? new Secret(last.Characters) : null;
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    /// <summary>Wipes the passphrases.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var entry in _entries.Values)
            {
                entry.Answer?.Dispose();
                entry.Answer = null;
            }
        }
    }

    private Entry EntryOf(string key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry)) _entries.Add(key, entry = new Entry());
            return entry;
        }
    }

    private void Keep(Entry entry, Secret? answer)
    {
        lock (_lock)
        {
            entry.Answer?.Dispose();
            if (_isDisposed) answer?.Dispose();
            entry.Answer = _isDisposed ? null : answer;
            entry.Number++;
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public Secret? Answer { get; set; }

        /// <summary>How often the user has answered.</summary>
        public int Number { get; set; }
    }
}
