using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// The address of a unix socket whose path may have bytes that are no UTF-8 (<see cref="ByteText"/>), of which .NET's
/// <see cref="UnixDomainSocketEndPoint"/> would make another path.
/// </summary>
internal sealed class UnixSocketEndPoint : EndPoint
{
    private const int FamilyLength = 2;

    private readonly byte[] _path;

    private UnixSocketEndPoint(byte[] path) => _path = path;

    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <summary>The address of a path.</summary>
    /// <exception cref="ArgumentException">It is empty, or too long for a socket's address.</exception>
    public static EndPoint Of(string path) =>
        ByteText.IsUtf8(path) ? new UnixDomainSocketEndPoint(path) : new UnixSocketEndPoint(ByteText.Encode(path));

    /// <inheritdoc/>
    public override SocketAddress Serialize()
    {
        var address = new SocketAddress(AddressFamily.Unix, FamilyLength + _path.Length + 1);
        for (var i = 0; i < _path.Length; i++) address[FamilyLength + i] = _path[i];
        return address;
    }

    /// <inheritdoc/>
    public override EndPoint Create(SocketAddress socketAddress) => this;
}
