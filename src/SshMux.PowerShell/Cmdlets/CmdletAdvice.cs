using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using SshMux.Engine;

namespace SshMux.PowerShell;

/// <summary>The engine's advice in the words of cmdlets, also in the process of a background master.</summary>
internal static class CmdletAdvice
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Nothing of this assembly may speak before it.")]
    internal static void Say() => Advice.Words = new Advice
    {
        NameKey = "-KeyFilePath or IdentityFile",
        OnlyNamedKeys = "name it with -KeyFilePath and set -Options @{ IdentitiesOnly = 'yes' }",
        AcceptHostKey = "-AcceptNewHostKey",
        StopMaster = "Stop-SshMux",
        OpenMaster = "New-SshMaster -ControlPath",
    };
}
