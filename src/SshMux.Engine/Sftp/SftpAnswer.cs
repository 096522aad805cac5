namespace SshMux.Engine.Sftp;

/// <summary>Reads the body of the reply that a request wants.</summary>
internal delegate T SftpParser<out T>(ReadOnlySpan<byte> body);

/// <summary>A request whose one reply somebody awaits.</summary>
/// <param name="expected">The type of the reply that is wanted; a status is always possible.</param>
/// <param name="parse">Reads it.</param>
/// <param name="refused">Makes the result, or the error, of a status.</param>
internal sealed class SftpAnswer<T>(byte expected, SftpParser<T> parse, Func<SftpStatus, T> refused) : SftpPending
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The reply.</summary>
    public Task<T> Task => _result.Task;

    public override void OnReply(byte type, ReadOnlySpan<byte> body)
    {
        try
        {
            T result;
            if (type == expected && type != SftpProtocol.Status) result = parse(body);
            else if (type == SftpProtocol.Status) result = refused(SftpCodec.DecodeStatus(body));
            else throw SshException.Protocol($"a reply of type {type} does not answer the request");
            _result.TrySetResult(result);
        }
        catch (SshException e)
        {
            _result.TrySetException(e);
            if (e.Error == SshError.ProtocolError) throw;
        }
    }

    public override void OnEnded(SshException reason) => _result.TrySetException(reason.Again());
}
