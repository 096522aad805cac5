namespace SshMux.Engine.Platform.Terminals;

/// <summary>The size of a terminal (TIOCGWINSZ), in characters and, where it is known, in pixels.</summary>
internal readonly record struct WindowSize(ushort Columns, ushort Rows, ushort WidthPixels, ushort HeightPixels);
