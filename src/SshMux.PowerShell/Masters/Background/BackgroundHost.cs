using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using SshMux.Engine;
using SshMux.Engine.Mux.Master;
using SshMux.FrontEnds;
using SshMux.PowerShell.Masters.Listening;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// The process of a background master, from its first moment to its end. Nothing here needs PowerShell, so that its
/// assemblies are not even loaded.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class BackgroundHost : IDisposable
{
    private readonly FrameChannel _channel;
    private readonly RemoteInteraction _user;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<bool> _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _signals;

    private BackgroundHost(FrameChannel channel)
    {
        _channel = channel;
        _user = new RemoteInteraction(channel);
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),

            // There is no terminal that could hang up.
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true),
        ];
    }

    /// <summary>Runs the master; gives the process's exit status.</summary>
    public static int Run()
    {
        using var channel = new FrameChannel(DetachedChild.AdoptChannel());
        BackgroundVariables.Remove();
        using var host = new BackgroundHost(channel);
        return host.RunAsync().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _stop.Dispose();
    }

    private async Task<int> RunAsync()
    {
        try
        {
            if (await _channel.ReceiveAsync().ConfigureAwait(false) is not (FrameKind.Settings, var body)) return 1;
            _ = ListenAsync();
            using var reader = FrameChannel.Open(body);
            return await RunAsync(BackgroundSettings.Read(reader)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody wants it any more.
        }
        catch (SshException e)
        {
            await FailAsync(e.Error, e.Message).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody else could tell the user.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await FailAsync(SshError.MasterGone, e.Message).ConfigureAwait(false);
        }

        return 1;
    }

    private async Task<int> RunAsync(BackgroundSettings settings)
    {
        var logger = new RemoteLogger(_channel, settings.LogLevel);
        var path = settings.ControlPath;
        if (path is null)
        {
            ControlFolder.Prepare();
            await ControlFolder.RemoveStaleAsync(_stop.Token).ConfigureAwait(false);
            path = ControlFolder.SocketFor(settings.Name);
        }

        var master = await MasterEngine
            .OpenAsync(settings.Configuration, path, settings.IdleLimit, _user, furtherLogins: null, logger, _stop.Token)
            .ConfigureAwait(false);
        await using (master.ConfigureAwait(false))
        {
            // What the settings name relative to it has been found by now.
            Environment.CurrentDirectory = "/";
            var record = BackgroundRecords.Add(settings.ToRecord(path), settings.IsNameFixed);
            await _channel.SendAsync(FrameKind.Ready, writer =>
            {
                foreach (var line in record.Format()) writer.Write(line);
            }).ConfigureAwait(false);
            if (!await _accepted.Task.ConfigureAwait(false))
            {
                BackgroundRecords.Remove(record);
                return 1;
            }

            logger.Detach();
            _channel.Dispose();
            BackgroundRecords.End(record, await WaitForEndAsync(master).ConfigureAwait(false));
            return 0;
        }
    }

    /// <summary>Waits until nothing of the master is left; gives the reason of its end.</summary>
    private async Task<string> WaitForEndAsync(MuxMaster master)
    {
        await Task.WhenAny(master.Ended, _signal.Task).ConfigureAwait(false);
        if (master.Ended.IsCompleted) return (await master.Ended.ConfigureAwait(false)).Message;
        await master.StopAsync().ConfigureAwait(false);
        return await _signal.Task.ConfigureAwait(false);
    }

    /// <summary>Takes what the cmdlet says, until it goes.</summary>
    private async Task ListenAsync()
    {
        try
        {
            await HearAsync().ConfigureAwait(false);
        }
        finally
        {
            // Stopped by its user, or killed: what it wanted is not wanted any more.
            _accepted.TrySetResult(false);
            if (!await _accepted.Task.ConfigureAwait(false)) await _stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task HearAsync()
    {
        while (await _channel.ReceiveAsync().ConfigureAwait(false) is var (kind, body))
        {
            switch (kind)
            {
                case FrameKind.SecretAnswer:
                    var (question, secret) = FrameChannel.ReadSecret(body);
                    _user.Answer(question, secret);
                    break;
                case FrameKind.ConfirmAnswer:
                    using (var reader = FrameChannel.Open(body)) _user.Answer(reader.ReadInt32(), reader.ReadBoolean());
                    break;
                case FrameKind.Accepted:
                    _accepted.TrySetResult(true);
                    return;
            }
        }
    }

    private Task FailAsync(SshError error, string message) => _channel.SendAsync(FrameKind.Failed, writer =>
    {
        writer.Write(error.ToString());
        writer.Write(message);
    });

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        _signal.TrySetResult($"its process got the signal {context.Signal}");
        _stop.Cancel();
    }
}
