namespace SshMux.Engine.Configuration;

/// <content>
/// ChannelTimeout, which OpenSSH's client has since 9.6: an older <c>ssh -G</c> does not know it, so what the query
/// says of it is read here, and only what is in the files is up to ssh.
/// </content>
public sealed partial class HostConfiguration
{
    private const string ChannelTimeoutKeyword = "channeltimeout";

    /// <summary>After how much silence channels are closed.</summary>
    public ChannelTimeouts ChannelTimeouts { get; private set; } = ChannelTimeouts.None;

    /// <summary>Takes the options with the keyword out of the query; gives the first one's value.</summary>
    private static (HostQuery Query, string? Value) TakeChannelTimeout(HostQuery query)
    {
        string? value = null;
        var others = new List<string>();
        foreach (var option in query.Options)
        {
            var text = option.Trim();
            var end = text.AsSpan().IndexOfAny("= \t");
            if (end < 0 || !SettingValues.Is(text[..end], ChannelTimeoutKeyword))
            {
                others.Add(option);
                continue;
            }

            var rest = text[end..].TrimStart(' ', '\t');
            if (rest.StartsWith('=')) rest = rest[1..];
            value ??= rest.Trim(' ', '\t', '"');
        }

        return value is null ? (query, null) : (query with { Options = others }, value);
    }
}
