using System.Collections.Concurrent;
using SshMux.Engine.Sftp;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Sftp.ScriptedSftpServer;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>An sftp server whose files are in memory, so that it is there wherever the tests run.</summary>
internal sealed class MemorySftpServer : IAsyncDisposable
{
    private const uint Folder = 0x41ed;
    private const uint Time = 1_234_567_890;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _handles = [];
    private readonly List<ScriptedSftpServer> _sessions = [];
    private long _bytes;

    /// <summary>What there is, by path from the root.</summary>
    public ConcurrentDictionary<string, Entry> Entries { get; } = new([new("/", new Entry(null))]);

    /// <summary>After so many bytes of files that were read the server is gone.</summary>
    public long EndsAfter { get; set; } = long.MaxValue;

    /// <summary>Opens a session of its own: what an earlier one was still to be told does not come here.</summary>
    public Task<SftpClient> ConnectAsync()
    {
        var session = new ScriptedSftpServer((type, id, body) =>
        {
            lock (_lock) return Answer(type, id, body);
        });
        _sessions.Add(session);
        return session.ConnectAsync();
    }

    public void Add(string path, byte[]? content, uint? mode = null)
    {
        var entry = new Entry(content);
        entry.Mode = mode ?? entry.Mode;
        Entries[path] = entry;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions) await session.DisposeAsync();
    }

    private byte[]? Answer(byte type, uint id, byte[] body)
    {
        if (type == SftpProtocol.Init)
        {
            return Reply(SftpProtocol.VersionReply, 3, Text(SftpProtocol.PosixRename), Text("1"));
        }

        var reader = new SshReader(body);
        var name = ByteText.Decode(reader.ReadString());
        switch (type)
        {
            case SftpProtocol.RealPath: return List(id, [(name, new Entry(null))]);
            case SftpProtocol.Stat or SftpProtocol.LStat:
                return Entries.TryGetValue(name, out var found) ? Told(id, found) : Status(id, 2);
            case SftpProtocol.FStat: return Told(id, _handles[name]);
            case SftpProtocol.MakeDir:
                return Entries.TryAdd(name, new Entry(null) { First = Attributes(ref reader) }) ? Status(id, 0) : Status(id, 4);
            case SftpProtocol.OpenDir: return Opened(id, new Entry(null) { Name = name });
            case SftpProtocol.ReadDir: return ReadDir(id, _handles[name]);
            case SftpProtocol.Open: return Open(id, name, reader.ReadUInt32(), Attributes(ref reader));
            case SftpProtocol.Read: return Read(id, _handles[name], (long)reader.ReadUInt64(), (int)reader.ReadUInt32());
            case SftpProtocol.Write: return Write(id, _handles[name], (long)reader.ReadUInt64(), reader.ReadString());
            case SftpProtocol.FSetStat:
                _handles[name].Last = Attributes(ref reader);
                return Status(id, 0);
            case SftpProtocol.Remove: return Status(id, Entries.TryRemove(name, out _) ? 0u : 2u);
            case SftpProtocol.Extended:
                var (from, to) = (reader.ReadText(), reader.ReadText());
                if (!Entries.TryRemove(from, out var moved)) return Status(id, 2);
                Entries[to] = moved;
                return Status(id, 0);
            default: return Status(id, 0);
        }
    }

    private byte[] Open(uint id, string path, uint flags, SftpAttributes attributes)
    {
        var isThere = Entries.TryGetValue(path, out var entry);
        if ((flags & 0x20) != 0 && isThere) return Status(id, 4);
        if (!isThere && (flags & 0x8) == 0) return Status(id, 2);
        entry ??= Entries[path] = new Entry([]) { First = attributes };
        return Opened(id, entry);
    }

    private byte[] Opened(uint id, Entry entry)
    {
        var handle = $"handle {_handles.Count}";
        _handles[handle] = entry;
        return Reply(SftpProtocol.Handle, id, Text(handle));
    }

    private byte[] ReadDir(uint id, Entry list)
    {
        if (list.IsListed) return Status(id, 1);
        list.IsListed = true;
        var folder = list.Name!.TrimEnd('/') + "/";
        (string, Entry)[] names = [.. Entries
            .Where(one => one.Key.StartsWith(folder, StringComparison.Ordinal) && one.Key.Length > folder.Length
                && one.Key.IndexOf('/', folder.Length) < 0)
            .OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => (one.Key[folder.Length..], one.Value))];
        return names.Length == 0 ? Status(id, 1) : List(id, names);
    }

    private byte[]? Read(uint id, Entry file, long offset, int length)
    {
        if (offset >= file.Content!.Length) return Status(id, 1);
        var piece = file.Content.AsSpan((int)offset, (int)Math.Min(length, file.Content.Length - offset)).ToArray();
        _bytes += piece.Length;
        return _bytes > EndsAfter ? null : Reply(SftpProtocol.Data, id, Number((uint)piece.Length), piece);
    }

    private static byte[] Write(uint id, Entry file, long offset, ReadOnlySpan<byte> data)
    {
        var content = file.Content!;
        if (content.Length < offset + data.Length) Array.Resize(ref content, (int)offset + data.Length);
        data.CopyTo(content.AsSpan((int)offset));
        file.Content = content;
        return Status(id, 0);
    }

    private static SftpAttributes Attributes(ref SshReader reader) => SftpCodec.DecodeAttributes(reader.Rest);

    private static byte[] Told(uint id, Entry entry) => Reply(SftpProtocol.Attributes, id, Told(entry));

    private static byte[] Told(Entry entry) =>
    [
        .. Number(SftpProtocol.AttributeSize | SftpProtocol.AttributePermissions | SftpProtocol.AttributeTimes),
        .. Number(0), .. Number((uint)(entry.Content?.Length ?? 0)), .. Number(entry.Mode), .. Number(Time), .. Number(Time),
    ];

    private static byte[] List(uint id, (string Name, Entry Entry)[] names) => Reply(
        SftpProtocol.Name,
        id,
        [Number((uint)names.Length), .. names.SelectMany(one => new[] { Text(one.Name), Text(""), Told(one.Entry) })]);

    /// <summary>A file, or a folder (with no content).</summary>
    public sealed class Entry(byte[]? content)
    {
        public string? Name { get; init; }

        public byte[]? Content { get; set; } = content;

        public uint Mode { get; set; } = content is null ? Folder : 0x81a4;

        /// <summary>What it was made with.</summary>
        public SftpAttributes First { get; init; }

        /// <summary>What was set in the end.</summary>
        public SftpAttributes Last { get; set; }

        public bool IsListed { get; set; }
    }
}
