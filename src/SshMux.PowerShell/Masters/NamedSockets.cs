using SshMux.Engine.Mux.Protocol;
using SshMux.PowerShell.Masters.Listening;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters;

/// <summary>
/// Masters that live inside other processes, by the names that Get-SshMaster shows for them: those of their sockets'
/// files, in the folder for control sockets or where this process has listed them.
/// </summary>
internal static class NamedSockets
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Shown = new(StringComparer.Ordinal);

    /// <summary>A master at this path was shown by its name.</summary>
    public static void Remember(string controlPath)
    {
        lock (Gate) Shown.Add(controlPath);
    }

    /// <summary>The masters with a name, without wildcards; whether they live is not known.</summary>
    public static IReadOnlyList<Master> Find(string name)
    {
        if (!ControlSocket.IsPossible) return [];
        string[] shown;
        lock (Gate) shown = [.. Shown];
        return
        [
            .. ControlFolder.Sockets().Concat(shown).Distinct()
                .Where(path => name.Equals(SocketMaster.NameOf(path), StringComparison.OrdinalIgnoreCase)
                    && File.Exists(path))
                .Select(path => MasterRegistry.FindByControlPath(path) ?? SocketMaster.At(path)),
        ];
    }
}
