using System.Diagnostics;
using System.Globalization;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>
/// A server for users with passwords, which the system's sshd could not check without the system's own accounts: made
/// with AsyncSSH. The user's name says the method: "password" or "kbd" (two questions). A session says "up" and stays
/// until its input ends.
/// </summary>
internal sealed class PasswordServer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3"; // Debian's, which has Debian's AsyncSSH

    private readonly Process _process;

    private PasswordServer(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Whether AsyncSSH is installed.</summary>
    public static bool IsAvailable => Directory.Exists("/usr/lib/python3/dist-packages/asyncssh");

    /// <summary>Starts it with what the right answer is.</summary>
    public static async Task<PasswordServer> StartAsync(TestFolder folder, string secret)
    {
        await TestSshd.KeygenAsync(folder.File("host"), "ed25519");
        var script = folder.Write("server.py", $$"""
            import asyncio, asyncssh, sys
            secret = sys.stdin.readline().rstrip('\n')

            class Server(asyncssh.SSHServer):
                def begin_auth(self, user):
                    self.user = user
                    return True
                def password_auth_supported(self):
                    return self.user == 'password'
                def validate_password(self, user, password):
                    return password == secret
                def kbdint_auth_supported(self):
                    return self.user == 'kbd'
                def get_kbdint_challenge(self, user, lang, submethods):
                    return 'Two questions', 'Please', 'en', [('One: ', False), ('Two: ', False)]
                def validate_kbdint_response(self, user, responses):
                    return responses == [secret, secret]

            async def session(process):
                process.stdout.write('up\n')
                await process.stdin.read()
                process.exit(0)

            async def main():
                server = await asyncssh.create_server(
                    Server, '127.0.0.1', 0, server_host_keys=['{{folder.File("host")}}'], process_factory=session)
                print(server.sockets[0].getsockname()[1], flush=True)
                await asyncio.Event().wait()

            asyncio.run(main())

            """);
        var process = Process.Start(new ProcessStartInfo(Python, ["-W", "ignore", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteLineAsync(secret);
        await process.StandardInput.FlushAsync();
        var port = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("the server with AsyncSSH does not start");
        return new PasswordServer(process, int.Parse(port, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
