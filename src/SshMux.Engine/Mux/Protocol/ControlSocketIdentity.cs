namespace SshMux.Engine.Mux.Protocol;

/// <summary>Which file is at a path: two paths, or two moments, have the same file if these are equal.</summary>
internal readonly record struct ControlSocketIdentity(ulong Device, ulong Inode, bool IsSocket);
