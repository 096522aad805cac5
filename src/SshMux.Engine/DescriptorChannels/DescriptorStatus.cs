using SshMux.Engine.Channels;
using SshMux.Engine.Platform;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>What the list of channels says of a channel's descriptors.</summary>
internal static class DescriptorStatus
{
    /// <summary>The numbers of one moment: nothing is locked for them.</summary>
    public static ChannelEndStatus Of(
        DescriptorChannelInput input, DescriptorChannelOutput? output, DescriptorChannelOutput? errorOutput) =>
        new()
        {
            Input = NumberOf(input.Handle),
            Output = NumberOf(output?.Handle),
            Error = NumberOf(errorOutput?.Handle),
            IsSocket = output?.IsSocket ?? false,
            IsTerminal = input.IsTerminal,
            InputEnded = input.HasEnded,
            InputWaiting = input.Waiting,
            OutputWaiting = output?.Waiting ?? 0,
            ErrorWaiting = errorOutput?.Waiting ?? 0,
        };

    private static int NumberOf(DescriptorHandle? descriptor) =>
        descriptor is null or { IsClosed: true } ? -1 : descriptor.Number;
}
