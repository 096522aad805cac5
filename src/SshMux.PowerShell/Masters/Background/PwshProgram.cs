using System.Management.Automation;
using SshMux.Engine;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>Which program to start as PowerShell.</summary>
internal static class PwshProgram
{
    /// <summary>
    /// The program and its first arguments: this process's own if it is pwsh, else the one that belongs to the
    /// PowerShell in this process, else what is on PATH.
    /// </summary>
    /// <exception cref="SshException">There is none.</exception>
    public static IReadOnlyList<string> Find()
    {
        var home = Path.GetDirectoryName(typeof(PSObject).Assembly.Location) ?? "";
        var own = Environment.ProcessPath ?? "";
        if (Path.GetFileName(own).StartsWith("pwsh", StringComparison.Ordinal)) return [own];
        var program = Path.Combine(home, "pwsh");
        if (File.Exists(program)) return [program];

        // Installed as a .NET tool, started as "dotnet pwsh.dll".
        var assembly = Path.Combine(home, "pwsh.dll");
        if (Path.GetFileName(own) == "dotnet" && File.Exists(assembly)) return [own, assembly];
        return ["pwsh"];
    }
}
