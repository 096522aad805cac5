using SshMux.Engine.Channels;

namespace SshMux.Engine.Streams;

/// <summary>A remote program over a session channel of a connection in this process.</summary>
internal sealed class ChannelProcess : RemoteProcess, IChannelHandler
{
    private readonly TaskCompletionSource<CommandExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChannelWriteStream _input = new();
    private readonly ChannelReadStream _output = new();
    private readonly ChannelReadStream _error = new();
    private Channel? _channel;

    /// <summary>The session's channel, once the program was started.</summary>
    public Channel Channel => _channel!;

    public override Stream StandardInput => _input;

    public override Stream StandardOutput => _output;

    public override Stream StandardError => _error;

    public override Task<CommandExit> Exit => _exit.Task;

    /// <summary>Opens the session and starts what <paramref name="request"/> names.</summary>
    public async Task StartAsync(ISessionSource sessions, SessionRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(sessions, request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // The receive loop has others to serve than the caller.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    bool IChannelHandler.ContinuesInline => true;

    private async Task OpenAsync(
        ISessionSource sessions, SessionRequest request, CancellationToken cancellationToken)
    {
        RequestLimit.Demand(request);
        var channel = await sessions.OpenSessionAsync(this, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!await channel.StartProgramAsync(request).WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new SshException(SshError.RequestRefused, "the server refused to give the command a terminal");
            }
        }
        catch
        {
            channel.Close();
            throw;
        }
    }

    public override async Task<bool> SendSignalAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _channel!.RequestSignalAsync(name).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    public override ValueTask DisposeAsync()
    {
        _channel?.Close();
        _output.Dispose();
        _error.Dispose();
        return ValueTask.CompletedTask;
    }

    void IChannelHandler.OnOpened(Channel channel)
    {
        _channel = channel;
        _input.Open(channel);
        _output.Open(channel);
        _error.Open(channel);
    }

    void IChannelHandler.OnData(ReadOnlySpan<byte> data) => _output.Append(data);

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data) => _error.Append(data);

    void IChannelHandler.OnEof()
    {
        _output.Complete(null);
        _error.Complete(null);
    }

    void IChannelHandler.OnWritable() => _input.OnWritable();

    void IChannelHandler.OnExit(CommandExit exit)
    {
    }

    void IChannelHandler.OnPeerStoppedReading() => _input.Complete(null);

    void IChannelHandler.OnClosed(SshException? reason)
    {
        _input.Complete(reason);
        _output.Complete(reason);
        _error.Complete(reason);

        // A connection that is lost after the program's exit and the end of its output has taken nothing from us.
        var complete = reason is null || (_channel!.Exit is not null && _channel.EofReceived);
        if (complete) _exit.TrySetResult(_channel!.Exit ?? default);
        else _exit.TrySetException(reason!.Again());
    }
}
