using System.Diagnostics;
using System.Globalization;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>
/// A server of another make (asyncssh) that asks: for a password that has expired, and in two rounds for a name, a
/// password and a code. OpenSSH's own can do this with PAM only, which is the machine's. Its commands echo themselves.
/// </summary>
internal sealed class AskingServer : IAsyncDisposable
{
    private const string Script = """
        import asyncio, sys, asyncssh

        class Server(asyncssh.SSHServer):
            password = 'old'

            def begin_auth(self, username):
                return True

            def password_auth_supported(self):
                return True

            def validate_password(self, username, password):
                if password == 'old' and Server.password == 'old':
                    raise asyncssh.PasswordChangeRequired('Your password\x1b[2J has expired.')
                return password == Server.password

            def change_password(self, username, old_password, new_password):
                if old_password != Server.password:
                    return False
                if len(new_password) < 8:
                    raise asyncssh.PasswordChangeRequired('That is too short.')
                Server.password = new_password
                return True

            def kbdint_auth_supported(self):
                return True

            def get_kbdint_challenge(self, username, lang, submethods):
                self.rounds = 0
                return 'Title', 'Who are you?', '', [('Name: ', True), ('Password: ', False)]

            def validate_kbdint_response(self, username, responses):
                self.rounds += 1
                if self.rounds == 1 and responses == ['me', 'secret']:
                    return '', 'Now the second factor.', '', [('Code: ', False)]
                return self.rounds == 2 and responses == ['123456']

        def run(process):
            process.stdout.write(process.command + '\n')
            process.exit(0)

        async def main():
            server = await asyncssh.create_server(
                Server, '127.0.0.1', 0, server_host_keys=[sys.argv[1]], process_factory=run)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.wait_closed()

        asyncio.run(main())
        """;

    private readonly TestFolder _folder = new();
    private Process? _process;

    public int Port { get; private set; }

    public static async Task<AskingServer> StartAsync()
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/asyncssh"))
        {
            Assert.Skip("python3-asyncssh is not installed");
        }

        var server = new AskingServer();
        await TestSshd.KeygenAsync(server._folder.File("host"), "ed25519");
        string[] arguments = [server._folder.Write("server.py", Script), server._folder.File("host")];
        var start = new ProcessStartInfo("/usr/bin/python3", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        server._process = Process.Start(start)!;
        var line = await server._process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException(await server._process.StandardError.ReadToEndAsync());
        server.Port = int.Parse(line, CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(
            server._folder.File("known_hosts"),
            $"[127.0.0.1]:{server.Port} {await File.ReadAllTextAsync(server._folder.File("host.pub"))}");
        server._folder.Write("config", $"""
            Host *
              HostName 127.0.0.1
              Port {server.Port}
              User me
              IdentityFile none
              IdentityAgent none
              UserKnownHostsFile {server._folder.File("known_hosts")}
              GlobalKnownHostsFile /dev/null
              StrictHostKeyChecking yes

            """);
        return server;
    }

    /// <summary>An ssh_config(5) file for it.</summary>
    public string Config => _folder.File("config");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited) _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Dispose();
    }
}
