using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform.Files;

/// <summary>Paths with wildcards, by glob(3) of the C library.</summary>
[UnsupportedOSPlatform("windows")]
internal static class UnixPathPatterns
{
    // The same for all C libraries of Linux.
    private const int ExpandTilde = 1 << 12;

    /// <summary>Whether it has wildcards, or a backslash that takes the meaning from one.</summary>
    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny("*?[\\") >= 0;

    /// <summary>The paths for a pattern, in order.</summary>
    public static unsafe IReadOnlyList<string> Find(string pattern)
    {
        // In a set ssh(1)'s own glob takes ^ for itself, where that of the C library takes it for not.
        byte[] bytes = [.. ByteText.Encode(pattern.Replace("[^", "[\\^", StringComparison.Ordinal)), 0];
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
