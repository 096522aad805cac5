using System.Globalization;
using SshMux.Engine;
using SshMux.Engine.Connection;
using SshMux.Engine.Mux;

namespace SshMux.Cli;

// The forwards of the command line and of the configuration.
internal sealed partial class ConnectionCommand
{
    private async Task OpenForwardsAsync(MuxMaster master)
    {
        foreach (var spec in invocation.LocalForwards)
        {
            try
            {
                var port = await master.OpenForwardAsync(ForwardSpec.ParseLocal(spec)).ConfigureAwait(false);
                if (port is { } chosen) MasterForwards.Announce(messages, spec, chosen);
            }
            catch (SshException e) when (e.Error == SshError.ForwardFailed && !_configuration.ExitOnForwardFailure)
            {
                messages.Error(e.Message);
            }
        }
    }

    private LocalForwardOptions ForwardOptions()
    {
        var options = new LocalForwardOptions
        {
            GatewayPorts = _configuration.GatewayPorts,
            StreamLocalBindUnlink = _configuration.Get("streamlocalbindunlink") == "yes",
            Logger = _logger,
        };
        var mask = _configuration.Get("streamlocalbindmask");
        return int.TryParse(mask, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? options with { StreamLocalBindMask = (UnixFileMode)Convert.ToInt32(mask, 8) }
            : options;
    }

    /// <summary>
    /// As ssh(1), going on without a forward is worth a warning, unless the user wants it to be fatal.
    /// </summary>
    private void WarnOfUnsupportedForwards(string keyword, IReadOnlyList<string> forwards)
    {
        foreach (var forward in forwards)
        {
            var text = $"{keyword} {forward} is not supported yet";
            if (_configuration.ExitOnForwardFailure) throw new UsageException(text);
            messages.Notice($"Warning: {text}");
        }
    }
}
