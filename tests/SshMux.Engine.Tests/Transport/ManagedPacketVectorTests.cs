using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Tests.Transport;

[Trait("System", "any")]
public sealed class ManagedPacketVectorTests : PacketVectorTests
{
    private protected override ICryptographyProvider Provider => CryptographyProvider.Managed;
}
