using System.Buffers.Binary;
using System.Numerics;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>
/// The binary digits of pi after the point. Blowfish starts from them because nobody chose them; computing them takes
/// milliseconds and leaves no table of a thousand numbers to trust.
/// </summary>
internal static class PiDigits
{
    /// <summary>The first digits, 32 to a word.</summary>
    public static uint[] FractionWords(int count)
    {
        const int guardBits = 64;
        var bits = (32 * count) + guardBits;

        // Machin's formula: pi = 16 arctan(1/5) - 4 arctan(1/239).
        var pi = (16 * InverseArcTangent(5, bits)) - (4 * InverseArcTangent(239, bits));
        var fraction = (pi - (new BigInteger(3) << bits)) >> guardBits;

        var bytes = new byte[4 * count];
        if (!fraction.TryWriteBytes(bytes, out var written, isUnsigned: true, isBigEndian: true) ||
            written != bytes.Length)
        {
            throw new InvalidOperationException("pi begins with other digits than it should");
        }

        var words = new uint[count];
        for (var i = 0; i < count; i++) words[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4 * i));
        return words;
    }

    /// <summary>arctan(1/x), scaled by 2^bits, from its series.</summary>
    private static BigInteger InverseArcTangent(int x, int bits)
    {
        // Every term of the series adds 2 log2(x) bits.
        var terms = (int)(bits / (2 * Math.Log2(x))) + 2;
        var (numerator, denominator, power) = SumSeries(0, terms, (BigInteger)x * x);
        return (numerator << bits) / (denominator * power * x);
    }

    /// <summary>
    /// The sum over k from first to end - 1 of (-1)^k x^2 / ((2k + 1) (x^2)^(k - first + 1)), as numerator /
    /// (denominator * power), by halves: so that long numbers are multiplied, which is fast, and divided only once.
    /// </summary>
    private static (BigInteger Numerator, BigInteger Denominator, BigInteger Power) SumSeries(
        int first, int end, BigInteger square)
    {
        if (end - first == 1) return (first % 2 == 0 ? square : -square, (2 * first) + 1, square);
        var middle = (first + end) / 2;
        var (n1, d1, p1) = SumSeries(first, middle, square);
        var (n2, d2, p2) = SumSeries(middle, end, square);
        return ((n1 * d2 * p2) + (n2 * d1), d1 * d2, p1 * p2);
    }
}
