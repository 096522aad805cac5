using System.Globalization;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// A process of this user that is not a child: it is looked at, and signalled, without a moment in which another one could
/// get its number.
/// </summary>
internal sealed class WatchedProcess : IDisposable
{
    private const int PidFdOpen = 434; // the same on every architecture, as the next
    private const int PidFdSendSignal = 424;

    private readonly DescriptorHandle? _descriptor;

    private WatchedProcess(int id, DescriptorHandle? descriptor)
    {
        Id = id;
        _descriptor = descriptor;
    }

    /// <summary>The process id.</summary>
    public int Id { get; }

    /// <summary>
    /// Its arguments, as they are now; null if it has ended, or runs as another user than this process.
    /// </summary>
    public IReadOnlyList<string>? Arguments
    {
        get
        {
            try
            {
                var id = Id.ToString(CultureInfo.InvariantCulture);
                var owner = Array.Find(
                    File.ReadAllLines($"/proc/{id}/status"),
                    line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t');
                if (owner is not [_, _, var effective, ..]
                    || effective != Syscall.geteuid().ToString(CultureInfo.InvariantCulture))
                {
                    return null;
                }

                return File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>The process with a number; null if there is none.</summary>
    public static WatchedProcess? Find(int id)
    {
        if (id <= 0) return null;
        var descriptor = (int)LibC.SystemCall(PidFdOpen, id, 0);
        if (descriptor >= 0) return new WatchedProcess(id, new DescriptorHandle(descriptor));

        // A kernel before 5.3, or a sandbox that forbids it: then the number has to do.
        return SystemError.Last == Errno.ESRCH ? null : new WatchedProcess(id, null);
    }

    /// <summary>Asks it to end (SIGTERM). Does nothing if it has ended.</summary>
    public void Terminate()
    {
        if (_descriptor is null) _ = Syscall.kill(Id, Signum.SIGTERM);
        else _ = LibC.SystemCall(PidFdSendSignal, _descriptor.Number, (int)Signum.SIGTERM, 0, 0);
    }

    /// <summary>Looks at it no more.</summary>
    public void Dispose() => _descriptor?.Dispose();
}
