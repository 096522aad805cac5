namespace SshMux.Engine.Platform.Processes;

/// <summary>What a program has as its standard input, output or error.</summary>
internal enum ChildStream
{
    /// <summary>What this process has.</summary>
    Ours,

    /// <summary>An end at once when it reads; what it writes is thrown away.</summary>
    Nothing,

    /// <summary>A pipe whose other end is here. Standard error cannot be one.</summary>
    Pipe,
}
