using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.Principal;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// Makes pipes to programs. Anonymous pipes block a thread for every read; this end of a named pipe does not, and the
/// program's end is like one of an anonymous pipe.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class WindowsPipe
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Makes a pipe that this process reads (In) or writes (Out).</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static (NamedPipeServerStream Here, NamedPipeClientStream There) Create(PipeDirection direction)
    {
        var name = $"sshmux-{Guid.NewGuid():N}";
        var here = new NamedPipeServerStream(
            name,
            direction,
            maxNumberOfServerInstances: 1,
            PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly | PipeOptions.FirstPipeInstance,
            BufferSize,
            BufferSize);
        try
        {
            var there = new NamedPipeClientStream(
                ".",
                name,
                direction == PipeDirection.In ? PipeDirection.Out : PipeDirection.In,
                PipeOptions.CurrentUserOnly,
                TokenImpersonationLevel.Anonymous);
            try
            {
                // There is one place, and whoever else took it: then this fails.
                there.Connect(0);
                here.WaitForConnection();
                return (here, there);
            }
            catch
            {
                there.Dispose();
                throw;
            }
        }
        catch
        {
            here.Dispose();
            throw;
        }
    }
}
