namespace SshMux.Engine.Channels.Sessions;

/// <summary>On what grounds the server is asked for a place.</summary>
internal enum SessionPlaceKind
{
    /// <summary>Nothing is known against it: the server has refused none yet.</summary>
    Free,

    /// <summary>A session has ended, and left its place.</summary>
    Left,

    /// <summary>All that is known speaks against it, but that may be wrong by now. Only one at a time.</summary>
    Trial,
}
