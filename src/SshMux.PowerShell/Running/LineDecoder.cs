using System.Text;

namespace SshMux.PowerShell.Running;

/// <summary>
/// Turns bytes, cut anywhere, into lines of text (a wrong sequence becomes U+FFFD), ended by LF or CR LF. A byte order
/// mark is left out where the encoding has one.
/// </summary>
internal sealed class LineDecoder(Encoding encoding)
{
    private readonly Decoder _decoder = encoding.GetDecoder();
    private readonly StringBuilder _rest = new();
    private bool _mayBeginWithMark = !encoding.Preamble.IsEmpty;
    private char[] _characters = [];

    /// <summary>Takes more bytes; adds the lines that they complete.</summary>
    public void Decode(ReadOnlySpan<byte> bytes, List<string> lines) => Decode(bytes, lines, flush: false);

    /// <summary>The bytes have ended; what follows the last line end is a line too, unless it is empty.</summary>
    public void Finish(List<string> lines)
    {
        Decode([], lines, flush: true);
        if (_rest.Length == 0) return;
        lines.Add(_rest.ToString());
        _rest.Clear();
    }

    private void Decode(ReadOnlySpan<byte> bytes, List<string> lines, bool flush)
    {
        var needed = encoding.GetMaxCharCount(bytes.Length);
        if (_characters.Length < needed) _characters = new char[needed];
        var count = _decoder.GetChars(bytes, _characters, flush);
        var text = _characters.AsSpan(0, count);
        if (_mayBeginWithMark && count > 0)
        {
            _mayBeginWithMark = false;
            if (text[0] == '\uFEFF') text = text[1..];
        }

        int end;
        while ((end = text.IndexOf('\n')) >= 0)
        {
            lines.Add(TakeLine(text[..end]));
            text = text[(end + 1)..];
        }

        _rest.Append(text);
    }

    private string TakeLine(ReadOnlySpan<char> end)
    {
        if (_rest.Length == 0) return (end.EndsWith('\r') ? end[..^1] : end).ToString();
        _rest.Append(end);
        var length = _rest.Length;
        if (_rest[length - 1] == '\r') length--;
        var line = _rest.ToString(0, length);
        _rest.Clear();
        return line;
    }
}
