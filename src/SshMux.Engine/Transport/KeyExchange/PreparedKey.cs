using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// A key pair of sntrup761 in the making before it is known whether it is needed: while TCP connects and the server
/// starts, or while its SSH_MSG_KEXINIT is on the way. Who began it disposes it; what was not taken is wiped.
/// </summary>
internal sealed class PreparedKey : IDisposable
{
    private const string OpenSsh = "SSH-2.0-OpenSSH_";

    /// <summary>OpenSSH's sshd has sntrup761 from this version on by default.</summary>
    private static readonly Version FirstWithSntrup761 = new(8, 5);

    /// <summary>And ML-KEM from this one on.</summary>
    private static readonly Version FirstWithMlKem = new(9, 9);

    /// <summary>
    /// How many are in the making. Where many connections are made at once, one thread at most computes what may turn
    /// out to be for nothing; the others make theirs when they know that they need it.
    /// </summary>
    private static int _underWay;

    private readonly CancellationTokenSource _unneeded = new();
    private readonly bool _afterMlKem;
    private Task<HybridKey>? _making;

    private PreparedKey(bool afterMlKem)
    {
        _afterMlKem = afterMlKem;
        var unneeded = _unneeded.Token;
        _making = OwnThread.RunAsync(
            () => HybridKey.CreateFor(CryptographyProvider.Current, SshAlgorithms.Sntrup761X25519, unneeded), unneeded);
        _ = _making.ContinueWith(
            static _ => Volatile.Write(ref _underWay, 0),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>
    /// Begins, if sntrup761 may well be agreed on: if only ML-KEM, which fewer servers have, is before it in the list of
    /// the methods that we offer. Null if not, or if another connection's is in the making.
    /// </summary>
    public static PreparedKey? Begin(IReadOnlyList<string> methods)
    {
        var preferred = methods.FirstOrDefault(method => method != SshAlgorithms.MlKem768X25519);
        if (preferred is null || !HybridKey.IsSntrup761(preferred)) return null;
        if (Interlocked.CompareExchange(ref _underWay, 1, 0) != 0) return null;
        return new PreparedKey(afterMlKem: methods[0] == SshAlgorithms.MlKem768X25519);
    }

    /// <summary>Stops when the server's version says that another method will be agreed on.</summary>
    public void OnServerVersion(string version)
    {
        if (!version.StartsWith(OpenSsh, StringComparison.Ordinal)) return;
        var rest = version.AsSpan(OpenSsh.Length);
        var end = rest.IndexOfAnyExceptInRange('.', '9');
        if (!Version.TryParse(end < 0 ? rest : rest[..end], out var number)) return;
        if (number < FirstWithSntrup761 || (_afterMlKem && number >= FirstWithMlKem)) Dispose();
    }

    /// <summary>Gives the key pair, which the caller then owns; null if it is not for this method, or gone.</summary>
    public Task<HybridKey>? Take(string method) =>
        HybridKey.IsSntrup761(method) ? Interlocked.Exchange(ref _making, null) : null;

    /// <summary>Stops, and wipes what was not taken.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _making, null) is not { } making) return;
        _unneeded.Cancel();
        _ = WipeAsync(making);
    }

    private static async Task WipeAsync(Task<HybridKey> making)
    {
        // Cancelled, or failed: nobody wants it any more, and so nobody has to know.
        await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (making.IsCompletedSuccessfully) (await making.ConfigureAwait(false)).Dispose();
    }
}
