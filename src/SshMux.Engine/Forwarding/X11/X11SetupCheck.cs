namespace SshMux.Engine.Forwarding.X11;

/// <summary>What <see cref="X11ConnectionSetup"/> makes of the first bytes of an X11 client.</summary>
internal enum X11SetupCheck
{
    /// <summary>There must come more before it can be told.</summary>
    Incomplete,

    /// <summary>It is no X11 client, or does not know the cookie.</summary>
    Refused,

    /// <summary>The client has shown our cookie, and the message now has the X server's.</summary>
    Accepted,
}
