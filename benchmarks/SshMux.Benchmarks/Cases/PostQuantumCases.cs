using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Tests.Support;

namespace SshMux.Benchmarks.Cases;

/// <summary>Logins with the key exchanges that OpenSSH prefers, beside an ssh with the same.</summary>
internal static class PostQuantumCases
{
    private const string Cipher = "Ciphers aes256-gcm@openssh.com\n";

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab)
    {
        // By the name that every OpenSSH with sntrup761 knows.
        var sntrup = lab.Folder.Write(
            "sntrup_config",
            Cipher + "KexAlgorithms sntrup761x25519-sha512@openssh.com\n"
                + File.ReadAllText(Path.Combine(lab.Folder.Path, "ssh_config")));
        yield return Connect("connect with sntrup761: until authenticated", lab, "ssh", sntrup);
        if (lab.NewerSshd is not { } newer)
        {
            Console.WriteLine($"\nconnect with mlkem768 is left out: {NewerOpenSsh.Missing}");
            yield break;
        }

        // Not named, for the system's ssh, which reads the configuration for us, may not know it; all prefer it.
        var mlKem = newer.Folder.Write("mlkem_config", Cipher + File.ReadAllText(newer.SshConfig));
        yield return Connect("connect with mlkem768: until authenticated", lab, NewerOpenSsh.Ssh, mlKem);
    }

    private static BenchmarkCase Connect(string name, BenchmarkLab lab, string ssh, string config) => new(
        name,
        Metric.Milliseconds(),
        LatencyCases.Login("ssh", ssh, config),
        LatencyCases.Login("sshmux", lab.SshMux, config),
        LatencyCases.InProcessLogin(config));
}
