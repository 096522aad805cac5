using System.Security.Cryptography;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// A line that is typed on Windows' console, key by key, and can be corrected: Backspace takes the last character back, Esc
/// and Ctrl-U all of them. Disposing it wipes the line.
/// </summary>
/// <param name="echo">Whether what is typed is shown.</param>
internal sealed class ConsoleLine(bool echo) : IDisposable
{
    private const int MostBytes = 4096;
    private const byte Backspace = 8, Delete = 127, Escape = 27, ControlU = 'U' - 64;
    private const byte ControlD = 'D' - 64, ControlZ = 'Z' - 64;

    private readonly ConsoleKeys _keys = new();
    private readonly List<byte> _typed = new(4);
    private readonly byte[] _line = GC.AllocateArray<byte>(MostBytes, pinned: true);
    private int _length;
    private bool _isEnded; // without a line

    /// <summary>Whether the line was sent off, or the input ended.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The line in UTF-8, until this is disposed; null if the input ended, or has not been sent off.</summary>
    public ReadOnlyMemory<byte>? Text =>
        IsComplete && !_isEnded ? _line.AsMemory(0, _length) : default(ReadOnlyMemory<byte>?);

    /// <summary>Takes what the console tells, and gives what is to be shown for it.</summary>
    public string Add(in ConsoleRecord record)
    {
        _typed.Clear();
        _keys.Add(record, _typed);
        return _typed switch
        {
            [] => "",
            [(byte)'\r' or (byte)'\n'] => Complete(isEnded: false),
            [ControlD or ControlZ] => _length == 0 ? Complete(isEnded: true) : "",
            [Backspace or Delete] => TakeBack(all: false),
            [Escape or ControlU] => TakeBack(all: true),
            [< 32] => "",
            _ => Append(),
        };
    }

    /// <summary>Wipes the line.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_line);
        _typed.Clear();
    }

    private string Complete(bool isEnded)
    {
        IsComplete = true;
        _isEnded = isEnded;
        return "\r\n";
    }

    private string Append()
    {
        if (_length + _typed.Count > MostBytes) return "";
        var added = _line.AsSpan(_length, _typed.Count);
        _typed.CopyTo(added);
        _length += added.Length;
        return echo ? System.Text.Encoding.UTF8.GetString(added) : "";
    }

    private string TakeBack(bool all)
    {
        var taken = 0;
        while (_length > 0 && (all || taken == 0))
        {
            // A character is a byte and those that go on with it.
            while ((_line[--_length] & 0xC0) == 0x80 && _length > 0)
            {
            }

            taken++;
        }

        return echo ? string.Concat(Enumerable.Repeat("\b \b", taken)) : "";
    }
}
