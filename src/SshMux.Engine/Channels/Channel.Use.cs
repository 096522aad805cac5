using SshMux.Engine.Channels.Messages;

namespace SshMux.Engine.Channels;

// What it is used for, which decides how its packets travel.
public sealed partial class Channel
{
    private readonly Lock _useLock = new();
    private ChannelUse _use;
    private bool _isGone;

    /// <summary>What it is used for from now on.</summary>
    internal void SetUse(ChannelUse use)
    {
        lock (_useLock)
        {
            if (_isGone) return;
            Connection.Use.Change(_use, use);
            _use = use;
        }
    }

    /// <summary>It is used no more.</summary>
    internal void EndUse()
    {
        SetUse(ChannelUse.Light);
        lock (_useLock) _isGone = true;
    }

    /// <summary>A channel that is no session begins with its use; a session's program tells it.</summary>
    private void BeginUse()
    {
        if (Type is not (ChannelTypes.Session or ChannelTypes.Agent)) SetUse(ChannelUse.Bulk);
    }

    /// <summary>A program starts, in a terminal if one was asked for.</summary>
    private void OnProgramStarts()
    {
        if (_use == ChannelUse.Light) SetUse(ChannelUse.Bulk);
    }

    /// <summary>Without a terminal the program may say as much as any.</summary>
    private async Task<bool> UseTerminalAsync(Task<bool> granting)
    {
        var isGranted = await granting.ConfigureAwait(false);
        if (!isGranted) SetUse(ChannelUse.Bulk);
        return isGranted;
    }
}
