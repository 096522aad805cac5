using SshMux.Engine.Channels;
using SshMux.Engine.Platform;

namespace SshMux.Engine.DescriptorChannels;

// What the list of channels says of the descriptors. Numbers of one moment: nothing is locked for them.
public sealed partial class DescriptorChannel
{
    ChannelEndStatus IChannelHandler.DescribeEnds() => new()
    {
        Input = NumberOf(_input?.Handle),
        Output = NumberOf(_output?.Handle),
        Error = NumberOf(_errorOutput?.Handle),
        IsSocket = _output?.IsSocket ?? false,
        IsTerminal = _isTerminal,
        InputEnded = Volatile.Read(ref _inputEnded) != 0,
        InputWaiting = Math.Max(_end - _start, 0) + Math.Max(_typedEnd - _typedStart, 0),
        OutputWaiting = _output?.Waiting ?? 0,
        ErrorWaiting = _errorOutput?.Waiting ?? 0,
    };

    private static int NumberOf(DescriptorHandle? descriptor) =>
        descriptor is null or { IsClosed: true } ? -1 : descriptor.Number;
}
