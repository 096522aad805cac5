namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>An option of ssh(1), such as <c>-o</c> with its argument, or <c>-N</c> without one.</summary>
internal sealed record CommandLineOption(string Flag, string? Argument = null)
{
    public override string ToString() => Argument is null ? Flag : $"{Flag} '{Argument}'";
}
