using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Tests.Transport;

[Trait("System", "any")]
public sealed class ManagedDiffieHellmanTests : DiffieHellmanTests
{
    private protected override ICryptographyProvider Provider => CryptographyProvider.Managed;
}
