using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Files;

/// <summary>
/// Shared files of Windows, where what one program has open another cannot always write or replace: that is tried again for a
/// while.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsSharedFiles : SharedFiles
{
    private const string Old = ".old";

    // HRESULTs of ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, and of what ReplaceFile says of a file that is in use:
    // ERROR_UNABLE_TO_REMOVE_REPLACED, ERROR_UNABLE_TO_MOVE_REPLACEMENT and ERROR_UNABLE_TO_MOVE_REPLACEMENT_2.
    private static readonly int[] InUse =
    [
        unchecked((int)0x80070020), unchecked((int)0x80070021), unchecked((int)0x80070497), unchecked((int)0x80070498),
        unchecked((int)0x80070499),
    ];

    // A byte that no file has, to be locked by one at a time.
    private const long Turn = long.MaxValue - 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // A file that is just being deleted says so, but so does one that may not be written at all.
    private static readonly TimeSpan PatienceIfRefused = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc/>
    public override bool IsOrdinary(string file) => WindowsLocalFiles.DeviceOf(file) is null && File.Exists(file);

    /// <inheritdoc/>
    public override FileStream OpenRead(string file)
    {
        WaitForName(file);
        return LocalFiles.Current.OpenRead(file);
    }

    /// <inheritdoc/>
    public override void Append(string file, byte[] lines)
    {
        if (WindowsLocalFiles.IsNull(file)) return;
        var real = OwnFiles.Current.ResolveLinks(file);
        if (WindowsLocalFiles.DeviceOf(real) is not null) throw new IOException($"{file} is a device of Windows, and no file");
        Try(PatienceIfRefused, () =>
        {
            WaitForName(real);

            // As long as it is open without Delete, nobody can put another file in its place.
            using var stream = WindowsOwnFiles.OpenToAppend(real, FileShare.ReadWrite);
            OwnFiles.Current.DemandOwn(stream.SafeFileHandle, real);

            // Windows itself writes at the end, whoever else does; but whether a line end is missing is looked at before.
            stream.Lock(Turn, 1);
            stream.Write(LacksLineEnd(stream) ? [(byte)'\n', .. lines] : lines);
        });
    }

    /// <inheritdoc/>
    public override void Replace(string file, byte[] content)
    {
        var temporary = $"{file}.{Path.GetRandomFileName()}";
        try
        {
            using (var stream = WindowsOwnFiles.Create(temporary))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            // There was a right to make a file there, so that a refusal is one of a file that is in use.
            Try(Patience, () =>
            {
                // ReplaceFile takes over the list of rights. Where it gets no further than to move the old file away, the
                // new one has still to be moved.
                if (File.Exists(file)) File.Replace(temporary, file, file + Old, ignoreMetadataErrors: true);
                else File.Move(temporary, file);
            });
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>ReplaceFile moves the old file away before it gives the new one its name: that takes a moment.</summary>
    private static void WaitForName(string file)
    {
        for (var tries = 0; tries < 20 && !File.Exists(file) && File.Exists(file + Old); tries++) Thread.Sleep(5);
    }

    private static bool LacksLineEnd(FileStream stream)
    {
        var length = RandomAccess.GetLength(stream.SafeFileHandle);
        Span<byte> last = stackalloc byte[1];
        return length > 0 && RandomAccess.Read(stream.SafeFileHandle, last, length - 1) == 1 && last[0] != '\n';
    }

    private static void Try(TimeSpan patienceIfRefused, Action action)
    {
        var start = Environment.TickCount64;
        while (true)
        {
            try
            {
                action();
                return;
            }
            catch (IOException e) when (Array.IndexOf(InUse, e.HResult) >= 0 && Elapsed() < Patience)
            {
                Wait();
            }
            catch (UnauthorizedAccessException) when (Elapsed() < patienceIfRefused)
            {
                Wait();
            }
        }

        // Not all at the same time once more.
        static void Wait() => Thread.Sleep(Random.Shared.Next(1, 20));

        TimeSpan Elapsed() => TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
    }
}
