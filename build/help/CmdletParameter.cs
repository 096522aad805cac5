namespace SshMux.Help;

/// <summary>A parameter in one parameter set.</summary>
/// <param name="Name">Without the hyphen.</param>
/// <param name="Type">As Get-Help shows it; empty for a switch.</param>
/// <param name="Aliases">Its other names.</param>
/// <param name="Values">What ValidateSet or an enumeration allows; empty if anything.</param>
/// <param name="Wildcards">Whether it takes wildcards.</param>
/// <param name="Mandatory">Whether it must be given.</param>
/// <param name="Position">Its position; negative if it has to be named.</param>
/// <param name="ByValue">Whether the pipeline's objects can be its value.</param>
/// <param name="ByPropertyName">Whether their properties can.</param>
internal sealed record CmdletParameter(
    string Name,
    string Type,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<string> Values,
    bool Wildcards,
    bool Mandatory,
    int Position,
    bool ByValue,
    bool ByPropertyName);
