using System.Security.Cryptography;
using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Mux.Client;

namespace SshMux.Cli.Commands;

/// <summary>Locks a master of ours, or unlocks it (<c>-O lock</c>, <c>-O unlock</c>).</summary>
/// <param name="request">What is asked.</param>
/// <param name="path">The master's control socket.</param>
/// <param name="user">Is asked for the passphrase.</param>
/// <param name="messages">What is said to the user.</param>
internal sealed class LockCommand(LockRequest request, string path, IUserInteraction user, Messages messages)
{
    private const string Prompt = "Enter lock passphrase: ";
    private const string PromptAgain = "Again: ";

    /// <summary>Asks it.</summary>
    /// <param name="helloTimeout">How long the master may take to answer; null for the default.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SshException">There is no master, it is none of ours, or it refuses.</exception>
    public async Task RunAsync(TimeSpan? helloTimeout, CancellationToken cancellationToken)
    {
        var client = await ControlCommand.ConnectAsync(path, messages, helloTimeout, cancellationToken)
            .ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            byte[] passphrase = [];
            try
            {
                passphrase = await ReadPassphraseAsync(client, cancellationToken).ConfigureAwait(false);
                await (request.Locks
                    ? client.LockAsync(request.Waits, passphrase, cancellationToken)
                    : client.UnlockAsync(passphrase, cancellationToken)).ConfigureAwait(false);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(passphrase);
            }
        }

        if (messages.Verbosity > Verbosity.Quiet) Messages.WriteError($"Master {(request.Locks ? "locked" : "unlocked")}.\r\n");
    }

    private async Task<byte[]> ReadPassphraseAsync(MuxClient client, CancellationToken cancellationToken)
    {
        if (!request.Locks)
        {
            var present = await client.FindPresentAsync(cancellationToken).ConfigureAwait(false);
            if (present?.Lock is not { HasPassphrase: true }) return [];
        }
        else if (!request.WantsPassphrase)
        {
            return [];
        }

        using var first = await AskAsync(Prompt, cancellationToken).ConfigureAwait(false);
        if (!request.Locks) return first.ToUtf8();
        using var again = await AskAsync(PromptAgain, cancellationToken).ConfigureAwait(false);
        return first.Characters.SequenceEqual(again.Characters)
            ? first.ToUtf8()
            : throw new SshException(SshError.Stopped, "the passphrases are not the same; the master was not locked");
    }

    private async Task<Secret> AskAsync(string prompt, CancellationToken cancellationToken)
    {
        var answer = await user.AskSecretAsync(new SecretPrompt(SecretKind.Passphrase, prompt, path), cancellationToken)
            .ConfigureAwait(false);
        if (answer is { IsEmpty: false }) return answer;
        answer?.Dispose();
        throw new SshException(
            SshError.Stopped,
            "no passphrase was given; it is asked for at the terminal, or with SSH_ASKPASS, and not with BatchMode");
    }
}
