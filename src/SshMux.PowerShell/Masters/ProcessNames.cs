using System.Diagnostics;
using System.Globalization;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Masters;

/// <summary>Processes as people know them.</summary>
internal static class ProcessNames
{
    /// <summary>"pwsh, process 123"; only the number where the name cannot be had.</summary>
    public static string Describe(int id)
    {
        var number = id.ToString(CultureInfo.InvariantCulture);
        try
        {
            using var process = Process.GetProcessById(id);
            return $"{Printable.Text(process.ProcessName, 64)}, process {number}";
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return $"process {number}";
        }
    }
}
