using SshMux.Engine.Cryptography;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cryptography;

public sealed class SystemNistCurveTests : NistCurveTests
{
    private protected override INistCurves Provider { get; } = LibcryptoProvider.Get().NistCurves;
}
