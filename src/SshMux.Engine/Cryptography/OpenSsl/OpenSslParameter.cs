using System.Runtime.InteropServices;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>OSSL_PARAM of OpenSSL 3; all zero is the end of a list.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct OpenSslParameter(byte* name, uint type, void* data, int length)
{
    public const uint Integer = 1;
    public const uint UnsignedInteger = 2;
    public const uint Utf8String = 4;

    private readonly byte* _name = name;
    private readonly uint _type = type;
    private readonly void* _data = data;
    private readonly nuint _length = (nuint)length;
    private readonly nuint _returned;

    /// <summary>A big-endian number, which is put into the buffer in the machine's byte order.</summary>
    public static OpenSslParameter Number(byte* name, ReadOnlySpan<byte> bigEndian, ref byte* buffer)
    {
        var place = new Span<byte>(buffer, bigEndian.Length);
        bigEndian.CopyTo(place);
        SwapOrder(place);
        buffer += bigEndian.Length;
        return new OpenSslParameter(name, UnsignedInteger, buffer - bigEndian.Length, bigEndian.Length);
    }

    /// <summary>Turns a number's bytes from big-endian to the machine's order, or back.</summary>
    public static void SwapOrder(Span<byte> number)
    {
        if (BitConverter.IsLittleEndian) number.Reverse();
    }
}
