using BenchmarkDotNet.Attributes;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.MicroBenchmarks;

/// <summary>Data between the transport and what is behind a channel, without the transport.</summary>
public class ChannelBenchmarks : IChannelHandler, IAsyncDisposable
{
    private readonly EndlessServer _server = new();
    private readonly EndlessServer _processServer = new();
    private Channel _channel = null!;
    private RemoteProcess _process = null!;
    private byte[] _message = [];
    private byte[] _data = [];

    [Params(1024, 32 * 1024, 128 * 1024)]
    public int Length { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _message = EndlessServer.DataMessage(Length);
        _data = new byte[Length];
        _channel = await _server.Connection.OpenSessionAsync(this, CancellationToken.None);
        var request = new SessionRequest { Command = "x" };
        _process = await _processServer.Connection.StartAsync(request, CancellationToken.None);
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _processServer.DisposeAsync();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>From a message to a handler that has it taken at once, and the window given back.</summary>
    [Benchmark]
    public void Receive() => _server.Say(_message);

    /// <summary>To the message, which the server copies and counts.</summary>
    [Benchmark]
    public int Send() => _channel.TrySend(_data);

    /// <summary>From a message to the buffer of a reader in this process, who waits for it.</summary>
    [Benchmark]
    public int ReceiveByStream()
    {
        var read = _process.StandardOutput.ReadAsync(_data);
        _processServer.Say(_message);
        return read.IsCompleted ? read.Result : throw new InvalidOperationException("it has not arrived");
    }

    void IChannelHandler.OnOpened(Channel channel)
    {
    }

    void IChannelHandler.OnData(ReadOnlySpan<byte> data) => _channel.Consumed(data.Length);

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data)
    {
    }

    void IChannelHandler.OnEof()
    {
    }

    void IChannelHandler.OnWritable()
    {
    }

    void IChannelHandler.OnExit(CommandExit exit)
    {
    }

    void IChannelHandler.OnClosed(SshException? reason)
    {
    }
}
