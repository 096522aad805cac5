using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Tests.Transport;

public sealed class OpenSslPacketVectorTests : PacketVectorTests
{
    private protected override ICryptographyProvider Provider => CryptographyProvider.OpenSsl!;
}
