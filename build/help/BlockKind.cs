namespace SshMux.Help;

internal enum BlockKind
{
    Heading,
    Paragraph,
    Item,
    Code,
    Row,
    Comment,
}
