using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Tests.Cryptography;

[Trait("System", "any")]
public sealed class ManagedPrimitiveTests : PrimitiveTests
{
    private protected override ICryptographyProvider Provider => CryptographyProvider.Managed;
}
