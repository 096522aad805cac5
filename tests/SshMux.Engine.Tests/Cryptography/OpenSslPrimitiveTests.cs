using SshMux.Engine.Cryptography;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cryptography;

public sealed class OpenSslPrimitiveTests : PrimitiveTests
{
    private protected override ICryptographyProvider Provider => LibcryptoProvider.Get();
}
