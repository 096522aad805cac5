using System.Text;
using BenchmarkDotNet.Attributes;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.MicroBenchmarks;

/// <summary>A host's settings out of a file: one as people have them, and a long one.</summary>
public class ConfigurationBenchmarks : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private HostQuery _query = null!;

    [Params(30, 10_000)]
    public int Hosts { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Hosts; i++)
        {
            text.Append($"""
                Host web{i} alias{i}
                  HostName 10.0.{i / 256}.{i % 256}
                  User user{i}
                  IdentityFile ~/.ssh/k{i}


                """);
        }

        text.Append("Match host 10.* user user*\n  ProxyJump bastion\nHost *\n  ServerAliveInterval 1m\n  SendEnv LANG LC_*\n");
        File.WriteAllText(_file, text.ToString());
        _query = new HostQuery { Host = $"web{Hosts - 1}", ConfigFile = _file };
    }

    [GlobalCleanup]
    public void Dispose()
    {
        File.Delete(_file);
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public async Task<int> Read() => (await HostConfiguration.LoadAsync(_query)).Port;
}
