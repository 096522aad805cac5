using System.Globalization;

namespace SshMux.Engine.Configuration;

/// <summary>Where a setting was written: a line of a file, or the command line (an option, or a letter).</summary>
/// <param name="File">The file; null: the command line.</param>
/// <param name="Line">The line in the file, from 1; 0: the command line.</param>
internal readonly record struct SettingOrigin(string? File, int Line)
{
    /// <summary>The command line, or what stands for it: a cmdlet's parameters.</summary>
    public static SettingOrigin CommandLine => default;

    /// <summary>As ssh(1) begins a message about it: <c>FILE line 3</c>, <c>command-line line 0</c>.</summary>
    public string InMessages => string.Create(CultureInfo.InvariantCulture, $"{File ?? "command-line"} line {Line}");

    /// <summary>As people are told of it: <c>FILE:3</c>.</summary>
    public override string ToString() =>
        File is null ? "command line" : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}");
}
