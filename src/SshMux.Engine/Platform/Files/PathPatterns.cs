using System.Runtime.InteropServices;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform.Files;

/// <summary>Paths with wildcards.</summary>
internal static class PathPatterns
{
    // The same for all C libraries of Linux.
    private const int ExpandTilde = 1 << 12;

    /// <summary>
    /// The paths that there are for a pattern with <c>*</c>, <c>?</c>, <c>[...]</c> and a leading <c>~</c> (glob(3)), in
    /// order; none if there are none.
    /// </summary>
    /// <exception cref="IOException">The system has no such patterns.</exception>
    public static unsafe IReadOnlyList<string> Find(string pattern)
    {
        // Windows has no such call.
        if (OperatingSystem.IsWindows()) throw new IOException("patterns of paths are not supported on Windows yet");
        byte[] bytes = [.. ByteText.Encode(pattern), 0];
        LibC.PathList found = default;
        fixed (byte* text = &MemoryMarshal.GetArrayDataReference(bytes))
        {
            // It can fail for nothing but that there is no such path, as folders that cannot be read are passed over.
            if (LibC.Glob(text, ExpandTilde, null, &found) != 0) return [];
        }

        try
        {
            var paths = new string[found.Count];
            for (var i = 0; i < paths.Length; i++)
            {
                paths[i] = ByteText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(found.Paths[i]));
            }

            return paths;
        }
        finally
        {
            LibC.GlobFree(&found);
        }
    }
}
