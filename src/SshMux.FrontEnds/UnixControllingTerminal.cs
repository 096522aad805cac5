using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Mono.Unix.Native;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.FrontEnds;

/// <summary>The controlling terminal of Unix, /dev/tty.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixControllingTerminal : ControllingTerminal
{
    private const int MaxLength = 4096;

    /// <inheritdoc/>
    public override bool IsAvailable
    {
        get
        {
            using var terminal = DescriptorHandle.TryOpen(
                "/dev/tty", OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK, out _);
            return terminal is not null;
        }
    }

    /// <inheritdoc/>
    public override async Task<char[]?> ReadLineAsync(
        string question, bool echo, CancellationToken cancellationToken)
    {
        var opened = DescriptorHandle.TryOpen("/dev/tty", OpenFlags.O_RDWR, out _);
        if (opened is null) return null;

        using var terminal = opened;
        using var mode = UnixTerminalMode.Change(
            terminal.Number, echo ? TerminalModes.ShowInput : TerminalModes.HideInput);
        using var end = mode is null ? null : new EndOfProcess(
            mode.Dispose, PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT);
        using var stop = mode is null ? null : new StopSignal(mode.Suspend, mode.Reapply);
        using var writer = DescriptorWriter.Open(DescriptorHandle.Duplicate(terminal));
        using var reader = DescriptorReader.Open(DescriptorHandle.Duplicate(terminal));
        _ = await writer.WriteAsync(Encoding.UTF8.GetBytes(question), cancellationToken).ConfigureAwait(false);
        var line = Pinned.Bytes(MaxLength);
        try
        {
            return await ReadAsync(reader, line, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Array.Clear(line);
        }
    }

    private static async Task<char[]?> ReadAsync(DescriptorReader reader, byte[] line, CancellationToken cancellationToken)
    {
        for (var length = 0; ;)
        {
            // The terminal hands over a whole line, or what Ctrl-D ended.
            var count = length == line.Length
                ? 0
                : await reader.ReadAsync(line.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (count == 0 && length == 0) return null;
            length += count;
            if (count != 0 && line[length - 1] != '\n') continue;
            var end = line[length - 1] == '\n' ? length - 1 : length;
            return Pinned.Characters(line.AsSpan(0, end));
        }
    }
}
