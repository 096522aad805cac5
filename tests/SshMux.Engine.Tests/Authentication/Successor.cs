using SshMux.Engine.Transport;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Who gets the transport after the login, and keeps the first message.</summary>
internal sealed class Successor : IMessageReceiver
{
    private readonly TaskCompletionSource<byte[]> _first = new();

    public Task<byte[]> First => _first.Task;

    public void OnMessage(ReadOnlySpan<byte> message) => _first.TrySetResult(message.ToArray());

    public void OnWritable()
    {
    }

    public void OnEnded(SshException reason) => _first.TrySetException(reason);
}
