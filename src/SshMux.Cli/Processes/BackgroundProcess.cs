using System.Globalization;
using System.IO.Pipes;
using SshMux.Cli.Output;
using SshMux.Engine.Platform.Descriptors;
using SshMux.FrontEnds;

namespace SshMux.Cli.Processes;

/// <summary>
/// The background process's side of -f and ControlPersist. .NET cannot fork, so the process that goes to the
/// background is another one from the beginning: it stays in the foreground's session, where it can ask for passwords,
/// until the login is done, and then detaches and tells the foreground process, which was waiting.
/// </summary>
internal sealed class BackgroundProcess : IDisposable
{
    /// <summary>
    /// Names the foreground process and the pipes to it: "KIND:FROM:TO:ID". Not secret, and not passed on.
    /// </summary>
    public const string Variable = "SSHMUX_BACKGROUND";

    /// <summary>What is written when the login is done.</summary>
    public const byte ReadyMark = (byte)'R';

    private readonly AnonymousPipeClientStream _fromForeground;
    private readonly AnonymousPipeClientStream _toForeground;
    private readonly CancellationTokenSource _foregroundGone = new();
    private readonly StandardDescriptorCopies _copies = StandardDescriptorCopies.Find();
    private bool _detached;

    private BackgroundProcess(
        BackgroundKind kind, AnonymousPipeClientStream fromForeground, AnonymousPipeClientStream toForeground)
    {
        Kind = kind;
        _fromForeground = fromForeground;
        _toForeground = toForeground;
        _ = WatchForegroundAsync();
    }

    /// <summary>The process that started this one, as long as it waits.</summary>
    public int? StartedBy { get; private init; }

    /// <summary>What this process is in the background for.</summary>
    public BackgroundKind Kind { get; }

    /// <summary>
    /// Cancelled when the foreground process ends before the login is done: then nobody waits for it any more.
    /// </summary>
    public CancellationToken ForegroundGone => _foregroundGone.Token;

    /// <summary>Whether this process was started to be a background process; null if not.</summary>
    public static BackgroundProcess? Adopt()
    {
        var text = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(text)) return null;
        Environment.SetEnvironmentVariable(Variable, null);
        var parts = text.Split(':');
        var kinds = Enum.GetValues<BackgroundKind>();
        var index = Array.FindIndex(kinds, one => one.ToString() == parts[0]);
        if (parts.Length != 4 || index < 0) return null;
        return new BackgroundProcess(
            kinds[index], OpenPipe(PipeDirection.In, parts[1]), OpenPipe(PipeDirection.Out, parts[2]))
        {
            StartedBy = int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null,
        };
    }

    /// <summary>
    /// Leaves the terminal and its session, lets go of the standard descriptors, and lets the foreground process end.
    /// From here on messages go to the file of -E, or to standard error if debugging is asked for, or nowhere.
    /// </summary>
    public void Detach(Messages messages)
    {
        if (_detached) return;
        _detached = true;
        _ = DetachedProcess.TryStartSession();
        var keepError = !messages.HasFile && messages.Verbosity >= Verbosity.Debug1;
        DetachedProcess.ReleaseStandardDescriptors(keepError);
        _copies.Release(keepError);
        messages.RedirectStandardError();
        try
        {
            _toForeground.WriteByte(ReadyMark);
        }
        catch (IOException)
        {
            // The foreground process was killed at this moment. What it was to start is there, so let it be.
        }

        _toForeground.Dispose();
    }

    /// <summary>Closes the pipes.</summary>
    public void Dispose()
    {
        _toForeground.Dispose();
        _fromForeground.Dispose();
        _foregroundGone.Dispose();
    }

    private static AnonymousPipeClientStream OpenPipe(PipeDirection direction, string handle)
    {
        var pipe = new AnonymousPipeClientStream(direction, handle);

        // The programs that we start have nothing to do with it.
        DescriptorInheritance.Forbid(pipe.SafePipeHandle);
        return pipe;
    }

    private async Task WatchForegroundAsync()
    {
        try
        {
            // Nothing is ever written there: it reads the end when the foreground process ends.
            await _fromForeground.ReadExactlyAsync(new byte[1]).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            if (!_detached && e is EndOfStreamException) await _foregroundGone.CancelAsync().ConfigureAwait(false);
        }
    }
}
