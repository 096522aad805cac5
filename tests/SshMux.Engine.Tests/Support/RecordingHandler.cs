using SshMux.Engine.Channels;

namespace SshMux.Engine.Tests.Support;

/// <summary>A channel handler that writes down what happens to it.</summary>
internal sealed class RecordingHandler : IChannelHandler
{
    public List<string> Events { get; } = [];

    public Channel? Channel { get; private set; }

    public void OnOpened(Channel channel)
    {
        Channel = channel;
        Events.Add("opened");
    }

    public void OnData(ReadOnlySpan<byte> data) => Events.Add($"data {data.Length}");

    public void OnExtendedData(ReadOnlySpan<byte> data) => Events.Add($"stderr {data.Length}");

    public void OnEof() => Events.Add("eof");

    public void OnWritable() => Events.Add("writable");

    public void OnExit(CommandExit exit) => Events.Add($"exit {exit.Status}{exit.Signal}");

    public void OnPeerStoppedReading() => Events.Add("stopped reading");

    public void OnClosed(SshException? reason) => Events.Add(reason is null ? "closed" : $"closed {reason.Error}");
}
