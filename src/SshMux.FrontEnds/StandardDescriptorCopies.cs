using System.Globalization;
using System.Runtime.Versioning;
using SshMux.Engine;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.FrontEnds;

/// <summary>
/// The copies of the standard descriptors that the .NET runtime makes when it starts and never closes. A process that
/// goes to the background must let go of them, too: whoever reads the other end of a pipe would wait for it for ever.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class StandardDescriptorCopies
{
    private const string Folder = "/proc/self/fd";

    private readonly List<(int Copy, int Standard)> _copies = [];

    private StandardDescriptorCopies()
    {
    }

    /// <summary>
    /// Finds them. To be called first of all, before the process makes copies of its own, which would count too. Finds
    /// nothing where the system does not tell what descriptors refer to.
    /// </summary>
    public static StandardDescriptorCopies Find()
    {
        var found = new StandardDescriptorCopies();
        if (!Directory.Exists(Folder)) return found;
        string?[] standard = [TargetOf(0), TargetOf(1), TargetOf(2)];
        foreach (var entry in Directory.EnumerateFileSystemEntries(Folder))
        {
            var number = int.Parse(Path.GetFileName(entry.AsSpan()), CultureInfo.InvariantCulture);
            if (number <= 2 || TargetOf(number) is not { } target) continue;
            var index = Array.IndexOf(standard, target);
            if (index >= 0) found._copies.Add((number, index));
        }

        return found;
    }

    /// <summary>
    /// Points them at /dev/null, as <see cref="DetachedProcess.ReleaseStandardDescriptors"/> does with the originals.
    /// </summary>
    /// <param name="keepError">Leaves those of standard error alone.</param>
    /// <exception cref="SshException">/dev/null cannot be opened.</exception>
    public void Release(bool keepError = false)
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        foreach (var (copy, standard) in _copies)
        {
            if (standard == 2 && keepError) continue;
            DetachedProcess.Redirect(nothing, copy);

            // Unlike dup2, the runtime had it close-on-exec.
            _ = DescriptorInheritance.Forbid(copy);
        }

        _copies.Clear();
    }

    private static string? TargetOf(int descriptor)
    {
        try
        {
            return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"{Folder}/{descriptor}")).LinkTarget;
        }
        catch (IOException)
        {
            // Closed meanwhile, as the one is that the folder is read with.
            return null;
        }
    }
}
