using System.Globalization;
using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;

namespace SshMux.Benchmarks.Cases;

/// <summary>sftp(1) over a master: one big file, and many small ones.</summary>
internal static class SftpCases
{
    private const int SmallSize = 1024;

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab, long size, int files)
    {
        var big = lab.Folder.File("big");
        using (var file = File.Create(big)) file.SetLength(size);
        var many = Directory.CreateDirectory(lab.Folder.File("many")).FullName;
        for (var i = 0; i < files; i++)
        {
            File.WriteAllBytes(Path.Combine(many, i.ToString(CultureInfo.InvariantCulture)), new byte[SmallSize]);
        }

        yield return new BenchmarkCase("sftp put: one big file", Metric.Throughput,
            Rate("sftp on OpenSSH's master", lab, lab.OpenSsh, size, $"put {big} {big}.copy"),
            Rate("sftp on ours", lab, lab.Ours, size, $"put {big} {big}.copy"));
        yield return new BenchmarkCase("sftp get: one big file", Metric.Throughput,
            Rate("sftp on OpenSSH's master", lab, lab.OpenSsh, size, $"get {big} {big}.copy"),
            Rate("sftp on ours", lab, lab.Ours, size, $"get {big} {big}.copy"));
        yield return new BenchmarkCase($"sftp put: {files} small files", new Metric("", "files/s", true),
            PutMany("sftp on OpenSSH's master", lab, lab.OpenSsh, many, files),
            PutMany("sftp on ours", lab, lab.Ours, many, files))
        {
            Samples = 3,
        };
    }

    private static Contender Rate(string name, BenchmarkLab lab, MasterProcess master, long size, string batch) =>
        new(name, async stop =>
        {
            var time = await RunAsync(lab, master, batch, stop);
            return [size / time.TotalSeconds / 1e6];
        });

    private static Contender PutMany(string name, BenchmarkLab lab, MasterProcess master, string folder, int files) =>
        new(name, async stop =>
        {
            var copy = Directory.CreateDirectory(folder + ".copy");
            var time = await RunAsync(lab, master, $"put -r {folder} {copy.FullName}", stop);
            copy.Delete(recursive: true);
            return [files / time.TotalSeconds];
        });

    private static Task<TimeSpan> RunAsync(
        BenchmarkLab lab, MasterProcess master, string batch, CancellationToken cancellationToken) =>
        Command.TimeShellAsync(
            $"echo '{batch}' | sftp -q -F {lab.Config} -o ControlPath={master.ControlPath} -b - host > /dev/null",
            cancellationToken);
}
