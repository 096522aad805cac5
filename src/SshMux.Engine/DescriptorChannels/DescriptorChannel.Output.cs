using SshMux.Engine.Channels;
using SshMux.Engine.Transport;

namespace SshMux.Engine.DescriptorChannels;

// From the channel to the output descriptors.
public sealed partial class DescriptorChannel
{
    private long _dropped;

    private bool IsOutputFinished => (_output?.IsFinished ?? true) && (_errorOutput?.IsFinished ?? true);

    void IChannelHandler.OnData(ReadOnlySpan<byte> data)
    {
        // Both may be one terminal: what came first is written first.
        _errorOutput?.Flush();
        Write(_output, data);
    }

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data)
    {
        _output?.Flush();
        Write(_errorOutput, data);
    }

    void IChannelHandler.OnEof() => Guarded(static self => self.EndOutput());

    /// <summary>Whether data from the channel stays where it is until all that has arrived was delivered.</summary>
    internal bool TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler) => _channel!.TryKeep(data, handler);

    /// <summary>Bytes have left for good: written, or dropped because nobody reads them.</summary>
    internal void OnOutputConsumed(DescriptorChannelOutput output, int bytes, int dropped)
    {
        _channel!.Consumed(bytes);
        if (dropped == 0 || output != _output) return;

        // A program whose output nobody reads is stopped by SIGPIPE, if its server knows eow@openssh.com. One that goes on
        // for more than was under way when it should have heard of it never will.
        _dropped += dropped;
        if (_dropped > DropLimit && _inputEnded != 0) _channel.Close();
    }

    internal void OnOutputBroken(DescriptorChannelOutput output)
    {
        // As ssh(1): the remote program gets SIGPIPE when it writes on, and its exit status still arrives. Error output
        // alone has no such request.
        if (_isSession && output == _output) _channel!.SendEndOfWrite();
    }

    internal void OnOutputFinished()
    {
        CloseIfDone();
        CompleteIfDone();
    }

    private void Write(DescriptorChannelOutput? output, ReadOnlySpan<byte> data)
    {
        if (output is null)
        {
            _channel!.Consumed(data.Length);
            return;
        }

        try
        {
            output.Write(data);
        }
        catch (Exception e)
        {
            FailBecauseOf(e);
        }
    }

    private void EndOutput()
    {
        _output?.End();
        _errorOutput?.End();
    }

    /// <summary>
    /// A stream is closed when it has ended both ways. A session is closed by the server, which first says how the program
    /// ended.
    /// </summary>
    private void CloseIfDone()
    {
        if (!_isSession && _inputEnded != 0 && IsOutputFinished) _channel?.Close();
    }

    private void CompleteIfDone()
    {
        if (!_closed || !IsOutputFinished) return;
        _input?.Dispose();
        _completion.TrySetResult(new ChannelEnd(_exit, _reason));
    }
}
