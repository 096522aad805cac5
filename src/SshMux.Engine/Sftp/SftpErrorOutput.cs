using System.Text;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>What the server's program says on its standard error, for the error when it ends.</summary>
internal sealed class SftpErrorOutput
{
    private const int MaxLength = 1024;

    private readonly StringBuilder _text = new();

    /// <summary>The beginning of it, printable, for after a sentence; empty if nothing was said.</summary>
    public string Suffix
    {
        get
        {
            lock (_text) return _text.Length == 0 ? "" : $": {Printable.Text(_text.ToString().Trim())}";
        }
    }

    /// <summary>Reads to the end. What fails is not told: whoever reads the replies sees the end, too.</summary>
    public async Task ReadAsync(Stream error, CancellationToken cancellationToken)
    {
        var buffer = new byte[256];
        try
        {
            int count;
            while ((count = await error.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                lock (_text)
                {
                    if (_text.Length < MaxLength) _text.Append(Encoding.UTF8.GetString(buffer, 0, count));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // As said.
        }
    }
}
