using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>Fields that several messages have: how they are read, and what they must be to be written.</summary>
internal static class MuxFields
{
    /// <summary>Reads a text without a NUL (<see cref="ByteText"/>).</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: it has one, or is not there.</exception>
    public static string ReadText(ref SshReader reader)
    {
        var text = ByteText.Decode(reader.ReadString());
        return text.Contains('\0', StringComparison.Ordinal) ? throw NulInText() : text;
    }

    /// <summary>Reads a text without a NUL as the bytes that it is.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: it has one, or is not there.</exception>
    public static byte[] ReadBytes(ref SshReader reader)
    {
        var bytes = reader.ReadString();
        return bytes.Contains((byte)0) ? throw NulInText() : bytes.ToArray();
    }

    /// <summary>Reads a port, or <see cref="MuxProtocol.StreamLocalPort"/>.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: it is neither.</exception>
    public static uint ReadPort(ref SshReader reader)
    {
        var port = reader.ReadUInt32();
        return MuxProtocol.IsPort(port) ? port : throw SshException.Protocol($"{port} is not a port");
    }

    /// <summary>Reads a "bool", which is a uint32.</summary>
    public static bool ReadFlag(ref SshReader reader) => reader.ReadUInt32() != 0;

    /// <summary>Writes a "bool", which is a uint32.</summary>
    public static void WriteFlag(ref SshWriter writer, bool value) => writer.WriteUInt32(value ? 1u : 0);

    /// <summary>A text has no NUL.</summary>
    /// <exception cref="SshException"><see cref="SshError.NotSupported"/>: it has one.</exception>
    public static void DemandText(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal)) throw NulToSend();
    }

    /// <inheritdoc cref="DemandText(string)"/>
    public static void DemandText(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0)) throw NulToSend();
    }

    /// <summary>A number is a port, or <see cref="MuxProtocol.StreamLocalPort"/>.</summary>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static void DemandPort(uint port)
    {
        if (!MuxProtocol.IsPort(port)) throw new ArgumentException($"{port} is not a port");
    }

    private static SshException NulInText() => SshException.Protocol("a text has a NUL in it");

    private static SshException NulToSend() =>
        new(SshError.NotSupported, "a command, name or variable cannot have a NUL character in it");
}
