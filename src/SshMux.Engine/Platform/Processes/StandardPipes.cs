using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Processes;

/// <summary>This process's own standard input and output, as whoever started it uses them to carry a connection.</summary>
internal static class StandardPipes
{
    /// <summary>Opens copies of both: closing them leaves the standard ones as they are.</summary>
    /// <exception cref="SshException">Standard input or output is not open, or carries nothing on this system.</exception>
    public static (ChildOutput Input, ChildInput Output) Open() => OperatingSystem.IsWindows()
        ? throw new SshException(
            SshError.NotSupported,
            "standard input and output cannot carry a connection on Windows yet: name a program that does")
        : OpenCopies();

    [UnsupportedOSPlatform("windows")]
    private static (ChildOutput Input, ChildInput Output) OpenCopies()
    {
        var input = new UnixChildOutput(DescriptorHandle.Duplicate(0));
        try
        {
            return (input, new UnixChildInput(DescriptorHandle.Duplicate(1)));
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }
}
