namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// Keeps back what a session writes, while a shell has its terminal. What comes meanwhile fills the session's window, so
/// that the remote program waits.
/// </summary>
/// <param name="output">Where output goes, if it goes anywhere.</param>
/// <param name="errorOutput">Where error output goes, if it goes anywhere.</param>
internal sealed class DescriptorHold(DescriptorChannelOutput? output, DescriptorChannelOutput? errorOutput)
{
    /// <summary>Begins; completes when nothing is being written any more.</summary>
    public Task BeginAsync() => Task.WhenAll(
        output?.HoldAsync() ?? Task.CompletedTask, errorOutput?.HoldAsync() ?? Task.CompletedTask);

    /// <summary>Goes on writing, with what was kept first.</summary>
    public void End()
    {
        output?.Release();
        errorOutput?.Release();
    }
}
