namespace SshMux.Engine.Sftp.Copying;

/// <summary>A piece of a file that is under way; used again for another when it has arrived.</summary>
internal sealed class SftpPiece(SftpTransfer transfer) : SftpPending
{
    /// <summary>Where it begins in the file.</summary>
    public long Offset { get; set; }

    /// <summary>How many bytes it has.</summary>
    public int Length { get; set; }

    /// <summary>Which session it goes over; of uploads only.</summary>
    public SftpLane? Lane { get; set; }

    /// <summary>Whether all of it has arrived.</summary>
    public bool IsDone { get; set; }

    public override bool TakesData => transfer.TakesData;

    public override void OnReply(byte type, ReadOnlySpan<byte> body) => transfer.OnReply(this, type, body);

    public override void OnDataBegun(int length) => transfer.OnDataBegun(this, length);

    public override void OnData(ReadOnlySpan<byte> data, bool isLast) => transfer.OnData(this, data, isLast);

    public override void OnEnded(SshException reason) => transfer.OnEnded(reason);
}
