using SshMux.Cli.Arguments;
using SshMux.Engine;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Master;

namespace SshMux.Cli.Commands;

// The forwards of the command line and of the configuration.
internal sealed partial class ConnectionCommand
{
    private async Task OpenForwardsAsync(MuxMaster master)
    {
        foreach (var spec in invocation.Forwards)
        {
            try
            {
                var port = await master.OpenForwardAsync(spec).ConfigureAwait(false);
                if (port is { } chosen) messages.Notice(ForwardArguments.Allocated(spec, chosen));
            }
            catch (SshException e) when (e.Error == SshError.ForwardFailed)
            {
                Report(spec, e);
            }
        }
    }

    /// <summary>
    /// As ssh(1), going on without a forward is worth a message, unless the user wants it to be fatal.
    /// </summary>
    private void Report(ForwardSpec spec, SshException failure)
    {
        var isRemote = spec.Kind == ForwardKind.Remote;
        if (!_configuration.ExitOnForwardFailure)
        {
            if (isRemote) messages.Notice($"Warning: {failure.Message}");
            else messages.Error(failure.Message);
            return;
        }

        var prefix = isRemote ? "Error: " : "";
        throw new SshException(failure.Error, prefix + failure.Message, failure);
    }
}
