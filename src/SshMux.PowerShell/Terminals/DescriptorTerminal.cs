using System.Runtime.Versioning;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;

namespace SshMux.PowerShell.Terminals;

/// <summary>
/// A remote program on this terminal, over a connection of this process, which reads and writes its descriptors.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class DescriptorTerminal : ChannelTerminal
{
    private readonly Channel _channel;
    private readonly DescriptorChannel _ends;
    private readonly string _label;

    private DescriptorTerminal(Channel channel, DescriptorChannel ends, string label)
    {
        _channel = channel;
        _ends = ends;
        _label = label;
        Completion = Observed(WaitAsync());
    }

    public override Task<TerminalEnd> Completion { get; }

    /// <inheritdoc cref="ChannelTerminal.StartAsync"/>
    public static new async Task<ChannelTerminal> StartAsync(
        ISessionSource sessions,
        SessionRequest request,
        string term,
        char? escape,
        string label,
        CancellationToken cancellationToken)
    {
        var input = DescriptorHandle.Duplicate(0);
        request = request with { Pty = PtyDescription.Of(input, term) };
        var ends = DescriptorChannel.ForSession(
            input, DescriptorHandle.Duplicate(1), DescriptorHandle.Duplicate(2));
        try
        {
            var channel = await sessions.OpenSessionAsync(ends, cancellationToken).ConfigureAwait(false);
            if (!await channel.StartProgramAsync(request).WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                throw NoRemoteTerminal();
            }

            if (escape is { } character) ends.UseEscapes(character, host: null);
            return new DescriptorTerminal(channel, ends, label);
        }
        catch
        {
            ends.Abort();
            throw;
        }
    }

    public override void Start() => _ends.StartInput();

    public override void Resize()
    {
        if (_ends.GetTerminalSize() is { } size) _channel.ChangeWindow(size);
    }

    public override ValueTask DisposeAsync()
    {
        if (!_ends.Completion.IsCompleted) _ends.Abort();
        return ValueTask.CompletedTask;
    }

    private async Task<TerminalEnd> WaitAsync()
    {
        var end = await _ends.Completion.ConfigureAwait(false);
        if (_ends.IsEndedByUser) return new TerminalEnd(TerminalEnd.Failure);
        if (end.Reason is { } reason)
        {
            throw EndedEarly(_label, reason);
        }

        return EndOf(_label, end.Exit ?? default);
    }
}
