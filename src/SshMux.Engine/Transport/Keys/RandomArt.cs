using SshMux.Engine.Configuration;

namespace SshMux.Engine.Transport.Keys;

/// <summary>
/// A fingerprint as a picture, which people recognise more easily than letters: ssh-keygen -lv and VisualHostKey draw
/// the same ("the drunken bishop").
/// </summary>
internal static class RandomArt
{
    private const int Width = 17;
    private const int Height = 9;

    /// <summary>What a field looks like after so many visits; the last two are where the walk begins and ends.</summary>
    private const string Marks = " .o+=*BOX@%&#/^SE";

    /// <summary>Draws a key's fingerprint, in lines with LF between.</summary>
    /// <param name="key">The key as on the wire.</param>
    /// <param name="type">The key's type as people call it: "ED25519".</param>
    /// <param name="bits">Its size.</param>
    /// <param name="hash">The fingerprint's hash.</param>
    public static string Draw(ReadOnlySpan<byte> key, string type, int bits, FingerprintHash hash)
    {
        var field = Walk(KeyFingerprint.Hash(key, hash));
        var title = $"[{type} {bits}]";
        if (title.Length > Width) title = $"[{type}]";
        var lines = new List<string>(Height + 2) { Border(title) };
        for (var y = 0; y < Height; y++)
        {
            var row = y;
            lines.Add(string.Create(Width + 2, field, (text, visits) =>
            {
                text[0] = text[^1] = '|';
                for (var x = 0; x < Width; x++) text[x + 1] = Marks[visits[x, row]];
            }));
        }

        lines.Add(Border($"[{KeyFingerprint.NameOf(hash)}]"));
        return string.Join('\n', lines);
    }

    private static int[,] Walk(ReadOnlySpan<byte> hash)
    {
        var field = new int[Width, Height];
        var (x, y) = (Width / 2, Height / 2);
        foreach (var moves in hash)
        {
            // Two bits are a step, the lowest ones first: one bit for each direction.
            for (var shift = 0; shift < 8; shift += 2)
            {
                var move = moves >> shift;
                x = Math.Clamp(x + ((move & 1) != 0 ? 1 : -1), 0, Width - 1);
                y = Math.Clamp(y + ((move & 2) != 0 ? 1 : -1), 0, Height - 1);
                if (field[x, y] < Marks.Length - 3) field[x, y]++;
            }
        }

        field[Width / 2, Height / 2] = Marks.Length - 2;
        field[x, y] = Marks.Length - 1;
        return field;
    }

    private static string Border(string title)
    {
        if (title.Length > Width) title = title[..Width];
        var before = (Width - title.Length) / 2;
        return $"+{new string('-', before)}{title}{new string('-', Width - title.Length - before)}+";
    }
}
