using Renci.SshNet;
using SshMux.Engine.Tests.Support;

namespace SshMux.Benchmarks.Lab;

/// <summary>
/// SSH.NET in this process, with the same algorithms as the others. Its calls block, so who would wait for one in
/// another thread takes a thread of its own, and not one of the pool.
/// </summary>
internal sealed class SshNet : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly SshClient _client;

    private SshNet(TestSshd sshd)
    {
        _client = new SshClient(Info(sshd));
        Sftp = new SftpClient(Info(sshd));
    }

    /// <summary>An sftp client, which with SSH.NET is a login of its own.</summary>
    public SftpClient Sftp { get; }

    public static SshNet Connect(TestSshd sshd)
    {
        var connected = new SshNet(sshd);
        connected._client.Connect();
        connected.Sftp.Connect();
        return connected;
    }

    /// <summary>Reads the key, logs in, and logs out again.</summary>
    /// <param name="sshd">The server.</param>
    /// <param name="loggedIn">Called in between.</param>
    public static void Login(TestSshd sshd, Action loggedIn)
    {
        using var client = new SshClient(Info(sshd));
        client.Connect();
        loggedIn();
    }

    public void Run(string command)
    {
        using var result = _client.RunCommand(command);
        Check(result);
    }

    /// <summary>Runs a command and forgets so many bytes of its output.</summary>
    public void Download(string command, long size)
    {
        using var running = _client.CreateCommand(command);
        var end = running.ExecuteAsync();
        var buffer = new byte[BufferSize];
        while (size > 0)
        {
            var read = running.OutputStream.Read(buffer);
            if (read == 0) throw new EndOfStreamException($"{size} bytes are missing");
            size -= read;
        }

        end.GetAwaiter().GetResult();
        Check(running);
    }

    /// <summary>Runs a command and gives it so many bytes as its input.</summary>
    public void Upload(string command, long size)
    {
        using var running = _client.CreateCommand(command);
        var end = running.ExecuteAsync();
        using (var input = running.CreateInputStream())
        {
            var buffer = new byte[BufferSize];
            for (; size > 0; size -= buffer.Length) input.Write(buffer, 0, (int)Math.Min(size, buffer.Length));
        }

        end.GetAwaiter().GetResult();
        Check(running);
    }

    public void Dispose()
    {
        Sftp.Dispose();
        _client.Dispose();
    }

    private static ConnectionInfo Info(TestSshd sshd)
    {
        var key = new PrivateKeyFile(sshd.UserKey);
        var info = new ConnectionInfo(
            "127.0.0.1", sshd.Port, sshd.UserName, new PrivateKeyAuthenticationMethod(sshd.UserName, key))
        {
            MaxSessions = 1000,
        };
        Only(info.Encryptions, BenchmarkLab.Cipher);
        Only(info.KeyExchangeAlgorithms, BenchmarkLab.KeyExchange);
        Only(info.HostKeyAlgorithms, BenchmarkLab.HostKey);
        return info;
    }

    private static void Only<T>(IOrderedDictionary<string, T> algorithms, string name)
    {
        foreach (var other in algorithms.Keys.Where(key => key != name).ToList()) algorithms.Remove(other);
        if (algorithms.Count != 1) throw new NotSupportedException($"SSH.NET has no {name}");
    }

    private static void Check(SshCommand command)
    {
        if (command.ExitStatus != 0) throw new InvalidOperationException($"{command.CommandText}: {command.Error}");
    }
}
