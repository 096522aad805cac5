using System.Management.Automation.Runspaces;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.PowerShell.Jobs;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;
using SshMux.PowerShell.Running;

namespace SshMux.PowerShell;

/// <content>The targets, and the start on each of them.</content>
public sealed partial class InvokeSshMuxCommand
{
    private const string HostToken = "%h";

    private readonly HashSet<string> _outputFiles = new(StringComparer.Ordinal);

    /// <summary>How many targets there are so far.</summary>
    internal int Targets { get; private set; }

    /// <summary>Finds or opens the master of a host, with the user's help.</summary>
    internal async Task<(Master Master, string Label)> OpenAsync(HostQuery query, CancellationToken stop)
    {
        var configuration = await LoadAsync(query, stop).ConfigureAwait(false);
        var opener = OpenerFor(query.Host, IsOneOfMany);
        var master = await opener.FindOrOpenAsync(configuration, stop).ConfigureAwait(false);
        return (master, configuration.Host);
    }

    private void StartOnMasters()
    {
        foreach (var master in Master.SelectMany(ResolveMaster))
        {
            LearnForFile(master);
            if (IsOutputFileFor(master.Label, master, out var file))
            {
                Start(new RunTarget(master, master) { OutputFile = file });
            }
        }
    }

    private void StartAtControlPaths()
    {
        foreach (var path in ControlPath)
        {
            Try(path, () =>
            {
                var master = MasterAt(path);
                LearnForFile(master);
                if (IsOutputFileFor(master.Label, path, out var file))
                {
                    Start(new RunTarget(path, master) { OutputFile = file });
                }
            });
        }
    }

    private void StartOnHosts()
    {
        foreach (var host in HostName)
        {
            TryHost(host, () =>
            {
                var query = QueryFor(host, Subsystem ? SessionType.Subsystem : null, _plan.Text);
                if (IsOutputFileFor(host, host, out var file))
                {
                    Start(new RunTarget(host, query) { OutputFile = file });
                }
            });
        }
    }

    private void Start(RunTarget target)
    {
        Targets++;
        var input = InputFile is null ? _input?.OpenReader() : (InputReader)new FileInputReader(FullPath(InputFile));
        if (_job is null)
        {
            var run = new CommandRun(_plan, target, _host, input, IsOneOfMany);
            _runs.Add(Task.Run(() => run.RunAsync(_throttle, Stop)));
        }
        else
        {
            var child = new CommandChildJob(
                _job, _plan.Text!, target.Location, Credential, Runspace.DefaultRunspace, WantsDebug);
            _job.Start(child, new CommandRun(_plan, target, child, input, IsOneOfMany), _throttle);
        }
    }

    /// <summary>The host of a master that has not told it yet is wanted now, for a file's name.</summary>
    private void LearnForFile(Master master)
    {
        if (OutputFile?.Contains(HostToken, StringComparison.Ordinal) == true) Await(master.LearnAsync);
    }

    /// <summary>The file for a target's output, if there is to be one; false if another target has it.</summary>
    private bool IsOutputFileFor(string host, object target, out string? file)
    {
        file = null;
        if (OutputFile is null) return true;

        // A control path is a name too, but not one of a file in a folder.
        var name = host.Replace('/', '_');
        file = FullPath(OutputFile.Replace(HostToken, name, StringComparison.Ordinal));
        if (_outputFiles.Add(file)) return true;
        WriteError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            $"{host}: another target's output goes to {file} already; write %h, which stands for the host, into "
            + "-OutputFile, and name each host once",
            System.Management.Automation.ErrorCategory.InvalidArgument,
            target));
        return false;
    }
}
