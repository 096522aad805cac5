using FsCheck.Fluent;
using static SshMux.Engine.Tests.Configuration.SshConfig.Difference.Words;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

// Lists of algorithms, and forwards.
internal static partial class KeywordValues
{
    private static readonly string[] Ciphers =
    [
        "aes128-ctr", "aes256-gcm@openssh.com", "3des-cbc", "aes128-cbc", "chacha20-poly1305@openssh.com", "aes192-ctr",
    ];

    private static readonly string[] Macs =
    [
        "hmac-sha2-256", "hmac-sha1-etm@openssh.com", "umac-64@openssh.com", "hmac-md5",
        "hmac-sha2-512-etm@openssh.com",
    ];

    private static readonly string[] Exchanges =
    [
        "curve25519-sha256", "ecdh-sha2-nistp256", "sntrup761x25519-sha512@openssh.com", "diffie-hellman-group14-sha1",
        "diffie-hellman-group16-sha512", "curve25519-sha256@libssh.org",
    ];

    private static readonly string[] NewerExchanges = ["mlkem768x25519-sha256", "mlkem768nistp256-sha256"];

    private static readonly string[] Signatures =
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "ssh-rsa", "sk-ssh-ed25519@openssh.com"];

    private static readonly string[] Certificates =
        ["ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com"];

    private static readonly string[] NewerSignatures =
        ["ssh-mldsa44-ed25519", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"];

    private static KeywordForms[] Algorithms(Vocabulary vocabulary)
    {
        string[] keys = [.. Signatures, .. Certificates, .. vocabulary.IsNewer ? NewerSignatures : []];
        return
        [
            Algorithm("Ciphers", Ciphers, ["*cbc", "aes*", "*@openssh.com", "aes???-ctr", "nothing*"], false),
            Algorithm("MACs", Macs, ["hmac-md5*", "*etm*", "*-96*", "umac-*"], false),
            Algorithm(
                "KexAlgorithms", [.. Exchanges, .. vocabulary.IsNewer ? NewerExchanges : []],
                ["diffie*", "*sha1", "*nistp*", "*@*"], false),
            Algorithm("HostKeyAlgorithms", keys, ["*cert*", "ssh-*", "ecdsa*", "*rsa*"], true),
            Algorithm("HostbasedAcceptedAlgorithms", keys, ["*cert*", "sk-*"], true),
            Algorithm("HostbasedKeyTypes", keys, ["*cert*"], true) with { Weight = 1 },
            Algorithm("PubkeyAcceptedAlgorithms", keys, ["*cert*", "sk-*", "*"], true),
            Algorithm("PubkeyAcceptedKeyTypes", keys, ["*cert*"], true) with { Weight = 1 },
            Algorithm("CASignatureAlgorithms", Signatures, ["sk-*", "ecdsa*"], true),
        ];
    }

    // Patterns may always be taken away; where they may be asked for as well depends on the keyword.
    private static KeywordForms Algorithm(string keyword, string[] names, string[] patterns, bool mayBePatterns) => new(
        keyword,
        One(Gen.Frequency(
            (4, List(3, names)),
            (3, List(2, names).Select(list => "+" + list)),
            (3, List(2, names).Select(list => "^" + list)),
            (4, List(2, [.. names, .. patterns]).Select(list => "-" + list)),
            (mayBePatterns ? 2 : 0, List(2, patterns)),
            (mayBePatterns ? 1 : 0, List(2, patterns).Select(list => "+" + list)),
            (mayBePatterns ? 1 : 0, List(2, patterns).Select(list => "^" + list)))),
        Gen.OneOf(One("", "none-such", "+none-such", "^", "+", ",", $"{names[0]},", $"{names[0]},x"), None));

    private static KeywordForms[] Forwards() =>
    [
        new("DynamicForward",
            One(
                "1080", "127.0.0.1:1080", "*:1080", ":1080", "[::1]:1081", "/tmp/socks", "localhost:ssh", "[a:b]:1",
                $"${{{OpenSshOracle.Variable}}}:9"),
            Gen.OneOf(One("", "0", "65536", "a:b:c", "1080x", "[::1]1080", "::1", "${SSHMUX_TEST_MISSING}", "${"),
                None)),
        new("LocalForward",
            Gen.Elements<string[]>(
                ["8080", "web:80"], ["127.0.0.1:8080", "[::1]:80"], ["*:8080", "web:ssh"], ["/tmp/%h-in", "/tmp/%%out"],
                ["8081", "/tmp/out"], ["/tmp/in", "web:80"], [":8082", "web:80"], ["8080", "web:80"],
                ["[::1]:8083", "db:5432"],
                ["localhost:8084", "a.b:1"], ["8085:web", "80"], ["8086", "[/x]:80"], ["/a\\:b", "web:80"]),
            Gen.OneOf(
                Split("8080", "8080 web", "0 web:80", "8080 web:0", "8080 web:65536", "x:y:z web:80",
                    "8080 web:80 more"),
                One("", "8080:web:80"), None)),
        new("RemoteForward",
            Gen.Elements<string[]>(
                ["8080", "web:80"], ["0", "web:80"], ["1080"], ["*:1080"], ["/tmp/%C", "web:80"], ["8081", "/tmp/x"],
                ["[::1]:8080", "[::1]:80"], ["localhost:0"], ["/tmp/socks"], ["8080:web:81"],
                ["127.0.0.1:9", "web:80"]),
            Gen.OneOf(Split("-1", "8080 web", "8080 web:0", "65536", "8080 web:80 x", "a:b:c:d"), One(""), None)),
    ];
}
