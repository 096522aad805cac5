using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Sessions;

/// <summary>A session in the table of a master's sessions, from the request for it to its end.</summary>
internal sealed class MuxSessionEntry
{
    private readonly Lock _lock = new();
    private readonly IMuxTrackedSession _session;
    private readonly DateTime _asked = DateTime.UtcNow;
    private readonly int _clientProcessId;
    private MuxSessionKind _kind;
    private ReadOnlyMemory<byte> _command;
    private string _term;
    private volatile ChannelTraffic? _traffic;
    private volatile string _name;

    /// <param name="number">Its number.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="session">The session.</param>
    internal MuxSessionEntry(uint number, MuxSessionStart request, IMuxTrackedSession session)
    {
        Number = number;
        _session = session;
        _clientProcessId = request.ClientProcessId;
        _kind = request.Kind;
        _command = request.Command;
        _term = request.Term;
        _name = request.Name;
    }

    /// <summary>Its number, which no other session of the master gets.</summary>
    public uint Number { get; }

    /// <summary>The client's process; 0 if that is not known.</summary>
    public int ClientProcessId => _clientProcessId;

    /// <summary>What it is called; empty: nothing.</summary>
    public string Name
    {
        get => _name;
        internal set => _name = value;
    }

    /// <summary>What it runs.</summary>
    public ReadOnlyMemory<byte> Command
    {
        get
        {
            lock (_lock) return _command;
        }
    }

    /// <summary>What goes through it; null before its channel is open.</summary>
    public ChannelTraffic? Traffic
    {
        get => _traffic;
        internal set => _traffic = value;
    }

    /// <inheritdoc cref="IMuxTrackedSession.SignalAsync"/>
    public Task<bool> SignalAsync(string name) => _session.SignalAsync(name);

    /// <inheritdoc cref="IMuxTrackedSession.Close"/>
    public void Close(SshException reason) => _session.Close(reason);

    /// <summary>The client has said, later than with its request, what the session is to run.</summary>
    public void Set(MuxSessionKind kind, ReadOnlyMemory<byte> command)
    {
        lock (_lock) (_kind, _command) = (kind, command);
    }

    /// <summary>The client has asked for a terminal, later than with its request.</summary>
    public void SetTerm(string term)
    {
        lock (_lock) _term = term;
    }

    /// <summary>What there is to tell of it now.</summary>
    public MuxSessionDescription Describe()
    {
        var size = _session.TerminalSize;
        lock (_lock)
        {
            return new()
            {
                Number = Number,
                Name = Name,
                Kind = _kind,
                State = _session.State,
                Command = ByteText.Decode(_command.Span),
                ClientProcessId = (uint)_clientProcessId,
                Asked = _asked,
                Term = _term,
                Columns = size?.Columns ?? 0,
                Rows = size?.Rows ?? 0,
                Sent = (ulong)(_traffic?.Sent ?? 0),
                Received = (ulong)(_traffic?.Received ?? 0),
                SendRate = (ulong)(_traffic?.SendRate ?? 0),
                ReceiveRate = (ulong)(_traffic?.ReceiveRate ?? 0),
            };
        }
    }
}
