using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Files;

/// <summary>
/// Files by Windows' paths: of drives and shares, with both separators. Names of devices are refused but for that of nothing,
/// which is /dev/null in many a configuration: who reads CON waits for the keyboard.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsLocalFiles : LocalFiles
{
    private const string Null = "NUL";
    private const string Devices = @"\\.\";

    /// <inheritdoc/>
    public override string SystemFolder { get; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "ssh");

    /// <inheritdoc/>
    public override StringComparison Comparison => StringComparison.OrdinalIgnoreCase;

    /// <inheritdoc/>
    protected override string Separators => @"\/";

    /// <inheritdoc/>
    public override bool Exists(string path) => DeviceOf(path) is null ? Path.Exists(path) : IsNull(path);

    /// <inheritdoc/>
    public override FileStream OpenRead(string path)
    {
        var device = DeviceOf(path);
        if (device is not null && !IsNull(device)) throw new IOException($"{path} is a device of Windows, and no file");
        return new FileStream(
            device ?? path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    /// <summary>Three for UTF-8, as the editors of Windows write it, and ssh(1) there passes it over.</summary>
    public override int CountMark(ReadOnlySpan<byte> text, string path)
    {
        if (text is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new SshException(
                SshError.ConfigurationInvalid,
                $"{path} is UTF-16, as Windows PowerShell's > writes; save it as UTF-8 (Set-Content -Encoding utf8)");
        }

        return text is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0;
    }

    /// <summary>Whether a path is that of the device which is always empty.</summary>
    internal static bool IsNull(string path) =>
        DeviceOf(path)?.Equals(Devices + Null, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The device that a path means, in full; null: it means a file or a folder.</summary>
    internal static string? DeviceOf(string path)
    {
        if (path.Length == 0) return null;
        var full = path == "/dev/null" ? Devices + Null : Path.GetFullPath(path);
        return full.StartsWith(Devices, StringComparison.Ordinal) ? full : null;
    }

    /// <inheritdoc/>
    protected override string Join(string folder, string path) => Path.Join(folder, path.Replace('/', '\\'));
}
