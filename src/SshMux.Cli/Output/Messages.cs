using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Wire;
using SshMux.FrontEnds;

namespace SshMux.Cli.Output;

/// <summary>
/// What the command says to its user: on standard error, or in the file of -E. Written with write(2), because the
/// Console costs time at every start and touches the terminal's settings.
/// </summary>
internal sealed class Messages : IDisposable
{
    /// <summary>The descriptor of standard output.</summary>
    public const int StandardOutput = 1;

    private const int StandardError = 2;

    private readonly Lock _lock = new();
    private FileStream? _file;
    private bool _isTerminalRaw;

    /// <summary>How much is said.</summary>
    public Verbosity Verbosity { get; set; } = Verbosity.Info;

    /// <summary>Patterns of messages that are said whatever the verbosity (LogVerbose).</summary>
    public IReadOnlyList<string> Forced { get; set; } = [];

    /// <summary>Whether messages go to a file.</summary>
    public bool HasFile => _file is not null;

    /// <summary>Writes messages to the end of a file from now on, as -E asks.</summary>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public void UseFile(string path)
    {
        if (!ByteText.IsUtf8(path))
        {
            throw new UsageException($"Couldn't open logfile {path}: its name has bytes that are no UTF-8; use another");
        }

        try
        {
            _file = OwnFiles.Current.OpenToAppend(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"Couldn't open logfile {path}: {e.Message}");
        }
    }

    /// <summary>Says on standard error what the user asked for, whatever the verbosity.</summary>
    public void Say(string text) => WriteError(text + LineEnd);

    /// <summary>Writes text to standard error as it is.</summary>
    public static void WriteError(string text) => Write(StandardError, text);

    /// <summary>Writes text to a descriptor; gives false if nobody takes it any more.</summary>
    public static bool Write(int descriptor, string text) => Terminal.Write(descriptor, text);

    /// <summary>Writes bytes as they are to a descriptor. False if nobody reads it any more.</summary>
    public static bool Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var file = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, 0);
            file.Write(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Says whether the terminal is in raw mode, where a line end alone does not bring the cursor to the line's beginning.
    /// </summary>
    public void SetRawTerminal(bool isRaw) => _isTerminalRaw = isRaw;

    /// <summary>Says why the command fails.</summary>
    public void Error(string text)
    {
        if (Verbosity >= Verbosity.Fatal) Log($"sshmux: {text}");
    }

    /// <summary>Says why the command fails, with where it happened at the highest verbosity.</summary>
    public void Error(Exception exception)
    {
        if (exception is SshException && InSshsForm(exception.Message) is { } text)
        {
            if (Verbosity >= Verbosity.Fatal) Log(text);
        }
        else
        {
            Error(exception is SshException or UsageException ? exception.Message
                : $"unexpected {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")} "
                  + "(-vvv shows where; please report it)");
        }

        if (Verbosity >= Verbosity.Debug3) Log($"debug3: {exception}".ReplaceLineEndings("\ndebug3: "));
    }

    /// <summary>Says why a connection ended; that the server has gone, in ssh(1)'s words.</summary>
    public void Lost(string hostName, SshException reason) => Error(
        reason.Error == SshError.ConnectionLost
            ? new SshException(
                reason.Error, $"Connection to {hostName} closed by remote host. ({reason.Message})", reason)
            : reason);

    /// <summary>
    /// A message that ssh(1) has, too, as it begins there, for those who look for it in a line; null for others.
    /// </summary>
    private static string? InSshsForm(string text) =>
        text.StartsWith("connect to host ", StringComparison.Ordinal)
                || text.StartsWith("Could not resolve hostname ", StringComparison.Ordinal)
            ? $"ssh: {text}"
            : (text.Contains(": Permission denied (", StringComparison.Ordinal)
                    && !text.StartsWith("jump host ", StringComparison.Ordinal))
                || text.StartsWith("Host key verification failed.", StringComparison.Ordinal)
                || text.StartsWith("Connection ", StringComparison.Ordinal)
                || text.StartsWith("Unable to negotiate", StringComparison.Ordinal)
                || text.StartsWith("kex_exchange_identification: ", StringComparison.Ordinal)
            ? text
            : null;

    /// <summary>Says something that a user should know although the command goes on.</summary>
    public void Notice(string text)
    {
        if (Verbosity >= Verbosity.Info) Log(text);
    }

    /// <summary>Says what happens, for -v.</summary>
    public void Debug(string text, [CallerMemberName] string name = "")
    {
        if (IsForced(name)) Log($"debug1: {name}: {text}");
        else if (Verbosity >= Verbosity.Debug1) Log($"debug1: {text}");
    }

    /// <summary>What was read of the configuration, and who says what there, for -v and -vv.</summary>
    public void Configuration(HostConfiguration configuration)
    {
        foreach (var warning in configuration.Warnings) Notice(warning);
        foreach (var step in configuration.Steps) Debug(step);
        if (Verbosity < Verbosity.Debug2) return;
        foreach (var setting in configuration.Show())
        {
            if (setting.Origin is { File: not null } origin) Log($"debug2: {setting} ({origin})");
        }
    }

    /// <summary>Whether LogVerbose names a message, whose name takes the place of ssh(1)'s function.</summary>
    public bool IsForced(string? name)
    {
        if (Forced.Count == 0) return false;
        var source = $"sshmux:{name}():0".ToLowerInvariant(); // patterns mind no case
        foreach (var list in Forced)
        {
            if (HostPattern.MatchesList(source, list)) return true;
        }

        return false;
    }

    /// <summary>Writes lines to standard error or the file of -E.</summary>
    public void Log(string text)
    {
        lock (_lock)
        {
            if (_file is null)
            {
                Say(_isTerminalRaw ? text.Replace("\n", "\r\n", StringComparison.Ordinal) : text);
                return;
            }

            try
            {
                _file.Write(Encoding.UTF8.GetBytes(text + "\n"));
            }
            catch (IOException)
            {
                // A full disk must not end the connection that the message is about.
            }
        }
    }

    /// <summary>Lets standard error, too, go to the file of -E: what the runtime itself may say at the worst.</summary>
    public void RedirectStandardError()
    {
        if (_file is null) return;
        using var file = DescriptorHandle.Duplicate(_file.SafeFileHandle);
        DetachedProcess.Redirect(file, StandardError);
    }

    /// <summary>Closes the file of -E.</summary>
    public void Dispose() => _file?.Dispose();

    private string LineEnd => _isTerminalRaw ? "\r\n" : "\n";
}
