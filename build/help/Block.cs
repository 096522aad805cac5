namespace SshMux.Help;

/// <summary>A piece of Markdown.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text: in one line, but for code. The cells of a table's row are parted by tabs.</param>
/// <param name="Level">Of a heading: 1, 2 or 3.</param>
/// <param name="Language">Of code: what it is written in.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record Block(BlockKind Kind, string Text, int Level, string Language, int Line);
