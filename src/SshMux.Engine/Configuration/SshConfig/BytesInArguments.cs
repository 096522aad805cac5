using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>
/// Bytes that are no UTF-8 (<see cref="ByteText"/>) on their way through a program that .NET starts, which would replace
/// them: each travels as a character of a private area, U+F780 to U+F7FF, and is itself again in what the program prints.
/// </summary>
internal static class BytesInArguments
{
    private const int Bytes = 0xDC00;
    private const int Private = 0xF700;

    /// <summary>An argument as it can travel.</summary>
    public static string Wrap(string text) => ByteText.IsUtf8(text) ? text : Shift(text, Bytes, Private);

    /// <summary>What was wrapped; other private characters of that area would become bytes, too.</summary>
    public static string Unwrap(string text) => Shift(text, Private, Bytes);

    private static string Shift(string text, int from, int to) => string.Create(text.Length, text, (target, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            // The second half of a pair is no byte.
            var isByte = source[i] - from is >= 0x80 and <= 0xFF && (i == 0 || !char.IsHighSurrogate(source[i - 1]));
            target[i] = isByte ? (char)(source[i] - from + to) : source[i];
        }
    });
}
