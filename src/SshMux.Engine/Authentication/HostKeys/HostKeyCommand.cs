using System.Text;
using SshMux.Engine.Configuration;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// KnownHostsCommand of ssh_config(5): a program, started without a shell, that prints known_hosts lines. It is asked
/// before the key exchange which types of keys are known ("ORDER"), and about the key that the host shows
/// ("HOSTNAME"). "ADDRESS" does not happen, as there is no CheckHostIP.
/// </summary>
internal static class HostKeyCommand
{
    private const int MaxOutput = 16 * 1024 * 1024;

    /// <summary>Runs the command to its end and gives what it prints.</summary>
    /// <param name="command">The command as configured.</param>
    /// <param name="tokens">What tokens stand for.</param>
    /// <param name="invocation">Why it is run, its token %I.</param>
    /// <param name="name">The name that is looked for, its token %H.</param>
    /// <param name="shown">The host's key; null when it is not known yet.</param>
    /// <param name="hash">The hash of its fingerprint, its token %f.</param>
    /// <param name="cancellationToken">Gives up and ends the program.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: it cannot be run, or fails. Then no host key is accepted.
    /// </exception>
    public static async Task<string> RunAsync(
        string command,
        ConnectionTokens tokens,
        string invocation,
        string name,
        ServerHostKey? shown,
        FingerprintHash hash,
        CancellationToken cancellationToken)
    {
        tokens = tokens with
        {
            More = new Dictionary<char, string>
            {
                ['H'] = name,
                ['I'] = invocation,
                ['t'] = shown is null ? "NONE" : shown.Certificate?.Type ?? shown.Key.KeyType,
                ['f'] = shown is null ? "NONE" : KeyFingerprint.Of(shown.Key.Blob.Span, hash),
                ['K'] = shown is null ? "NONE" : Convert.ToBase64String(shown.Blob.Span),
            },
        };
        var words = Words(command);
        if (words is not [var program, .. var rest] || !Path.IsPathFullyQualified(program))
        {
            throw Failed(command, "it must begin with the absolute path of a program");
        }

        List<string> arguments = [.. rest.Select(word => tokens.Expand(word, "KnownHostsCommand"))];
        ChildProcess process;
        try
        {
            process = ChildProcess.Start(ChildCommand.For(program, arguments) with
            {
                Input = ChildStream.Nothing,
                Output = ChildStream.Pipe,
            });
        }
        catch (SshException e)
        {
            throw Failed(command, e.Message);
        }

        using var reader = process.Output!;
        try
        {
            var output = await ReadAsync(command, reader, cancellationToken).ConfigureAwait(false);
            var exit = await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            return exit.Status == 0 ? output : throw Failed(command, $"it {exit}");
        }
        finally
        {
            process.Terminate();
        }
    }

    /// <summary>The words of a command line, as OpenSSH splits them: by quotes and backslashes only.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: a quote is not closed.</exception>
    internal static List<string> Words(string command)
    {
        List<string> words = [];
        for (var i = 0; i < command.Length; i++)
        {
            if (command[i] is ' ' or '\t') continue;
            var word = new StringBuilder();
            var quote = '\0';
            for (; i < command.Length; i++)
            {
                var (c, next) = (command[i], i + 1 < command.Length ? command[i + 1] : '\0');
                if (c == '\\' && (next is '\'' or '"' or '\\' || (quote == '\0' && next == ' ')))
                {
                    word.Append(next);
                    i++;
                }
                else if (quote == '\0' && c is ' ' or '\t')
                {
                    break;
                }
                else if (quote == '\0' && c is '"' or '\'')
                {
                    quote = c;
                }
                else if (quote != '\0' && c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }

            if (quote != '\0') throw Failed(command, "a quote is not closed");
            words.Add(word.ToString());
        }

        return words;
    }

    private static async Task<string> ReadAsync(
        string command, ChildOutput reader, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var count = await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0) return Encoding.UTF8.GetString(output.GetBuffer().AsSpan(0, (int)output.Length));
            output.Write(buffer, 0, count);
            if (output.Length > MaxOutput) throw Failed(command, $"it prints more than {MaxOutput} bytes");
        }
    }

    private static SshException Failed(string command, string why) =>
        new(SshError.ConfigurationInvalid, $"KnownHostsCommand '{command}' failed, so no host key is accepted: {why}");
}
