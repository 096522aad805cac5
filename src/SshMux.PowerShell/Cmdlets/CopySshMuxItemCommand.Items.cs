using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Copying;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <content>What is copied: each item, from one side to the other.</content>
public sealed partial class CopySshMuxItemCommand
{
    private string FullDestination()
    {
        var destination = string.IsNullOrEmpty(Destination) ? "." : Destination;
        if (_upload) return destination;
        try
        {
            return FullPath(destination);
        }
        catch (SessionStateException e)
        {
            // A drive that does not exist, which is one row's failure.
            throw new SshException(SshError.FileNotFound, $"cannot copy to {Shown(destination)}: {Shown(e.Message)}", e);
        }
    }

    private void Copy(string path, bool isLiteral)
    {
        if (_upload)
        {
            foreach (var source in LocalSources(path, isLiteral)) Upload(source);
        }
        else
        {
            Download(path, isLiteral);
        }
    }

    private void Upload(string source)
    {
        var destination = FullDestination();
        var shown = string.IsNullOrEmpty(Destination) ? "~" : Destination;
        var sessions = _sessions.FindAll(session => Shall(source, $"{session.Master.Label}:{shown}"));
        if (sessions.Count == 1)
        {
            Try(source, () => Await(stop => sessions[0].AddAsync(source, destination, stop)));
            return;
        }

        // Side by side: a slow host holds up only the next item.
        var failures = Await(stop => Task.WhenAll(
            sessions.Select(session => FailureOf(session.AddAsync(source, destination, stop)))));
        foreach (var failure in failures.OfType<SshException>()) WriteError(ErrorRecords.From(failure, source));
    }

    /// <summary>Whether to copy it. A server may have named it, so it is shown without what a terminal obeys.</summary>
    private bool Shall(string source, string destination) =>
        ShouldProcess($"{Shown(source)} to {Shown(destination)}", "Copy");

    private static string Shown(string text) => Printable.Text(text, 1024);

    private static async Task<SshException?> FailureOf(Task adding)
    {
        try
        {
            await adding.ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            return reason;
        }
    }

    private void Download(string path, bool isLiteral)
    {
        var session = _sessions[0];
        var full = Await(stop => session.Client.ExpandAsync(path, stop));
        if (isLiteral)
        {
            Download(session, full);
            return;
        }

        var matches = RemoteGlob.FindAsync(session.Client, full, Force, Stop).GetAsyncEnumerator(Stop);
        var moving = matches.MoveNextAsync().AsTask();
        try
        {
            while (Await(_ => moving))
            {
                var match = matches.Current;
                Try(match, () => Download(session, match));
                moving = matches.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            _ = EndAsync(matches, moving);
        }
    }

    // After Ctrl-C a listing may still be on its way to its end, and cannot be disposed before.
    private static async Task EndAsync(IAsyncEnumerator<string> matches, Task moving)
    {
        await moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await matches.DisposeAsync().ConfigureAwait(false);
    }

    private void Download(CopySession session, string source)
    {
        var destination = FullDestination();
        if (!Shall($"{session.Master.Label}:{source}", destination)) return;
        Await(stop => session.AddAsync(source, destination, stop));
    }

    private IEnumerable<string> LocalSources(string path, bool isLiteral)
    {
        try
        {
            // What does not exist is an error of the copy, in its words; what is no valid wildcard can only be a name.
            if (isLiteral || !Wildcards.AreIn(path) && !path.Contains('`')) return [FullPath(path)];
            return [.. InvokeProvider.Item.Get([path], Force, literalPath: false)
                .Select(item => FullPath(item.Properties["PSPath"].Value.ToString()!))];
        }
        catch (Exception e) when (e is RuntimeException and not PipelineStoppedException
            || e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var isDenied = e is UnauthorizedAccessException || e.InnerException is UnauthorizedAccessException;
            throw new SshException(
                isDenied ? SshError.FileDenied : SshError.FileNotFound,
                $"cannot read {Shown(path)}: {Shown(e.Message)}",
                e);
        }
    }
}
