namespace SshMux.Engine.Tests.Transport;

/// <summary>The steps of a server through a whole session, in order.</summary>
public enum Step
{
    SendVersion,
    ReadVersion,
    SendKexInit,
    ReadKexInit,
    Reply,
    SendNewKeys,
    ReadNewKeys,
    Service,
    Login,
    Open,
    Program,
    Data,
    Exit,
    Eof,
    Close,
}
