using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Sessions;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// The sessions of a client in proxy mode, as the table of the master's sessions knows them: what runs there is seen in
/// the client's requests.
/// </summary>
/// <param name="table">The sessions of the master.</param>
/// <param name="processId">The client's process; 0 if that is not known.</param>
internal sealed class MuxProxySessions(MuxSessionTable table, int processId)
{
    private readonly Dictionary<ProxiedChannel, Tracked> _sessions = [];

    /// <summary>The client opens a channel.</summary>
    public void OnOpening(ProxiedChannel channel)
    {
        if (channel.Type != ChannelTypes.Session) return;
        var session = new Tracked(channel);
        session.Entry = table.Add(new MuxSessionStart { ClientProcessId = processId }, session);
        lock (_sessions) _sessions.Add(channel, session);
        table.Open(session.Entry, channel.Traffic);
    }

    /// <summary>The client makes a request that is well formed.</summary>
    /// <param name="channel">On this channel.</param>
    /// <param name="type">Its type.</param>
    /// <param name="fields">What follows its want-reply.</param>
    public void OnRequest(ProxiedChannel channel, string type, SshReader fields)
    {
        Tracked? session;
        lock (_sessions)
        {
            if (!_sessions.TryGetValue(channel, out session)) return;
        }

        switch (type)
        {
            case ChannelRequestTypes.Shell:
                session.Entry!.Set(MuxSessionKind.Shell, default);
                break;
            case ChannelRequestTypes.Exec:
                session.Entry!.Set(MuxSessionKind.Exec, fields.ReadString().ToArray());
                break;
            case ChannelRequestTypes.Subsystem:
                session.Entry!.Set(MuxSessionKind.Subsystem, fields.ReadString().ToArray());
                break;
            case ChannelRequestTypes.Pty:
                session.Entry!.SetTerm(Encoding.UTF8.GetString(fields.ReadString()));
                session.SetSize(ref fields);
                break;
            case ChannelRequestTypes.WindowChange:
                session.SetSize(ref fields);
                break;
        }
    }

    /// <summary>A channel has gone.</summary>
    public void OnRemoved(ProxiedChannel channel)
    {
        Tracked? session;
        lock (_sessions)
        {
            if (!_sessions.Remove(channel, out session)) return;
        }

        table.Remove(session.Entry!);
    }

    /// <summary>The client has gone.</summary>
    public void Leave()
    {
        Tracked[] all;
        lock (_sessions)
        {
            all = [.. _sessions.Values];
            _sessions.Clear();
        }

        foreach (var session in all) table.Remove(session.Entry!);
    }

    /// <summary>One of them.</summary>
    private sealed class Tracked(ProxiedChannel channel) : IMuxTrackedSession
    {
        private object? _size; // a boxed TerminalSize: whoever asks gets a whole one

        public MuxSessionEntry? Entry { get; set; }

        public MuxSessionState State => channel.IsOpen switch
        {
            false => MuxSessionState.Opening,
            true when channel.IsClosing => MuxSessionState.Closing,
            true => MuxSessionState.Open,
        };

        public TerminalSize? TerminalSize => (TerminalSize?)Volatile.Read(ref _size);

        /// <summary>Takes width and height, in characters.</summary>
        public void SetSize(ref SshReader fields) =>
            Volatile.Write(ref _size, new TerminalSize(fields.ReadUInt32(), fields.ReadUInt32()));

        /// <summary>Asks without an answer: that would come to the client, who has not asked.</summary>
        public Task<bool> SignalAsync(string name)
        {
            var fields = new byte[SshWriter.StringLength(name)];
            var writer = new SshWriter(fields);
            writer.WriteString(name);
            return Task.FromResult(channel.SendSignal(writer.Written));
        }

        public void Close(SshException reason) => channel.CloseHere();
    }
}
