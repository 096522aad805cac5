using System.Management.Automation;
using System.Security;
using System.Text;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Running;

/// <summary>What comes through the pipeline for the commands' standard input. For the pipeline thread.</summary>
/// <param name="cmdlet">Whose pipeline it is.</param>
/// <param name="input">Where it goes.</param>
/// <param name="encoding">What turns text into bytes.</param>
/// <param name="lineEnd">What comes after a line.</param>
internal sealed class PipelineInput(PipelineCmdlet cmdlet, SharedInput input, Encoding encoding, string lineEnd)
{
    private const int CopySize = 64 * 1024;

    private bool _hasText;
    private byte[] _encoded = [];

    /// <summary>Sends an object of the pipeline; what cannot be sent is an error of the cmdlet.</summary>
    public void Take(object? item)
    {
        switch (PSObjects.Unwrap(item))
        {
            case null:
                break;
            case string line:
                SendLine(line);
                break;
            case byte one:
                Send([one]);
                break;
            case byte[] bytes:
                Send(bytes);
                break;
            case FileInfo file:
                SendFile(file);
                break;
            case Stream stream:
                cmdlet.Await(stop => CopyAsync(stream, stop));
                break;
            case Master master:
                cmdlet.WriteError(ErrorRecords.Make(
                    ErrorRecords.InvalidInput,
                    $"the master {master.Name} came as input for the command; name the masters to run it on either "
                    + "with -Master or through the pipeline",
                    ErrorCategory.InvalidArgument,
                    master));
                break;
            case SecureString secret:
                SendSecret(secret);
                break;
            case PSCredential credential:
                SendSecret(credential.Password);
                break;
            default:
                if (LanguagePrimitives.GetEnumerable(item) is { } items)
                {
                    foreach (var one in items) Take(one);
                }
                else if (ObjectText.Find(item, out var why) is { } text)
                {
                    SendLine(text);
                }
                else
                {
                    cmdlet.WriteError(ErrorRecords.Make(
                        ErrorRecords.InvalidInput,
                        $"what came as input cannot be sent: {why}",
                        ErrorCategory.InvalidArgument,
                        item));
                }

                break;
        }
    }

    /// <summary>A line with a secret, of which nothing is left here when it was sent.</summary>
    private void SendSecret(SecureString? text)
    {
        BeginText();
        using var secret = (text ?? new SecureString()).ToSecret();
        var end = encoding.GetBytes(lineEnd);
        var line = GC.AllocateUninitializedArray<byte>(
            encoding.GetByteCount(secret.Characters) + end.Length, pinned: true);
        end.CopyTo(line, encoding.GetBytes(secret.Characters, line));
        if (!input.AppendSecret(line)) cmdlet.Await(input.WaitForRoomAsync);
    }

    private void BeginText()
    {
        if (_hasText) return;
        // As a text file begins, in an encoding that wants it.
        _hasText = true;
        input.Append(encoding.Preamble);
    }

    private void SendLine(string line)
    {
        BeginText();
        var needed = encoding.GetMaxByteCount(line.Length + 1);
        if (_encoded.Length < needed) _encoded = new byte[needed];
        var count = encoding.GetBytes(line, _encoded);
        count += encoding.GetBytes(lineEnd, _encoded.AsSpan(count));
        Send(_encoded.AsSpan(0, count));
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (!input.Append(bytes)) cmdlet.Await(input.WaitForRoomAsync);
    }

    private void SendFile(FileInfo file)
    {
        try
        {
            using var content = file.OpenRead();
            cmdlet.Await(stop => CopyAsync(content, stop));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            cmdlet.WriteError(ErrorRecords.FromFile(e, file));
        }
    }

    private async Task CopyAsync(Stream source, CancellationToken stop)
    {
        var buffer = new byte[CopySize];
        int count;
        while ((count = await source.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0)
        {
            if (!input.Append(buffer.AsSpan(0, count))) await input.WaitForRoomAsync(stop).ConfigureAwait(false);
        }
    }
}
