using SshMux.Engine.Cryptography;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Transport;

public sealed class OpenSslDiffieHellmanTests : DiffieHellmanTests
{
    private protected override ICryptographyProvider Provider => LibcryptoProvider.Get();
}
