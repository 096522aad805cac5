using System.Diagnostics;
using System.Text;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

// The stream of replies, and its end.
public sealed partial class SftpClient
{
    private const int ReceiveLength = 256 * 1024;

    private async Task ReadAsync()
    {
        try
        {
            // Of its own, not pooled: a read that was given up may still be writing into it.
            var buffer = GC.AllocateUninitializedArray<byte>(ReceiveLength);
            int count;
            while ((count = await _output.ReadAsync(buffer, _stop.Token).ConfigureAwait(false)) > 0)
            {
                Receive(buffer.AsSpan(0, count));
            }

            await EndWithServerAsync().ConfigureAwait(false);
        }
        catch (SshException e)
        {
            End(e.Error == SshError.ProtocolError
                ? new SshException(e.Error, $"the sftp server of {Label} broke the protocol: {e.Message}", e)
                : e);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            End(e.InnerException as SshException ?? new SshException(
                SshError.ConnectionLost, $"the sftp session with {Label} was lost: {e.Message}", e));
        }
    }

    /// <summary>A shell that prints something at its start spoils the stream: the text looks like a length.</summary>
    private void RefuseWhatIsNoServer(ReadOnlySpan<byte> first)
    {
        lock (_lock)
        {
            if (!_pending.ContainsKey(0)) return;
        }

        if (first[..SftpCodec.HeaderLength].ContainsAnyExceptInRange((byte)' ', (byte)'~')) return;
        var line = Printable.Text(first[..Math.Min(first.Length, 80)]);
        throw new SshException(
            SshError.ProtocolError,
            $"{Label} printed something before its sftp server could speak: '{line}'; what the user's shell runs at "
            + "its start there must be silent without a terminal");
    }

    private async Task EndWithServerAsync()
    {
        var text = $"the sftp server of {Label} has ended";
        if (_process is not null)
        {
            try
            {
                // The rest is there already, or will not come.
                var exit = await _process.Exit.WaitAsync(TimeSpan.FromSeconds(1), _stop.Token).ConfigureAwait(false);
                await _readingErrors.WaitAsync(TimeSpan.FromSeconds(1), _stop.Token).ConfigureAwait(false);
                if (exit.Status is { } status) text += $" with exit status {status}";
                else if (exit.Signal is { } signal) text += $", killed by SIG{Printable.Text(signal)}";
            }
            catch (SshException e)
            {
                End(e.Again());
                return;
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                // It is told without.
            }
        }

        lock (_errorText)
        {
            if (_errorText.Length > 0) text += $": {Printable.Text(_errorText.ToString().Trim())}";
        }

        End(new SshException(SshError.ConnectionLost, text));
    }

    private async Task ReadErrorsAsync(Stream error)
    {
        var buffer = new byte[256];
        try
        {
            int count;
            while ((count = await error.ReadAsync(buffer, _stop.Token).ConfigureAwait(false)) > 0)
            {
                lock (_errorText)
                {
                    if (_errorText.Length < MaxErrorText) _errorText.Append(Encoding.UTF8.GetString(buffer, 0, count));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever reads the replies sees the end, too.
        }
    }

    private void OnSendFailed(Exception e)
    {
        // A server that reads no more has mostly ended, and the reader of replies learns why.
        if (e is OperationCanceledException or ObjectDisposedException) return;
        _ = EndSoonAsync(e);

        async Task EndSoonAsync(Exception error)
        {
            await ((Task)_ended.Task.WaitAsync(TimeSpan.FromSeconds(3), CancellationToken.None))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            End(error.InnerException as SshException ?? new SshException(
                SshError.ConnectionLost, $"the sftp server of {Label} takes no more: {error.Message}", error));
        }
    }

    private void End(SshException reason)
    {
        SftpPending[] waiting;
        lock (_lock)
        {
            if (_endReason is not null) return;
            _endReason = reason;
            waiting = [.. _pending.Values];
            _pending.Clear();
        }

        _ended.TrySetResult(reason);
        OneByOne.Guard(_sender.Dispose, Ignore);
        OneByOne.Tell(waiting, pending => pending.OnEnded(reason), Ignore);

        // Who fails to take the end has nothing left to do; the others have.
        static void Ignore(Exception e) => Trace.TraceError($"sshmux: who was told of sftp's end failed: {e}");
    }
}
