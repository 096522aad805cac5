using System.Globalization;
using System.Management.Automation;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Objects;

/// <summary>A session of a master, whoever started it, as it was when it was listed.</summary>
public sealed class Session
{
    internal const string TypeName = "SshMux.Session";

    private readonly MuxSessionDescription _description;

    internal Session(Master master, MuxSessionDescription description)
    {
        Master = master;
        _description = description;
    }

    /// <summary>The master that carries it.</summary>
    public Master Master { get; }

    /// <summary>Its number, which no other session of the master gets.</summary>
    public long Number => _description.Number;

    /// <summary>What its client calls it (-SessionName, SshMuxSession); null: nothing.</summary>
    public string? Name => NullIfEmpty(_description.Name);

    /// <summary>What it is: Shell, Exec (a command), Subsystem, StdioForward (ssh -W), or Unknown.</summary>
    public string Kind => _description.Kind.ToString();

    /// <summary>Waiting, Opening, Open or Closing.</summary>
    public string State => _description.State.ToString();

    /// <summary>
    /// The command, the subsystem's name, or where a stdio forward leads to; null for a shell.
    /// </summary>
    public string? Command => NullIfEmpty(Printable.Lines(_description.Command));

    /// <summary>The client's process; null if that is not known.</summary>
    public int? ProcessId => _description.ClientProcessId == 0 ? null : (int)_description.ClientProcessId;

    /// <summary>When it was asked for.</summary>
    public DateTime Started => _description.Asked.ToLocalTime();

    /// <summary>Bytes that have gone to the server.</summary>
    public long BytesSent => (long)_description.Sent;

    /// <summary>Bytes that have come from the server.</summary>
    public long BytesReceived => (long)_description.Received;

    /// <summary>Bytes per second to the server, over the last second.</summary>
    public long SendRate => (long)_description.SendRate;

    /// <summary>Bytes per second from the server, over the last second.</summary>
    public long ReceiveRate => (long)_description.ReceiveRate;

    /// <summary>TERM of its terminal; null: it has none.</summary>
    public string? Terminal => NullIfEmpty(_description.Term);

    /// <summary>The terminal's columns and lines, as 80x24; null if there is none, or that is not known.</summary>
    public string? TerminalSize => _description.Columns == 0
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{_description.Columns}x{_description.Rows}");

    /// <summary>The number as the master takes it.</summary>
    internal string Identity => _description.Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The name or, without one, the number.</summary>
    public override string ToString() => Name ?? Identity;

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : Printable.Lines(text);
}
