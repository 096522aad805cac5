using System.Buffers.Binary;
using System.Text;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>The first message of an X11 client, made by other means than the code under test.</summary>
internal static class X11ClientMessage
{
    public static byte[] Create(bool bigEndian, string protocol, ReadOnlySpan<byte> data)
    {
        var message = new List<byte> { bigEndian ? (byte)'B' : (byte)'l', 0 };
        AddNumber(11);
        AddNumber(0);
        AddNumber(protocol.Length);
        AddNumber(data.Length);
        AddNumber(0);
        AddPadded(Encoding.ASCII.GetBytes(protocol));
        AddPadded(data.ToArray());
        return [.. message];

        void AddNumber(int number)
        {
            var bytes = new byte[2];
            if (bigEndian) BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)number);
            else BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)number);
            message.AddRange(bytes);
        }

        void AddPadded(byte[] bytes)
        {
            message.AddRange(bytes);
            while (message.Count % 4 != 0) message.Add(0);
        }
    }
}
