namespace SshMux.Engine.Sftp;

/// <summary>
/// Waits for SSH_FXP_VERSION, the server's first words. They have no id, so they are looked up as if it were 0.
/// </summary>
internal sealed class SftpVersionReply : SftpPending
{
    private readonly TaskCompletionSource<Dictionary<string, string>> _extensions =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Dictionary<string, string>> Extensions => _extensions.Task;

    /// <summary>The version, which stands where the id of other packets is.</summary>
    public uint Version { get; set; }

    public override void OnReply(byte type, ReadOnlySpan<byte> body)
    {
        if (type != SftpProtocol.VersionReply)
        {
            throw SshException.Protocol($"the first packet is of type {type} and does not tell the version");
        }

        if (Version != SftpProtocol.Version)
        {
            throw SshException.Protocol($"it speaks version {Version} of the protocol; version 3 is needed");
        }

        _extensions.TrySetResult(SftpCodec.DecodeExtensions(body));
    }

    public override void OnEnded(SshException reason) => _extensions.TrySetException(reason.Again());
}
