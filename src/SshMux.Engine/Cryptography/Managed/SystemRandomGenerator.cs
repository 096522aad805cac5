using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Prng;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>
/// The system's random numbers for BouncyCastle, which would else stretch them with a generator of its own. It asks for
/// them all along a computation that knows no cancelling, so this is where one ends: every method that gives numbers
/// throws <see cref="OperationCanceledException"/> once the token is cancelled.
/// </summary>
internal sealed class SystemRandomGenerator(CancellationToken cancellationToken) : IRandomGenerator
{
    public void AddSeedMaterial(byte[] seed)
    {
        // The system needs none.
    }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed)
    {
    }

    public void AddSeedMaterial(long seed)
    {
    }

    public void NextBytes(byte[] bytes) => NextBytes(bytes.AsSpan());

    public void NextBytes(byte[] bytes, int start, int len) => NextBytes(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RandomNumberGenerator.Fill(bytes);
    }
}
