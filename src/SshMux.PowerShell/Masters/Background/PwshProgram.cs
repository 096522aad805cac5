using System.Management.Automation;
using System.Reflection;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>Which program to start as PowerShell.</summary>
internal static class PwshProgram
{
    private const string Name = "pwsh";
    private const string AssemblyName = "pwsh.dll";

    /// <summary>
    /// The program and its first arguments: what this process was itself started with if it is PowerShell, because that
    /// is what has found its runtime; else the one that belongs to the PowerShell in this process; else what is on PATH.
    /// </summary>
    public static IReadOnlyList<string> Find()
    {
        var own = Environment.ProcessPath ?? "";
        var isDotnet = Path.GetFileName(own) == "dotnet"; // it refuses to run under another name
        if (own.Length > 0 && Assembly.GetEntryAssembly() is { } entry && entry.GetName().Name == Name)
        {
            return isDotnet ? [own, .. HostOptions(), entry.Location] : [own];
        }

        // PowerShell as a part of another program.
        var home = Path.GetDirectoryName(typeof(PSObject).Assembly.Location) ?? "";
        var assembly = Path.Combine(home, AssemblyName);
        if (isDotnet && File.Exists(assembly)) return [own, assembly];
        var program = Path.Combine(home, Name);
        return [File.Exists(program) ? program : Name];
    }

    /// <summary>What "dotnet" was told before "pwsh.dll", such as --roll-forward.</summary>
    private static string[] HostOptions()
    {
        var line = File.ReadAllText("/proc/self/cmdline").Split('\0');
        var program = Array.FindIndex(line, argument => Path.GetFileName(argument) == AssemblyName);
        return program > 1 ? line[1..program] : [];
    }
}
