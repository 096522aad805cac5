using System.Text;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration;

/// <summary>What a session of a master may be called (SshMuxSession): a word for people to type, which is no number.</summary>
internal static class SessionName
{
    private const int MaxLength = 64; // bytes

    /// <summary>Why a text cannot be a name; null if it can.</summary>
    public static string? WhyNot(string name)
    {
        if (name.Length == 0) return "the name is empty";
        if (Encoding.UTF8.GetByteCount(name) > MaxLength) return $"the name has more than {MaxLength} bytes";
        if (name.All(char.IsAsciiDigit)) return $"'{name}' is a number, and sessions have those already";
        return name.Any(character => char.IsWhiteSpace(character)) || Printable.Text(name) != name
            ? "a name has no spaces and nothing that cannot be printed"
            : null;
    }
}
