using System.Buffers;
using System.Collections;
using System.Text;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Running;

/// <summary>Arguments as words of a POSIX shell (Shell Command Language, section 2.2).</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,@%+");

    /// <summary>
    /// The command and the arguments behind it. Lists among the arguments are several arguments; bytes are one,
    /// which need not be text.
    /// </summary>
    /// <exception cref="ArgumentException">One is a secret, which others would see, or has no text form.</exception>
    public static string Append(string command, IEnumerable<object?> arguments)
    {
        var line = new StringBuilder(command);
        foreach (var argument in arguments) Append(line, argument);
        return line.ToString();
    }

    /// <summary>
    /// A word that is nothing but <paramref name="text"/>: quoted where a shell could see anything in it.
    /// </summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Plain)) return text;

        // Between single quotes nothing means anything, but the quote that ends them.
        return "'" + text.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
    }

    private static void Append(StringBuilder line, object? argument)
    {
        var value = PSObjects.Unwrap(argument);
        if (value is IEnumerable items and not (byte[] or string or IDictionary))
        {
            foreach (var item in items) Append(line, item);
            return;
        }

        if (ObjectText.IsSecret(value))
        {
            throw new ArgumentException(
                "an argument is no place for a secret, because all users of the server see it; have the command read it "
                + "from its standard input, to which a SecureString or PSCredential can be piped");
        }

        var why = "";
        var text = value is byte[] bytes ? ByteText.Decode(bytes) : ObjectText.Find(argument, out why);
        if (text is null) throw new ArgumentException($"an argument cannot be sent: {why}");
        line.Append(' ').Append(Quote(text));
    }
}
