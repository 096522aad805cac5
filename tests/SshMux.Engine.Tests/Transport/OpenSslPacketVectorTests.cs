using SshMux.Engine.Cryptography;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Transport;

public sealed class OpenSslPacketVectorTests : PacketVectorTests
{
    private protected override ICryptographyProvider Provider => LibcryptoProvider.Get();
}
