using FsCheck;
using FsCheck.Fluent;
using static SshMux.Engine.Tests.Configuration.SshConfig.Difference.Words;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

// Names, paths, commands and lists of them.
internal static partial class KeywordValues
{
    private const string Folder = ConfigurationFile.Placeholder;

    private static readonly Gen<string[]> NoWord = Gen.OneOf(One(""), None, Split("two words", "a b c"));

    // The tokens and variables of paths, which the two generations do not have all in common.
    private static Gen<string> Path(Vocabulary vocabulary) => Gen.Frequency(
        (6, Gen.Elements(
            "/tmp/x", "~/x", "~/.ssh/%h-%p-%r", "~", "/tmp/%%", "rel/ative", "~root/x", "/a b/c", "/tmp/%C", "none",
            // A byte that is no UTF-8, and a letter that is.
            "/caf\u00e9", "/\u00c3\u00a4",
            "/%u/%i/%d/%n/%k/%l/%L", $"/x/${{{OpenSshOracle.Variable}}}/y", $"/x${{{OpenSshOracle.EmptyVariable}}}")),
        (1, Gen.Elements<string>(vocabulary.IsNewer ? ["/tmp/%j-x", "/%j%C"] : ["/tmp/x"])));

    private static Gen<string[]> NoPath { get; } = Gen.OneOf(
        NoWord, One("/x/%q", "/x/%", "/x/${", "/x/${}", "/x/${SSHMUX_TEST_MISSING}", "~no-such-user/x", "%T", "/x/%H"));

    private static KeywordForms[] Names(Vocabulary vocabulary) =>
    [
        new("BindAddress", One("127.0.0.1", "::1", "*", "any host"), NoWord),
        new("BindInterface", One("lo", "eth0"), NoWord),
        new("HostKeyAlias", One("alias", "Alias.Example", "%h"), NoWord),
        new("HostName", One(vocabulary.HostNames), Gen.OneOf(NoWord, One("%n", "%", "x%p"))) { Weight = 12 },
        new("IgnoreUnknown", One("Use*", "nothing", "UseKeychain,Also*", "*,!other", "NONE"), NoWord) { Weight = 2 },
        new("KbdInteractiveDevices", One("pam", "a,b"), NoWord),
        new("PKCS11Provider", One("/usr/lib/x.so", "none", "%h.so"), NoWord),
        new("SmartcardDevice", One("/usr/lib/x.so", "none"), NoWord) { Weight = 1 },
        new("PreferredAuthentications", One("publickey", "publickey,password", "none", "nonsense"), NoWord),
        new("SecurityKeyProvider", One("/usr/lib/sk.so", "internal", "none", "$VARIABLE"), NoWord),
        new("Tag", One("blue", "green", "Blue", "a b"), NoWord) { IsNewer = true, Weight = 30 },
        new("User",
            vocabulary.IsNewer
                ? One("alice", "bob", "a b", "%u-x", $"${{{OpenSshOracle.Variable}}}", "x%%y", "Alice", "%n", "a;b")
                : One("alice", "bob", "a b", "Alice", "a;b"),
            vocabulary.IsNewer ? Gen.OneOf(NoWord, One("%r", "%C", "%z", "${SSHMUX_TEST_MISSING}")) : NoWord)
            { Weight = 20 },
        new("XAuthLocation", One("/usr/bin/xauth", "none", "/a b"), NoWord),
        new("VersionAddendum",
            Gen.OneOf(One("none", "text", "some text", "NONE", "a  b", "x # y", "\"quoted\""), One(Path(vocabulary))),
            One("%q"))
            { IsNewer = true, IsText = true },
    ];

    private static KeywordForms[] Paths(Vocabulary vocabulary) =>
    [
        new("CertificateFile", One(Path(vocabulary)), NoWord),
        new("ControlPath", One(Path(vocabulary)), NoPath),
        new("ForwardAgent",
            Gen.OneOf(
                YesOrNo, One($"{Folder}/key", "$SSH_AUTH_SOCK", "/no/%h", $"${{{OpenSshOracle.Variable}}}")),
            Gen.OneOf(One("", "$a-b", "/x/${", "/x/%q", "~no-such-user", "$"), None)),
        new("GlobalKnownHostsFile",
            Gen.OneOf(One("none"), Some(3, "/etc/ssh/known", "~/x", "%h", "/a b")), NoFiles),
        new("IdentityAgent",
            One(Gen.OneOf(Path(vocabulary), Gen.Elements("SSH_AUTH_SOCK", "$SSH_AUTH_SOCK", "none"))),
            Gen.OneOf(NoPath, One("$a-b", "$", "$a b"))),
        new("IdentityFile", One(Path(vocabulary)), NoWord) { Weight = 12 },
        new("IdentityFile2", One("~/old"), NoWord) { Weight = 1 },
        new("RevokedHostKeys",
            vocabulary.IsNewer ? Gen.OneOf(One("none"), Some(3, Path(vocabulary).Where(path => path != "none")))
                : One("none", "/x"),
            vocabulary.IsNewer ? Gen.OneOf(NoFiles, One("/x/%q")) : Gen.OneOf(One(""), None)),
        new("UserKnownHostsFile",
            Gen.OneOf(One("none"), Some(3, Path(vocabulary).Where(path => path != "none"))),
            Gen.OneOf(NoFiles, One("/x/%q"))),
    ];

    private static Gen<string[]> NoFiles { get; } =
        Gen.OneOf(Split("none /x", "/x none"), Gen.Elements<string[]>(["/x", ""], [""]), None);

    private static KeywordForms Command(string keyword, params string[] more)
    {
        string[] commands =
        [
            "none", "echo hello", "nc %h %p", "sh -c 'a \"b\" c'", "= x", "/bin/true", "a  b", "NONE", "%%",
            "a \"b c\" d", .. more,
        ];
        return new KeywordForms(keyword, One(commands), One("", "echo 'open", "echo \"open")) { IsText = true };
    }

    private static KeywordForms[] Commands() =>
    [
        Command("KnownHostsCommand", "/bin/cat %t %I %K"),
        Command("LocalCommand", "echo %T", "echo %q"),
        Command("ProxyCommand", "ssh -W %h:%p bastion", "-", "exec nc -x 127.0.0.1:1 %h %p"),
        Command("RemoteCommand", "echo %h %C", "uptime") with { Weight = 3 },
        new("ProxyJump",
            One(
                "none", "bastion", "u@bastion:22", "a,b,c", "alice@j1:33,j2", "[::1]:22", "ssh://u@j:1", "127.0.0.1",
                "a@b@c",
                "j1,ssh://x:5", "NONE", "j # comment", "j1:ssh", "[j]", "a,none"),
            One("j:0", "::1", ":22", "@j", "u@", "j:x", "ssh://j/path", "a,,b", "j1:99999,j2"))
            { IsText = true, Weight = 9 },
    ];

    private static KeywordForms[] Lists(Vocabulary vocabulary) =>
    [
        new("ChannelTimeout",
            Gen.OneOf(One("none"), Some(3, "session=5m", "*=0", "agent-connection=1h30m", "global=10", "x=1w",
                "session=1")),
            Gen.OneOf(Split("none session=1", "session=1 none", "session", "=5", "session=x", "session="), None))
            { IsNewer = true },
        new("LogVerbose", Gen.OneOf(One("none"), Some(3, "*:*:*", "kex.c:*:1000", "*", "packet.c:*")), NoFiles),
        new("PermitRemoteOpen",
            Gen.OneOf(One("any", "none", "NONE"), Some(3, "web:80", "*:*", "[::1]:22", "host:ssh", "a:*",
                "127.0.0.1:1")),
            Gen.OneOf(Split("any web:80", "web:80 none", "web", "web:0", ":80x", "web:"), None)),
        new("SendEnv", Some(4, "LANG", "LC_*", "-LANG", "-*", "X", "-LC_A*", "Y?", "LANG", "-"),
            Gen.OneOf(One("", "A=b"), None))
            { Weight = 12 },
        new("SetEnv",
            Some(
                3,
                vocabulary.IsNewer
                    ? ["A=b", "B=c d", "A=x", "E=", "H=%h-%p", $"V=${{{OpenSshOracle.Variable}}}", "Q=\"x\"", "P=%%",
                        "C=d=e", "=x"]
                    : ["A=b", "B=c d", "A=x", "E=", "Q=\"x\"", "C=d=e", "=x"]),
            Gen.OneOf(vocabulary.IsNewer ? One("", "A", "A=%q", "A=${") : One("", "A"), None)) { Weight = 9 },
    ];
}
