using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Clients;

/// <summary>Commands that are run to their end.</summary>
public static class SshClientCommands
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Runs a command, and gives what it wrote and how it ended.</summary>
    /// <param name="client">Over whose login.</param>
    /// <param name="command">For the user's shell on the server.</param>
    /// <param name="input">What it reads, sent as UTF-8; null: nothing.</param>
    /// <param name="cancellationToken">Gives up: the session is closed, whatever the command does.</param>
    /// <exception cref="SshException">It cannot be run, or why the connection ended before it did. A command that fails
    /// is no error: see <see cref="CommandOutput.Succeeded"/>.</exception>
    public static async Task<CommandOutput> RunAsync(
        this ISshClient client, string command, string? input = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(command);
        var process = await client.StartAsync(new SessionRequest { Command = command }, cancellationToken)
            .ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            var output = ReadAsync(process.StandardOutput, cancellationToken);
            var error = ReadAsync(process.StandardError, cancellationToken);
            var sent = SendAsync(process.StandardInput, input, cancellationToken);
            await Task.WhenAll(output, error, sent).ConfigureAwait(false);
            var exit = await process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new CommandOutput(exit, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Utf8);
        return await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task SendAsync(Stream stream, string? input, CancellationToken cancellationToken)
    {
        await using (stream.ConfigureAwait(false))
        {
            if (input is null) return;
            try
            {
                await stream.WriteAsync(Utf8.GetBytes(input), cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It does not read it all, as head(1) does not. How it ended, and what it said, is what counts.
            }
        }
    }
}
