using System.Security.Cryptography;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>The method keyboard-interactive (RFC 4256): the server asks, the user answers.</summary>
internal sealed class KeyboardInteractiveMethod(
    AuthenticationExchange exchange, AuthenticationOptions options, AttemptReport report)
{
    private const int MaxPrompts = 100;
    private const int MaxPromptLength = 1024;

    private readonly string _userAtHost = $"{options.User}@{options.Host}";
    private int _attempts;

    /// <summary>Lets the server ask its questions once; null if nobody answers them.</summary>
    public async Task<AuthenticationReply?> TryAsync(CancellationToken cancellationToken)
    {
        if (_attempts == options.NumberOfPasswordPrompts) return null;
        _attempts++;
        var reply = await exchange.RequestAsync(EncodeKeyboardInteractive(), cancellationToken).ConfigureAwait(false);
        var wasAsked = false;
        while (reply.Number == MessageNumber.UserAuthInfoRequest)
        {
            await exchange.CountAsync().ConfigureAwait(false);
            var questions = ParseQuestions(reply.Message);
            wasAsked |= questions.Count > 0;
            var answers = await AnswerAsync(questions, cancellationToken).ConfigureAwait(false);
            if (answers is null)
            {
                // The next request ends this one (RFC 4256 section 3.1).
                _attempts = options.NumberOfPasswordPrompts;
                report.NoAnswer(AuthenticationMethods.KeyboardInteractive);
                return null;
            }

            SendAnswers(answers);
            reply = await exchange.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }

        // A server that asks nothing will ask nothing the next time.
        if (!wasAsked) _attempts = options.NumberOfPasswordPrompts;
        else if (reply.IsRefusal) report.Refused("the answers (keyboard-interactive)");
        return reply;
    }

    /// <summary>The server wants one more method, which may be this one again.</summary>
    public void OnPartialSuccess() => _attempts = 0;

    /// <summary>Asks the questions in order; null if one stays without an answer.</summary>
    private async Task<List<Secret>?> AnswerAsync(
        List<(string Text, bool Echo)> questions, CancellationToken cancellationToken)
    {
        List<Secret> answers = [];
        var complete = false;
        try
        {
            foreach (var (text, echo) in questions)
            {
                // Named, so that no server can pass its question off as another's, or as a passphrase prompt.
                var prompt = new SecretPrompt(
                    SecretKind.Response, $"({_userAtHost}) {text}", _userAtHost, _attempts, echo);
                var answer = await options.Interaction.AskSecretAsync(prompt, cancellationToken).ConfigureAwait(false);
                if (answer is null) return null;
                answers.Add(answer);
            }

            complete = true;
            return answers;
        }
        finally
        {
            if (!complete) answers.ForEach(answer => answer.Dispose());
        }
    }

    private void SendAnswers(List<Secret> answers)
    {
        var length = 1 + 4 + answers.Sum(answer => 4 + (3 * answer.Characters.Length));
        var message = GC.AllocateArray<byte>(length, pinned: true);
        try
        {
            var writer = new SshWriter(message);
            writer.WriteByte(MessageNumber.UserAuthInfoResponse);
            writer.WriteUInt32((uint)answers.Count);
            foreach (var answer in answers) WriteSecret(ref writer, answer);
            exchange.SendForAnswer(writer.Written);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
            answers.ForEach(answer => answer.Dispose());
        }
    }

    private List<(string Text, bool Echo)> ParseQuestions(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadByte();
        var name = reader.ReadString();
        var instruction = reader.ReadString();
        reader.ReadString();
        exchange.Text.Show(name);
        exchange.Text.Show(instruction);
        var count = reader.ReadUInt32();
        if (count > MaxPrompts) throw SshException.Protocol($"the server asks {count} questions at once");
        List<(string Text, bool Echo)> questions = [];
        for (var i = 0; i < count; i++)
        {
            questions.Add((Printable.Text(reader.ReadString(), MaxPromptLength), reader.ReadBoolean()));
        }

        reader.ExpectEnd("SSH_MSG_USERAUTH_INFO_REQUEST");
        return questions;
    }

    private byte[] EncodeKeyboardInteractive()
    {
        var devices = options.KbdInteractiveDevices ?? "";
        var length =
            exchange.HeadLength(AuthenticationMethods.KeyboardInteractive) + 4 + SshWriter.StringLength(devices);
        var request = new byte[length];
        var writer = new SshWriter(request);
        exchange.WriteHead(ref writer, AuthenticationMethods.KeyboardInteractive);
        writer.WriteString("");
        writer.WriteString(devices);
        return request;
    }

    private static void WriteSecret(ref SshWriter writer, Secret secret)
    {
        var bytes = secret.ToUtf8();
        writer.WriteString(bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }
}
