using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Benchmarks.Lab;

/// <summary>
/// The least that can run a command over a master: it writes the protocol's three messages and descriptors, and reads
/// until the exit message. It shows what a master and sshd take, without any client program or library.
/// </summary>
internal static class BareMuxClient
{
    private const uint Hello = 1;
    private const uint NewSession = 0x10000002;
    private const uint ExitMessage = 0x80000004;
    private const uint Version = 4;
    private const uint NoEscapeCharacter = 0xffffffff;

    /// <summary>Runs a command whose streams are /dev/null; gives its exit status.</summary>
    public static Task<uint> RunAsync(string controlPath, string command, CancellationToken cancellationToken) =>
        RunAsync(controlPath, command, null, null, cancellationToken);

    /// <summary>Runs a command on the given descriptors; null is /dev/null.</summary>
    public static async Task<uint> RunAsync(
        string controlPath,
        string command,
        DescriptorHandle? input,
        DescriptorHandle? output,
        CancellationToken cancellationToken)
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(controlPath), cancellationToken);
        await socket.SendAsync(Request(command), cancellationToken);
        foreach (var descriptor in new[] { input ?? nothing, output ?? nothing, nothing })
        {
            while (!DescriptorPassing.TrySend(socket, descriptor)) await Task.Yield();
        }

        var buffer = new byte[256];
        while (true)
        {
            await ReadAsync(socket, buffer.AsMemory(0, 4), cancellationToken);
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(buffer);
            await ReadAsync(socket, buffer.AsMemory(0, length), cancellationToken);

            // The type, the session's id, the status.
            if (BinaryPrimitives.ReadUInt32BigEndian(buffer) == ExitMessage)
            {
                return BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(8));
            }
        }
    }

    private static byte[] Request(string command)
    {
        var text = Encoding.UTF8.GetBytes(command);
        uint[] head = [8, Hello, Version];
        uint[] session =
            [(uint)(40 + text.Length), NewSession, 0, 0, 0, 0, 0, 0, NoEscapeCharacter, 0, (uint)text.Length];
        var bytes = new byte[((head.Length + session.Length) * 4) + text.Length];
        var position = 0;
        foreach (var number in head.Concat(session))
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(position), number);
            position += 4;
        }

        text.CopyTo(bytes, position);
        return bytes;
    }

    private static async Task ReadAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var count = await socket.ReceiveAsync(buffer, cancellationToken);
            if (count == 0) throw new EndOfStreamException("the master ended the session");
            buffer = buffer[count..];
        }
    }
}
