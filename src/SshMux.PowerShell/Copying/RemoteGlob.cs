using System.Management.Automation;
using System.Runtime.CompilerServices;
using SshMux.Engine;
using SshMux.Engine.Sftp;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell.Copying;

/// <summary>
/// Wildcards in paths of a server: those of PowerShell, which match the names of one folder each and case matters. As
/// in a shell, hidden names are only matched by patterns that begin with a dot, unless they are asked for.
/// </summary>
internal static class RemoteGlob
{
    // A server may list names without end; this many paths can be remembered as copied.
    private const int MostMatches = 1_000_000;

    /// <summary>The paths that match; one without wildcards is itself, whether it exists or not.</summary>
    public static async IAsyncEnumerable<string> FindAsync(
        SftpClient client,
        string path,
        bool hidden,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (!Wildcards.AreIn(path))
        {
            yield return Wildcards.Name(path);
            yield break;
        }

        var count = 0;
        await foreach (var match in MatchAsync(client, "", path.Split('/'), 0, hidden, cancellationToken)
            .ConfigureAwait(false))
        {
            if (++count > MostMatches)
            {
                throw new SshException(
                    SshError.FileFailed,
                    $"more than {MostMatches:N0} names match '{Printable.Text(path, 1024)}'; copy the folder with -Recurse");
            }

            yield return match;
        }
    }

    private static async IAsyncEnumerable<string> MatchAsync(
        SftpClient client,
        string folder,
        string[] parts,
        int index,
        bool hidden,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (index < parts.Length && !Wildcards.AreIn(parts[index]))
        {
            folder += Wildcards.Name(parts[index]) + (index < parts.Length - 1 ? "/" : "");
            if (++index < parts.Length) continue;
            if (await client.FindAttributesAsync(folder, followLink: false, cancellationToken).ConfigureAwait(false)
                is not null)
            {
                yield return folder;
            }

            yield break;
        }

        var pattern = Wildcards.Get(parts[index], WildcardOptions.None);
        var wantsHidden = hidden || parts[index][0] == '.';
        await foreach (var entry in client.ListAsync(folder.Length == 0 ? "." : folder, cancellationToken)
            .ConfigureAwait(false))
        {
            if (!pattern.IsMatch(entry.Name) || (entry.Name.StartsWith('.') && !wantsHidden)) continue;
            if (!entry.IsNameSafe)
            {
                throw new SshException(
                    SshError.FileNameRefused,
                    $"the server lists a name in '{Printable.Text(folder, 1024)}' that leads out of that folder; "
                    + "nothing more of it is copied");
            }

            var path = folder + entry.Name;
            if (index == parts.Length - 1)
            {
                yield return path;
                continue;
            }

            if (!entry.Attributes.IsFolder && !entry.Attributes.IsLink && entry.Attributes.Mode is not null) continue;
            await foreach (var match in MatchAsync(client, path + "/", parts, index + 1, hidden, cancellationToken)
                .ConfigureAwait(false))
            {
                yield return match;
            }
        }
    }
}
