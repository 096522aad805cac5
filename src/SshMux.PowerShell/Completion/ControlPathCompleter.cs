using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Net.Sockets;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Masters.Listening;

namespace SshMux.PowerShell.Completion;

/// <summary>
/// Completes -ControlPath with living control sockets: this process's, those in the folder for control sockets, and
/// those in the folders that ssh_config names for them. Where none fits, files are completed.
/// </summary>
public sealed class ControlPathCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = new CompletionWord(wordToComplete);
        return CompletionWord.Offer(() => FilePath.Complete(word, Sockets()));
    }

    private static IEnumerable<(string Path, string ToolTip)> Sockets()
    {
        foreach (var master in MasterRegistry.Find("*"))
        {
            if (master is not { IsOpen: true, ControlPath: { } path }) continue;
            yield return (path, $"{master.Name}, {master.HostName}");
        }

        IEnumerable<string> configured = ConfiguredFolders().SelectMany(Directory.GetFiles);
        IEnumerable<string> files = [.. ControlFolder.Sockets(), .. configured];
        foreach (var file in files.Distinct())
        {
            if (IsAlive(file)) yield return (file, "control socket");
        }
    }

    private static IEnumerable<string> ConfiguredFolders() => ConfigurationFiles.Settings(null)
        .Where(setting => setting.Keyword.Equals("ControlPath", StringComparison.OrdinalIgnoreCase))
        .Select(setting => Path.GetDirectoryName(ConfigurationFiles.Expand(setting.Arguments[0])))
        .OfType<string>().Append(ConfigurationFiles.UserFolder).Distinct()
        .Where(folder => !folder.Contains('%', StringComparison.Ordinal) && Directory.Exists(folder));

    /// <summary>Whether somebody listens there: the kernel says it at once, whoever that is and however busy.</summary>
    private static bool IsAlive(string path)
    {
        // A socket has no length; what has one need not be asked.
        if (new FileInfo(path) is not { Exists: true, Length: 0 }) return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Blocking = false;
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            // So many clients wait there that it is alive.
            return e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress;
        }
    }
}
