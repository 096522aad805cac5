using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Cli.Commands;

/// <summary>
/// -M -S -: a master without a control socket, whose one client is the program that started this one and speaks the
/// multiplexing protocol on its standard input and output.
/// </summary>
internal static class StandardStreamMaster
{
    /// <summary>Says hello and serves the client; the master ends with it.</summary>
    /// <param name="master">The master, which is logged in.</param>
    /// <param name="messages">What the command says, on standard error.</param>
    /// <exception cref="SshException">Standard input or output is not open.</exception>
    public static void Serve(MuxMaster master, Messages messages)
    {
        messages.Debug("serving a client on standard input and output");
        var streams = StandardStream.Open();
        _ = EndWithAsync();

        async Task EndWithAsync() =>
            master.End(await MuxStreamClients.ServeAsync(master, streams, streams).ConfigureAwait(false));
    }
}
