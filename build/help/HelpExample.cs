namespace SshMux.Help;

internal sealed record HelpExample(string Title, string Code, IReadOnlyList<Block> Remarks);
