namespace SshMux.Engine.Sftp.Copying;

/// <summary>How far a copy is; can be read from any thread.</summary>
internal sealed class SftpCopyProgress
{
    private long _files;
    private long _filesDone;
    private long _bytes;
    private long _bytesDone;
    private volatile string _current = "";

    /// <summary>How many files were found so far.</summary>
    public long Files => Interlocked.Read(ref _files);

    /// <summary>How many of them are done, in whichever way.</summary>
    public long FilesDone => Interlocked.Read(ref _filesDone);

    /// <summary>How many bytes these files have.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How many bytes were copied.</summary>
    public long BytesDone => Interlocked.Read(ref _bytesDone);

    /// <summary>The file that was begun last.</summary>
    public string Current => _current;

    internal void Found(long length)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, length);
    }

    internal void Begun(string name) => _current = name;

    internal void Copied(long bytes) => Interlocked.Add(ref _bytesDone, bytes);

    /// <summary>So many bytes of a file need not be copied.</summary>
    internal void Skipped(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>A file is done.</summary>
    internal void Done() => Interlocked.Increment(ref _filesDone);
}
