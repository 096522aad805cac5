using SshMux.Engine.Platform;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// The descriptors that a client passes to a master for a session. They stay open here, and the caller's.
/// </summary>
internal sealed record SessionDescriptors(DescriptorHandle Input, DescriptorHandle Output, DescriptorHandle Error);
