using System.Management.Automation;
using System.Text;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.PowerShell.Objects;

/// <summary>What Watch-SshMuxSession sees: a piece of what goes through a session.</summary>
public sealed class WatchedData
{
    internal const string TypeName = "SshMux.WatchedData";

    private readonly MuxWatched _seen;

    internal WatchedData(Master master, MuxWatched seen)
    {
        Master = master;
        _seen = seen;
    }

    /// <summary>The master.</summary>
    public Master Master { get; }

    /// <summary>The session's number.</summary>
    public long Session => _seen.Session;

    /// <summary>When it passed.</summary>
    public DateTime Time => _seen.Time.ToLocalTime();

    /// <summary>
    /// Input (to the server), Output, Error (from there); Lost: so many bytes passed unseen; Begun, Ended: the session.
    /// </summary>
    public string Kind => _seen.Kind.ToString();

    /// <summary>How many bytes there were.</summary>
    public long Count => (long)_seen.Count;

    /// <summary>The bytes; of a session that begins its command.</summary>
    public byte[] Data => _seen.Data.ToArray();

    /// <summary>The bytes as UTF-8 text, as far as they are; a piece may end within a character.</summary>
    public string Text => Encoding.UTF8.GetString(_seen.Data.Span);

    /// <summary>The text.</summary>
    public override string ToString() => Text;

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
