using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <content>The methods that ask the user: password (RFC 4252 section 8) and keyboard-interactive (RFC 4256).</content>
public sealed partial class UserAuthentication
{
    private const int MaxPrompts = 100;
    private const int MaxPromptLength = 1024;
    private const int MaxBanners = 32;

    private int _passwordAttempts;
    private int _responseAttempts;
    private int _banners;

    private string UserAtHost => $"{_options.User}@{_options.Host}";

    private async Task<Reply?> TryPasswordAsync(CancellationToken ct)
    {
        if (_passwordAttempts == _options.NumberOfPasswordPrompts) return null;
        if (_passwordAttempts++ > 0) _options.Interaction.ShowMessage("Permission denied, please try again.");
        var prompt = new SecretPrompt(
            SecretKind.Password, $"{UserAtHost}'s password: ", UserAtHost, _passwordAttempts);
        using var password = await _options.Interaction.AskSecretAsync(prompt, ct).ConfigureAwait(false);
        if (password is null)
        {
            _passwordAttempts = _options.NumberOfPasswordPrompts;
            _report.NoAnswer("password");
            return null;
        }

        var reply = await RequestAsync(EncodePassword, password, ct).ConfigureAwait(false);
        if (await ChangePasswordAsync(password, reply, ct).ConfigureAwait(false) is not { } last)
        {
            _passwordAttempts = _options.NumberOfPasswordPrompts;
            return null;
        }

        if (IsRefusal(last)) _report.Refused(last == reply ? "the password" : "the new password");

        return last;
    }

    private async Task<Reply?> TryKeyboardInteractiveAsync(CancellationToken ct)
    {
        if (_responseAttempts == _options.NumberOfPasswordPrompts) return null;
        _responseAttempts++;
        var reply = await RequestAsync(EncodeKeyboardInteractive(), ct).ConfigureAwait(false);
        var wasAsked = false;
        while (reply.Number == MessageNumber.UserAuthInfoRequest)
        {
            if (++_requests > MaxRequests) throw await FailedAsync().ConfigureAwait(false);
            var questions = ParseQuestions(reply.Message);
            wasAsked |= questions.Count > 0;
            var answers = await AnswerAsync(questions, ct).ConfigureAwait(false);
            if (answers is null)
            {
                // The next request ends this one (RFC 4256 section 3.1).
                _responseAttempts = _options.NumberOfPasswordPrompts;
                _report.NoAnswer("keyboard-interactive");
                return null;
            }

            SendAnswers(answers);
            reply = await ReceiveAsync(ct).ConfigureAwait(false);
        }

        // A server that asks nothing will ask nothing the next time.
        if (!wasAsked) _responseAttempts = _options.NumberOfPasswordPrompts;
        else if (IsRefusal(reply)) _report.Refused("the answers (keyboard-interactive)");
        return reply;
    }

    /// <summary>Asks the questions in order; null if one stays without an answer.</summary>
    private async Task<List<Secret>?> AnswerAsync(List<(string Text, bool Echo)> questions, CancellationToken ct)
    {
        List<Secret> answers = [];
        var complete = false;
        try
        {
            foreach (var (text, echo) in questions)
            {
                // Named, so that no server can pass its question off as another's, or as a passphrase prompt.
                var prompt = new SecretPrompt(
                    SecretKind.Response, $"({UserAtHost}) {text}", UserAtHost, _responseAttempts, echo);
                var answer = await _options.Interaction.AskSecretAsync(prompt, ct).ConfigureAwait(false);
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
            _requestIsOut = true;
            Send(writer.Written);
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
        ShowText(name);
        ShowText(instruction);
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
        var devices = _options.KbdInteractiveDevices ?? "";
        var request = new byte[RequestHeadLength("keyboard-interactive") + 4 + SshWriter.StringLength(devices)];
        var writer = new SshWriter(request);
        WriteRequestHead(ref writer, "keyboard-interactive");
        writer.WriteString("");
        writer.WriteString(devices);
        return request;
    }

    private byte[] EncodePassword(Secret password)
    {
        var bytes = password.ToUtf8();
        try
        {
            var request = GC.AllocateUninitializedArray<byte>(
                RequestHeadLength("password") + 1 + 4 + bytes.Length, pinned: true);
            var writer = new SshWriter(request);
            WriteRequestHead(ref writer, "password");
            writer.WriteBoolean(false);
            writer.WriteString(bytes);
            return request;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Sends a request with a secret in it, and wipes it once it is encoded for the transport.</summary>
    private Task<Reply> RequestAsync(Func<Secret, byte[]> encode, Secret secret, CancellationToken ct)
    {
        var request = encode(secret);
        try
        {
            // Sent before the task is returned.
            return RequestAsync(request, ct);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request);
        }
    }

    private static void WriteSecret(ref SshWriter writer, Secret secret)
    {
        var bytes = secret.ToUtf8();
        writer.WriteString(bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }

    private void ShowBanner(byte[] message)
    {
        if (++_banners > MaxBanners) return;
        var reader = new SshReader(message);
        reader.ReadByte();
        var text = SafeText(reader.ReadString());
        if (text.Length > 0) _options.Interaction.ShowBanner(text);
    }

    private void ShowText(ReadOnlySpan<byte> bytes)
    {
        var text = SafeText(bytes);
        if (text.Length > 0) _options.Interaction.ShowMessage(text);
    }

    /// <summary>The server's text, made safe for a terminal. The length of a message bounds it.</summary>
    private static string SafeText(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var lines = text.Split('\n')
            .Select(line => Printable.Text(line.TrimEnd('\r').Replace('\t', ' '), text.Length));
        return string.Join('\n', lines).TrimEnd();
    }
}
