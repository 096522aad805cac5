namespace SshMux.Engine.Platform.Terminals;

/// <summary>A change of what termios(3) says of a terminal.</summary>
internal sealed class UnixTerminalMode : TerminalMode
{
    private const int AfterOutput = 1; // TCSADRAIN

    private readonly int _descriptor;
    private readonly TerminalAttributes _before;
    private readonly TerminalAttributes _after;

    private UnixTerminalMode(int descriptor, in TerminalAttributes before, in TerminalAttributes after)
    {
        _descriptor = descriptor;
        _before = before;
        _after = after;
    }

    internal delegate void Modification(ref TerminalAttributes attributes);

    /// <summary>Changes the mode of the terminal behind a descriptor; null if that is none.</summary>
    /// <exception cref="SshException">The terminal refuses.</exception>
    internal static UnixTerminalMode? Change(int descriptor, Modification modify)
    {
        if (LibC.TcGetAttr(descriptor, out var before) != 0) return null;
        var after = before;
        modify(ref after);
        return LibC.TcSetAttr(descriptor, AfterOutput, after) == 0
            ? new UnixTerminalMode(descriptor, before, after)
            : throw DescriptorHandle.Failed("cannot change the mode of the terminal");
    }

    /// <inheritdoc/>
    protected override void SetAfter() => _ = LibC.TcSetAttr(_descriptor, AfterOutput, _after);

    /// <inheritdoc/>
    protected override void SetBefore() => _ = LibC.TcSetAttr(_descriptor, AfterOutput, _before);
}
