using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Transport;

/// <content>What ~I and MUX_C_EXT_INFO "connection" tell.</content>
internal sealed partial class SshTransport
{
    private readonly TimeSpan _created = Now;

    /// <inheritdoc/>
    string IMessageTransport.Describe()
    {
        var (local, remote) = EndPoints();
        var description = new ConnectionDescription
        {
            Machine = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Local = local,
            Remote = remote,
            Algorithms = Algorithms,
            Versions = (WithoutProtocol(_clientVersion), WithoutProtocol(ServerVersion)),
            Duration = Now - _created,
            RekeyBlocksIn = _options.HasRekeyLimit ? _keyLimits.BytesLimit(_decoder.BlockSize) / _decoder.BlockSize : null,
            RekeyBlocksOut = _options.HasRekeyLimit ? _keyLimits.BytesLimit(_encoder.BlockSize) / _encoder.BlockSize : null,
            RekeyInterval = _rekeyTimer.Interval,
            NextRekey = _rekeyTimer.Next,
            In = new(_decoder.PacketsWithKey, _decoder.BlocksWithKey, BytesReceived),
            CompressedIn = _decompressor?.Bytes,
            CompressedOut = _compressor?.Bytes,
            Out = new(_encoder.PacketsWithKey, _encoder.BlocksWithKey, BytesSent),
        };
        return description.ToString();
    }

    /// <summary>What follows "SSH-2.0-" or the like.</summary>
    private static string WithoutProtocol(string version) => version.Split('-', 3)[^1];

    private (IPEndPoint? Local, IPEndPoint? Remote) EndPoints()
    {
        if (_stream is not SocketStream { Socket: var socket }) return default;
        try
        {
            return (socket.LocalEndPoint as IPEndPoint, socket.RemoteEndPoint as IPEndPoint);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return default; // just ended
        }
    }
}
