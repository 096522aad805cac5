using System.Text;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux;

/// <summary>Forwards of a master of the system's ssh, asked for by our client.</summary>
public class ForwardsOnOpenSshTests(MuxSshd server) : ForwardPairTests, IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    protected override async Task<IForwardPair> StartAsync()
    {
        var master = await RealMaster.StartAsync(_sshd);
        return new Pair(master, await MuxClient.ConnectAsync(master.Path));
    }

    private sealed class Pair(RealMaster master, MuxClient client) : IForwardPair
    {
        public Task<int?> OpenAsync(ForwardSpec spec) => client.OpenForwardAsync(spec);

        public Task CloseAsync(ForwardSpec spec) => client.CloseForwardAsync(spec);

        public async Task<string> ForwardStdioAsync(ForwardEndpoint target, string input)
        {
            var ends = new LocalEnd(FileAccess.ReadWrite);
            await using var stream = ends.Stream;
            await using var session = await (target.IsPath
                ? client.OpenStdioForwardAsync(target.Host, ends.Passed, ends.Passed)
                : client.OpenStdioForwardAsync(target.Host, target.Port, ends.Passed, ends.Passed));
            ends.Passed.Dispose();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(input));
            stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await master.DisposeAsync();
        }
    }
}
