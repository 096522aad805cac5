using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>IPQoS: one class of service or two, by name or number.</summary>
internal static class ServiceClassNames
{
    /// <summary>Reads the words.</summary>
    public static IReadOnlyList<string>? Read(Arguments arguments)
    {
        var interactive = One(arguments.Next());
        return [interactive, arguments.Next() is { } bulk ? One(bulk) : interactive];
    }

    private static string One(string? word) =>
        word is not null && ServiceClasses.Print(word) is { } printed
            ? printed
            : throw new SettingProblem($"Bad IPQoS value: {word ?? "(null)"}");
}
