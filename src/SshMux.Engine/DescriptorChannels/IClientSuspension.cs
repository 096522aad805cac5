namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// Can have the client of a session stop itself (<c>~^Z</c>), for the process that obeys the escapes is another one.
/// </summary>
internal interface IClientSuspension
{
    /// <summary>
    /// Writes nothing more and has the client stop; completes when it goes on, and never if it has gone.
    /// </summary>
    Task SuspendAsync();
}
