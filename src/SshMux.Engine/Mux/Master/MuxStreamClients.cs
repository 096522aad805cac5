using SshMux.Engine.Mux.Proxy;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// Clients of a master whose control connection is a stream, such as the standard input and output of the master's
/// process, beside those of its control socket, or instead of them.
/// </summary>
internal static class MuxStreamClients
{
    /// <summary>
    /// Serves a client until one side ends, and then until the server has closed its channels, for which there is a
    /// limit (<see cref="MuxMasterOptions.DrainLimit"/>).
    /// </summary>
    /// <param name="master">The master, which goes on when the client has gone.</param>
    /// <param name="input">What the client says. Disposing it ends a pending read, as with pipes and sockets.</param>
    /// <param name="output">What the client is told; may be the same. Disposing it ends a pending write.</param>
    /// <returns>
    /// Why it ended, an error of <see cref="SshError.Stopped"/> if the client left. The streams are closed by then.
    /// </returns>
    public static async Task<SshException> ServeAsync(MuxMaster master, Stream input, Stream output)
    {
        var client = new MuxControlConnection(master, new MuxStreamPackets(input, output));
        master.Admit(client);
        if (await client.Ended.ConfigureAwait(false) is { } dropped) return dropped;
        Task over = Task.WhenAny(client.ChannelsClosed, master.Connection.Ended);
        await over.WaitAsync(master.Options.DrainLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new SshException(SshError.Stopped, "the program that used the master has closed its end of the stream");
    }
}
