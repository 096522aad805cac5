namespace SshMux.Engine.Platform.Descriptors;

/// <summary>How a descriptor can be driven without blocking and without changing what others share.</summary>
internal enum DescriptorKind
{
    /// <summary>The descriptor does not allow the direction that is asked for, or the other end is gone.</summary>
    Unusable,

    /// <summary>A socket: every call says that it must not wait.</summary>
    Socket,

    /// <summary>A pipe or terminal with a non-blocking description of our own.</summary>
    Own,

    /// <summary>A device that never blocks: /dev/null, /dev/zero, /dev/full, /dev/urandom.</summary>
    NeverBlocks,

    /// <summary>Anything else, such as a file on a disk: its calls may block and run on the thread pool.</summary>
    MayBlock,
}
