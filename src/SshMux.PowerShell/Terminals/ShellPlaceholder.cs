using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;

namespace SshMux.PowerShell.Terminals;

/// <summary>
/// A child that has the terminal. .NET sets the modes of its own start for it, and those of the console again when it
/// has ended, and forgets what it knows of the cursor; in between it leaves the terminal alone, even if other children
/// come and go.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ShellPlaceholder : IDisposable
{
    private readonly Process _process;

    private ShellPlaceholder(Process process) => _process = process;

    /// <summary>Starts it; null without a shell: then the remote terminal begins in whatever mode the console has left.</summary>
    public static ShellPlaceholder? Start()
    {
        try
        {
            var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("read -r _");
            return Process.Start(start) is { } process ? new ShellPlaceholder(process) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Ends it, and waits until .NET has the terminal again.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It was killed.
        }

        _process.WaitForExit();
        _process.Dispose();
    }
}
