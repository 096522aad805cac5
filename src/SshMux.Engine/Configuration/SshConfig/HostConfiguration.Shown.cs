namespace SshMux.Engine.Configuration.SshConfig;

/// <content>How keys and messages are shown to people, and what we show a server.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>The hash of the fingerprints that are shown.</summary>
    public FingerprintHash FingerprintHash { get; private set; }

    /// <summary>Whether the host key's fingerprint is drawn, too.</summary>
    public bool VisualHostKey { get; private set; }

    /// <summary>What our version line says behind the program's name, its tokens expanded; empty: nothing.</summary>
    public string VersionAddendum { get; private set; } = "";

    /// <summary>
    /// Lists of patterns of messages that are shown whatever LogLevel says (LogVerbose). They are matched with
    /// <c>FILE:FUNCTION():LINE</c> of OpenSSH's sources; with us that is <c>sshmux:NAME():0</c>, NAME of the message.
    /// </summary>
    public IReadOnlyList<string> LogVerbose { get; private set; } = [];

    private void ReadShown()
    {
        FingerprintHash = _values.Choice(
            "fingerprinthash", FingerprintHash.Sha256,
            ("sha256", FingerprintHash.Sha256),
            ("md5", FingerprintHash.Md5),
            ("sha1", FingerprintHash.Sha1),
            ("sha384", FingerprintHash.Sha384),
            ("sha512", FingerprintHash.Sha512));
        LogVerbose = _values.FirstWords("logverbose") is var lists and not ["none"] ? lists : [];
        VisualHostKey = _values.Flag("visualhostkey", false);
        VersionAddendum = Tokens.Expand(_values.First("versionaddendum") ?? "", "VersionAddendum");
    }
}
