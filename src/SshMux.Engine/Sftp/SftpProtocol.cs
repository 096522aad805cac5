namespace SshMux.Engine.Sftp;

/// <summary>The numbers and names of draft-ietf-secsh-filexfer-02 (version 3) and of OpenSSH's extensions.</summary>
internal static class SftpProtocol
{
    public const uint Version = 3;

    /// <summary>The most that a packet may hold after its length field; what OpenSSH takes on both sides.</summary>
    public const int MaxPacketLength = 256 * 1024;

    /// <summary>What every server takes in one read or write (section 3 of the draft).</summary>
    public const int PlainTransferLength = 32 * 1024;

    /// <summary>The most that one read or write asks for, whatever the server allows.</summary>
    public const int MaxTransferLength = MaxPacketLength - 1024;

    /// <summary>Section 3: a handle has 256 bytes at most.</summary>
    public const int MaxHandleLength = 256;

    public const byte Init = 1;
    public const byte VersionReply = 2;
    public const byte Open = 3;
    public const byte Close = 4;
    public const byte Read = 5;
    public const byte Write = 6;
    public const byte LStat = 7;
    public const byte FStat = 8;
    public const byte SetStat = 9;
    public const byte FSetStat = 10;
    public const byte OpenDir = 11;
    public const byte ReadDir = 12;
    public const byte Remove = 13;
    public const byte MakeDir = 14;
    public const byte RealPath = 16;
    public const byte Stat = 17;
    public const byte Rename = 18;
    public const byte Status = 101;
    public const byte Handle = 102;
    public const byte Data = 103;
    public const byte Name = 104;
    public const byte Attributes = 105;
    public const byte Extended = 200;
    public const byte ExtendedReply = 201;

    public const uint AttributeSize = 0x00000001;
    public const uint AttributeOwner = 0x00000002;
    public const uint AttributePermissions = 0x00000004;
    public const uint AttributeTimes = 0x00000008;
    public const uint AttributeExtended = 0x80000000;

    public const string PosixRename = "posix-rename@openssh.com";
    public const string Limits = "limits@openssh.com";
    public const string ExpandPath = "expand-path@openssh.com";
    public const string FileSystemStatus = "statvfs@openssh.com";
    public const string SetStatOfLink = "lsetstat@openssh.com";
}
