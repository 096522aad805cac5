using System.Text;
using SshMux.Engine.Configuration;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>What was tried at a login and how it went: the material of the error message.</summary>
internal sealed class AttemptReport(AuthenticationOptions options)
{
    private readonly List<string> _refused = [];
    private readonly List<string> _problems = [];
    private readonly List<string> _unanswered = [];

    /// <summary>The methods that the server named last.</summary>
    public string[] ServerMethods { get; set; } = [];

    /// <summary>Whether the server took one method and wants one more.</summary>
    public bool PartialSuccess { get; set; }

    /// <summary>What was wrong with key files and the agent.</summary>
    public IReadOnlyList<string> KeyProblems { get; set; } = [];

    /// <summary>Whether a private key file could not be read, parsed or decrypted.</summary>
    public bool HasUnusableKey { get; set; }

    /// <summary>The server did not take it.</summary>
    public void Refused(string what)
    {
        if (!_refused.Contains(what)) _refused.Add(what);
    }

    /// <summary>A private key could not be used.</summary>
    public void KeyProblem(string what)
    {
        HasUnusableKey = true;
        Problem(what);
    }

    /// <summary>It could not be tried.</summary>
    public void Problem(string what)
    {
        if (!_problems.Contains(what)) _problems.Add(what);
    }

    /// <summary>Nobody answered the method's question.</summary>
    public void NoAnswer(string method)
    {
        if (!_unanswered.Contains(method)) _unanswered.Add(method);
    }

    /// <summary>The error when there is nothing left to try.</summary>
    public SshException Failed()
    {
        var methods = Printable.Text(string.Join(',', ServerMethods), 256);
        List<string> details = [.. _problems, .. KeyProblems];
        if (_refused.Count > 0) details.Insert(0, $"the server refused {string.Join(", ", _refused)}");
        if (PartialSuccess) details.Insert(0, "the server took one method and wants another");
        if (_unanswered.Count > 0) details.Add($"nobody answered the prompt for {string.Join(", ", _unanswered)}");
        if (Remedy() is { } remedy) details.Add(remedy);

        // In ssh(1)'s words, which programs look for; what may help comes after them.
        return new SshException(
            FailedOfKeys ? SshError.KeyUnusable : SshError.AuthenticationFailed,
            $"{options.User}@{options.Host}: Permission denied ({methods}).{Sentence(string.Join("; ", details))}");
    }

    /// <summary>
    /// Whether it is not the server who refused anything, but a private key that could not be used: damaged, or without
    /// its passphrase.
    /// </summary>
    private bool FailedOfKeys => _refused.Count == 0 && !PartialSuccess && HasUnusableKey;

    private static string Sentence(string text) =>
        text.Length == 0 ? "" : $" {char.ToUpperInvariant(text[0])}{text[1..]}";

    /// <summary>The error when the server ends the connection in the middle.</summary>
    public SshException Disconnected(SshException reason)
    {
        if (_refused.Count == 0) return reason;
        var text = new StringBuilder($"{options.User}@{options.Host}: {reason.Message}");
        text.Append($"; it refused {string.Join(", ", _refused)}");
        if (!options.IdentitiesOnly)
        {
            text.Append("; to offer only the keys of the configuration, and not all of the agent's, " +
                Advice.Words.OnlyNamedKeys);
        }

        return new SshException(SshError.AuthenticationFailed, text.ToString(), reason);
    }

    /// <summary>The methods that are not supported here, although the server and the configuration name them.</summary>
    private string[] Unsupported() =>
        [.. ServerMethods.Where(AuthenticationMethods.IsUnsupported).Where(options.PreferredAuthentications.Contains)];

    private string? Remedy()
    {
        // What the configuration asks for, and nothing else, may be what is not there.
        if (options.PreferredAuthentications.Count > 0
            && options.PreferredAuthentications.All(AuthenticationMethods.IsUnsupported))
        {
            return $"PreferredAuthentications allows {string.Join(", ", options.PreferredAuthentications)} only, " +
                "which is not supported; log in with ssh(1), or allow publickey, keyboard-interactive or password";
        }

        var takesKeys = ServerMethods.Contains(AuthenticationMethods.PublicKey);
        if (takesKeys && _refused.Count == 0 && _problems.Count == 0)
        {
            return options.PubkeyAuthentication
                && options.PreferredAuthentications.Contains(AuthenticationMethods.PublicKey)
                ? $"there is no private key to offer: name one with {Advice.Words.NameKey}, or add one with ssh-add"
                : "the configuration forbids public keys (PubkeyAuthentication, PreferredAuthentications)";
        }

        if (options.BatchMode && ServerMethods.Any(
            method => method is AuthenticationMethods.Password or AuthenticationMethods.KeyboardInteractive))
        {
            return "BatchMode forbids to ask for a password";
        }

        if (!takesKeys && _refused.Count == 0 && _unanswered.Count == 0 && ServerMethods.Length > 0)
        {
            return "the server takes none of the methods that are supported and allowed here" +
                (Unsupported() is { Length: > 0 } names ? $"; {string.Join(", ", names)} is not supported" : "");
        }

        return takesKeys && _refused.Count > 0
            ? $"a public key that should log in must be in {options.User}'s ~/.ssh/authorized_keys on the server"
            : null;
    }
}
