using System.Buffers;
using System.Collections;
using System.Management.Automation;
using System.Text;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Running;

/// <summary>Arguments as words of a POSIX shell (Shell Command Language, section 2.2).</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,@%+");

    /// <summary>
    /// The command and the arguments behind it. Arrays among the arguments are several arguments; bytes are one,
    /// which need not be text.
    /// </summary>
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
        if (value is IList items and not byte[])
        {
            foreach (var item in items) Append(line, item);
            return;
        }

        var text = value switch
        {
            null => "",
            string words => words,
            byte[] bytes => ByteText.Decode(bytes),
            _ => LanguagePrimitives.ConvertTo<string>(argument),
        };
        line.Append(' ').Append(Quote(text));
    }
}
