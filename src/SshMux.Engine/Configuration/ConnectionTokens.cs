using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration;

/// <summary>
/// What the TOKENS of ssh_config(5) stand for on one connection, and the expansion of text that contains them.
/// </summary>
/// <param name="OriginalHost"><c>%n</c>: the host as given on the command line.</param>
/// <param name="HostName"><c>%h</c>: the name that is really connected to.</param>
/// <param name="Port"><c>%p</c>: the port.</param>
/// <param name="User"><c>%r</c>: the user on the server.</param>
internal sealed record ConnectionTokens(string OriginalHost, string HostName, int Port, string User)
{
    /// <summary><c>%k</c>: HostKeyAlias; the host as given if there is none.</summary>
    public string? HostKeyAlias { get; init; }

    /// <summary><c>%j</c>: the host that is jumped over last; empty without one.</summary>
    public string ProxyJump { get; init; } = "";

    /// <summary>Tokens that only some settings have, by their letters.</summary>
    public IReadOnlyDictionary<char, string>? More { get; init; }

    /// <summary><c>%l</c>: this machine's name.</summary>
    public string LocalHostName { get; init; } = Dns.GetHostName();

    /// <summary>
    /// <c>%C</c>: the SHA-1, in hexadecimal, of <c>%l%h%p%r%j</c>. It names a connection, it protects nothing.
    /// </summary>
    public string ConnectionHash
    {
        get
        {
            var text = string.Concat(LocalHostName, HostName, PortText, User) + ProxyJump;
#pragma warning disable CA5350 // OpenSSH's choice; nothing depends on its strength.
            return Convert.ToHexStringLower(SHA1.HashData(ByteText.Encode(text)));
#pragma warning restore CA5350
        }
    }

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Expands a leading <c>~</c> or <c>~user</c>, the tokens %% %C %d %h %i %j %k %L %l %n %p %r %u, and ${ENV}, in
    /// the order and with the meaning of OpenSSH.
    /// </summary>
    /// <param name="text">The text of the configuration.</param>
    /// <param name="what">What the text is ("ControlPath"), for the error.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: an unknown token, user or environment variable.
    /// </exception>
    public string ExpandPath(string text, string what) => Expand(ExpandTilde(text, what), what);

    /// <summary>Expands the tokens and ${ENV} of <see cref="ExpandPath"/>; a leading <c>~</c> stays.</summary>
    /// <param name="text">The text of the configuration.</param>
    /// <param name="what">What the text is, for the error.</param>
    /// <param name="allowed">The letters of the tokens that it may have; null: all.</param>
    /// <exception cref="SshException">As <see cref="ExpandPath"/>.</exception>
    public string Expand(string text, string what, string? allowed = null)
    {
        if (text.AsSpan().IndexOfAny('%', '$') < 0) return text;
        var result = new StringBuilder(text.Length + 64);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '{')
            {
                var end = text.IndexOf('}', i);
                if (end < 0) throw Invalid(what, text, "an environment variable lacks its closing '}'");
                var name = text[(i + 2)..end];
                var value = name.Length == 0 ? null : ProcessEnvironment.Get(name);
                result.Append(value ?? throw Invalid(what, text, $"the environment variable '{name}' is not set"));
                i = end;
            }
            else if (text[i] == '%')
            {
                if (++i == text.Length) throw Invalid(what, text, "it ends with a single '%' (write %% for one)");
                var isAllowed = allowed?.Contains(text[i], StringComparison.Ordinal) != false;
                result.Append(
                    (isAllowed ? Token(text[i]) : null) ?? throw Invalid(what, text, $"there is no token '%{text[i]}'"));
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    internal static string ExpandTilde(string text, string what)
    {
        return LocalFiles.Current.ExpandTilde(text, out var user)
            ?? throw Invalid(what, text, $"there is no user '{user}' here");
    }

    /// <summary>Expands tokens alone, and only some of them: <paramref name="allowed"/> has their letters.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: there is no such token.</exception>
    internal string ExpandPercent(string text, string what, string allowed)
    {
        var result = new StringBuilder(text.Length + 64);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                result.Append(text[i]);
                continue;
            }

            if (++i == text.Length) throw Invalid(what, text, "it ends with a single '%' (write %% for one)");
            var value = allowed.Contains(text[i], StringComparison.Ordinal) ? Token(text[i]) : null;
            result.Append(value ?? throw Invalid(what, text, $"there is no token '%{text[i]}' for it"));
        }

        return result.ToString();
    }

    private static SshException Invalid(string what, string text, string why) =>
        new(SshError.ConfigurationInvalid, $"{what} '{text}' cannot be used: {why}");

    private string? Token(char token) => token switch
    {
        '%' => "%",
        'C' => ConnectionHash,
        'd' => LocalUser.Current.HomeFolder,
        'h' => HostName,
        'i' => LocalUser.Current.Id,
        'j' => ProxyJump,
        'k' => HostKeyAlias ?? OriginalHost,
        'L' => LocalHostName.Split('.')[0],
        'l' => LocalHostName,
        'n' => OriginalHost,
        'p' => PortText,
        'r' => User,
        'u' => LocalUser.Current.Name,
        _ => More?.GetValueOrDefault(token),
    };
}
