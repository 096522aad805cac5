using System.Buffers.Binary;
using System.Text;

namespace SshMux.Engine.Tests.Fuzz;

/// <summary>Damages what real programs made, as an attacker or a bad disk would. The seed decides everything.</summary>
internal sealed class Mutator(int seed)
{
    private const int MaxLength = 300_000;

    private static readonly uint[] Numbers =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 255, 256, 0x7fff, 0xffff, 0x10000, 0x3ffff, 0x40000, 0x7fffffff, 0x80000000,
        0xfffffffe, 0xffffffff,
    ];

    private readonly Random _random = new(seed);

    public int Next(int limit) => _random.Next(limit);

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>One of the seeds, mostly with some damage.</summary>
    public byte[] Mutate(IReadOnlyList<byte[]> seeds)
    {
        var bytes = new List<byte>(Pick(seeds));
        for (var changes = _random.Next(5); changes > 0; changes--) Change(bytes, seeds);
        if (bytes.Count > MaxLength) bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        return [.. bytes];
    }

    /// <summary>As <see cref="Mutate"/>, but half of the time the damage is under the base64 of a PEM file.</summary>
    public byte[] MutatePem(IReadOnlyList<byte[]> seeds)
    {
        if (_random.Next(2) == 0) return Mutate(seeds);
        var lines = Encoding.ASCII.GetString(Pick(seeds)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var first = Array.FindLastIndex(lines, line => line.StartsWith("-----BEGIN", StringComparison.Ordinal) ||
            line.Contains(':', StringComparison.Ordinal)) + 1;
        var body = Convert.FromBase64String(string.Concat(lines[first..^1]));
        var damaged = Convert.ToBase64String(Mutate([body]), Base64FormattingOptions.InsertLineBreaks);
        return Encoding.ASCII.GetBytes(string.Join('\n', [.. lines[..first], damaged, lines[^1], ""]));
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> seeds)
    {
        var at = bytes.Count == 0 ? 0 : _random.Next(bytes.Count);
        switch (_random.Next(11))
        {
            case 0 when bytes.Count > 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2 or 3:
                // Lengths and counts are mostly here.
                Overwrite(bytes, at, Pick(Numbers));
                break;
            case 4 when bytes.Count > 3:
                at = Math.Min(at, bytes.Count - 4);
                byte[] field = [.. bytes.GetRange(at, 4)];
                var old = BinaryPrimitives.ReadUInt32BigEndian(field);
                Overwrite(bytes, at, unchecked(old + (uint)_random.Next(-4, 5)));
                break;
            case 5:
                bytes.RemoveRange(at, Math.Min(_random.Next(1, 40), bytes.Count - at));
                break;
            case 6:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 7:
                var copied = bytes.GetRange(at, Math.Min(_random.Next(1, 200), bytes.Count - at));
                for (var times = _random.Next(1, 4); times > 0; times--) bytes.InsertRange(at, copied);
                break;
            case 8:
                var noise = new byte[_random.Next(1, 20)];
                _random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 9:
                var other = Pick(seeds);
                var from = _random.Next(other.Length);
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[from..]);
                break;
            case 10 when _random.Next(20) == 0:
                bytes.InsertRange(at, Enumerable.Repeat((byte)_random.Next(256), _random.Next(100_000)));
                break;
        }
    }

    private static void Overwrite(List<byte> bytes, int at, uint number)
    {
        for (var i = 0; i < 4 && at + i < bytes.Count; i++) bytes[at + i] = (byte)(number >> (8 * (3 - i)));
    }
}
