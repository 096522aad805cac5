using System.Collections.Immutable;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// Configuration files and a command line, to be read by OpenSSH and by us. The first file is the one of <c>-F</c>; the
/// options stand in the order of <see cref="SshMux.Engine.Configuration.SshConfig.Reading.HostQuery"/>.
/// </summary>
internal sealed record GeneratedConfiguration(
    OpenSshGeneration Generation,
    ImmutableArray<ConfigurationFile> Files,
    ImmutableArray<CommandLineOption> Options,
    string Destination,
    string? Command = null)
{
    /// <summary>All there is to see of it, for the message of a test that fails.</summary>
    public override string ToString() =>
        $"\nfor OpenSSH {(Generation == OpenSshGeneration.Newer ? "10.6" : "9.2")}: "
        + $"ssh -G -F {ConfigurationFile.Placeholder}/{Files[0].Name} {string.Join(' ', Options)} -- '{Destination}'"
        + $"{(Command is null ? "" : $" '{Command}'")}\n{string.Concat(Files)}";
}
