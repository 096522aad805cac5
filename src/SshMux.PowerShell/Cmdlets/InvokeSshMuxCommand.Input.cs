using System.Management.Automation;
using System.Security;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Cmdlets;

/// <content>What comes in for the commands' standard input.</content>
public sealed partial class InvokeSshMuxCommand
{
    private const int CopySize = 64 * 1024;

    private bool _hasText;
    private byte[] _encoded = [];

    private string LineEnd => Tty ? "\r" : "\n";

    private void TakeInput(object? item)
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
            case System.IO.Stream stream:
                Await(stop => CopyAsync(stream, stop));
                break;
            case Master master:
                WriteError(ErrorRecords.Make(
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
                    foreach (var one in items) TakeInput(one);
                }
                else if (ObjectText.Find(item, out var why) is { } text)
                {
                    SendLine(text);
                }
                else
                {
                    WriteError(ErrorRecords.Make(
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
        var end = Encoding.GetBytes(LineEnd);
        var line = GC.AllocateUninitializedArray<byte>(
            Encoding.GetByteCount(secret.Characters) + end.Length, pinned: true);
        end.CopyTo(line, Encoding.GetBytes(secret.Characters, line));
        if (!_input!.AppendSecret(line)) Await(_input.WaitForRoomAsync);
    }

    private void BeginText()
    {
        if (_hasText) return;
        // As a text file begins, in an encoding that wants it.
        _hasText = true;
        _input!.Append(Encoding.Preamble);
    }

    private void SendLine(string line)
    {
        BeginText();
        var needed = Encoding.GetMaxByteCount(line.Length + 1);
        if (_encoded.Length < needed) _encoded = new byte[needed];
        var count = Encoding.GetBytes(line, _encoded);
        count += Encoding.GetBytes(LineEnd, _encoded.AsSpan(count));
        Send(_encoded.AsSpan(0, count));
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (!_input!.Append(bytes)) Await(_input.WaitForRoomAsync);
    }

    private void SendFile(FileInfo file)
    {
        try
        {
            using var content = file.OpenRead();
            Await(stop => CopyAsync(content, stop));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.FromFile(e, file));
        }
    }

    private async Task CopyAsync(System.IO.Stream source, CancellationToken stop)
    {
        var buffer = new byte[CopySize];
        int count;
        while ((count = await source.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0)
        {
            if (!_input!.Append(buffer.AsSpan(0, count))) await _input.WaitForRoomAsync(stop).ConfigureAwait(false);
        }
    }
}
