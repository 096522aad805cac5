using System.Buffers.Binary;
using System.IO.Pipelines;
using SshMux.Engine.Sftp;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>An sftp server that answers as a test says; it can misbehave at any step.</summary>
internal sealed class ScriptedSftpServer : IAsyncDisposable
{
    private readonly Pipe _requests = new();
    private readonly Pipe _replies = new();
    private readonly Task _serving;

    /// <param name="answer">Gets type, id and body of a request, and gives the whole replies to it; null ends the
    /// stream.</param>
    public ScriptedSftpServer(Func<byte, uint, byte[], byte[]?> answer)
    {
        Input = _requests.Writer.AsStream();
        Output = _replies.Reader.AsStream();
        _serving = Task.Run(() => ServeAsync(answer));
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public static byte[] Greeting { get; } = Reply(SftpProtocol.VersionReply, 3, []);

    public static byte[] Reply(byte type, uint id, params byte[][] body)
    {
        byte[] all = [.. body.SelectMany(part => part)];
        var packet = new byte[9 + all.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - 4);
        packet[4] = type;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(5), id);
        all.CopyTo(packet, 9);
        return packet;
    }

    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Text(string text)
    {
        var bytes = ByteText.Encode(text);
        return [.. Number((uint)bytes.Length), .. bytes];
    }

    public static byte[] Status(uint id, uint code, string message = "") =>
        Reply(SftpProtocol.Status, id, Number(code), Text(message), Text(""));

    public static byte[] Names(uint id, params (string Name, uint Mode)[] names) => Reply(
        SftpProtocol.Name,
        id,
        [Number((uint)names.Length), .. names.SelectMany(one => new[] { Text(one.Name), Text(""), Mode(one.Mode) })]);

    public static byte[] Mode(uint mode) => [.. Number(SftpProtocol.AttributePermissions), .. Number(mode)];

    public Task<SftpClient> ConnectAsync() => SftpClient.OpenAsync(Input, Output, "evil", default);

    public async ValueTask DisposeAsync()
    {
        await _replies.Reader.CompleteAsync(); // ends a reply that nobody reads
        await _requests.Writer.CompleteAsync();
        await _serving;
    }

    private async Task ServeAsync(Func<byte, uint, byte[], byte[]?> answer)
    {
        var stream = _requests.Reader.AsStream(leaveOpen: true);
        var header = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(header);
                var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header) - 5];
                await stream.ReadExactlyAsync(body);
                var id = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(5));
                if (answer(header[4], id, body) is not { } reply) break;
                await _replies.Writer.WriteAsync(reply);
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The client has ended.
        }

        await _replies.Writer.CompleteAsync();
        await _requests.Reader.CompleteAsync();
    }
}
