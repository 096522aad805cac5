using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Managed;

namespace SshMux.Engine.Tests.Cryptography;

[Trait("System", "any")]
public sealed class ManagedNistCurveTests : NistCurveTests
{
    private protected override INistCurves Provider { get; } = new ManagedNistCurves();
}
