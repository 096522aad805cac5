using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// Whole frames over the socket between a cmdlet and the process of a background master: length of the rest, kind,
/// body. One receiver at a time. If the other side is gone, what is sent is dropped: who receives sees the end.
/// </summary>
internal sealed class FrameChannel(Socket socket) : IDisposable
{
    private const int MaxLength = 16 * 1024 * 1024;
    private const int HeaderLength = 5;

    private readonly SemaphoreSlim _sending = new(1, 1);

    /// <summary>Sends a frame, whose body <paramref name="write"/> writes.</summary>
    public Task SendAsync(FrameKind kind, Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        stream.SetLength(HeaderLength);
        stream.Position = HeaderLength;
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        write(writer);
        writer.Flush();
        return SendAsync(kind, stream.ToArray());
    }

    /// <summary>Sends an answer to a question for a secret (null: there is none), and wipes its copies.</summary>
    public async Task SendSecretAsync(int question, Secret? answer)
    {
        var text = answer?.ToUtf8() ?? [];
        var frame = GC.AllocateUninitializedArray<byte>(HeaderLength + 5 + text.Length, pinned: true);
        try
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(HeaderLength), question);
            frame[HeaderLength + 4] = answer is null ? (byte)0 : (byte)1;
            text.CopyTo(frame, HeaderLength + 5);
            await SendAsync(FrameKind.SecretAnswer, frame).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(frame);
        }
    }

    /// <summary>Reads the body of what <see cref="SendSecretAsync"/> sent, and wipes it.</summary>
    public static (int Question, Secret? Answer) ReadSecret(byte[] body)
    {
        var question = BinaryPrimitives.ReadInt32LittleEndian(body);
        if (body[4] == 0) return (question, null);
        var text = body.AsSpan(5);
        var characters = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(text), pinned: true);
        Encoding.UTF8.GetChars(text, characters);
        CryptographicOperations.ZeroMemory(body);
        var answer = new Secret(characters);
        Array.Clear(characters);
        return (question, answer);
    }

    /// <summary>The next frame; null if the other side is gone, or sends what is none.</summary>
    public async Task<(FrameKind Kind, byte[] Body)?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        var header = new byte[HeaderLength];
        if (!await FillAsync(header, cancellationToken).ConfigureAwait(false)) return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(header);
        if (length is < 0 or > MaxLength) return null;

        // A secret must not be moved, which would leave a copy.
        var body = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        return await FillAsync(body, cancellationToken).ConfigureAwait(false) ? ((FrameKind)header[4], body) : null;
    }

    /// <summary>Reads a frame's body.</summary>
    public static BinaryReader Open(byte[] body) => new(new MemoryStream(body), Encoding.UTF8);

    /// <summary>Closes this end.</summary>
    public void Dispose() => socket.Dispose();

    /// <summary>Sends a frame that has room for the header.</summary>
    private async Task SendAsync(FrameKind kind, byte[] frame)
    {
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - HeaderLength);
        frame[4] = (byte)kind;
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            for (var sent = 0; sent < frame.Length;)
            {
                sent += await socket.SendAsync(frame.AsMemory(sent), SocketFlags.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // As the summary says.
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task<bool> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (buffer.Length > 0)
            {
                var count = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken)
                    .ConfigureAwait(false);
                if (count == 0) return false;
                buffer = buffer[count..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
