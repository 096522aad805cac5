using System.Security.Cryptography;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>
/// The method password (RFC 4252 section 8), with a new password, which servers demand when the old one has expired.
/// </summary>
internal sealed class PasswordMethod(
    AuthenticationExchange exchange, AuthenticationOptions options, AttemptReport report)
{
    private readonly string _userAtHost = $"{options.User}@{options.Host}";
    private int _attempts;

    /// <summary>Asks for a password and tries it; null if there is none.</summary>
    public async Task<AuthenticationReply?> TryAsync(CancellationToken cancellationToken)
    {
        if (_attempts == options.NumberOfPasswordPrompts) return null;
        if (_attempts++ > 0) options.Interaction.ShowMessage("Permission denied, please try again.");
        var prompt = new SecretPrompt(
            SecretKind.Password, $"{_userAtHost}'s password: ", _userAtHost, _attempts);
        using var password = await options.Interaction.AskSecretAsync(prompt, cancellationToken).ConfigureAwait(false);
        if (password is null)
        {
            _attempts = options.NumberOfPasswordPrompts;
            report.NoAnswer(AuthenticationMethods.Password);
            return null;
        }

        var reply = await exchange.RequestAsync(EncodePassword, password, cancellationToken).ConfigureAwait(false);
        if (await ChangePasswordAsync(password, reply, cancellationToken).ConfigureAwait(false) is not { } last)
        {
            _attempts = options.NumberOfPasswordPrompts;
            return null;
        }

        if (last.IsRefusal) report.Refused(last == reply ? "the password" : "the new password");

        return last;
    }

    /// <summary>The server wants one more method, which may be this one again.</summary>
    public void OnPartialSuccess() => _attempts = 0;

    private byte[] EncodePassword(Secret password)
    {
        var bytes = password.ToUtf8();
        try
        {
            var request = GC.AllocateUninitializedArray<byte>(
                exchange.HeadLength(AuthenticationMethods.Password) + 1 + 4 + bytes.Length, pinned: true);
            var writer = new SshWriter(request);
            exchange.WriteHead(ref writer, AuthenticationMethods.Password);
            writer.WriteBoolean(false);
            writer.WriteString(bytes);
            return request;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>
    /// Answers SSH_MSG_USERAUTH_PASSWD_CHANGEREQ, as often as the server does not like the new password. Gives its last
    /// word, or null if the user gives no new password.
    /// </summary>
    private async Task<AuthenticationReply?> ChangePasswordAsync(
        Secret old, AuthenticationReply reply, CancellationToken cancellationToken)
    {
        for (var attempt = 1; reply.Number == MessageNumber.UserAuthPasswordChangeRequest; attempt++)
        {
            ShowChangeRequest(reply.Message);
            using var password = await AskNewPasswordAsync(attempt, cancellationToken).ConfigureAwait(false);
            if (password is null)
            {
                report.NoAnswer("the new password that the server demands");
                return null;
            }

            reply = await exchange
                .RequestAsync(secret => EncodePasswordChange(old, secret), password, cancellationToken)
                .ConfigureAwait(false);
        }

        return reply;
    }

    /// <summary>Asks until the new password was typed twice in the same way; null: none was given.</summary>
    private async Task<Secret?> AskNewPasswordAsync(int attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            var password = await AskAsync($"Enter {_userAtHost}'s new password: ").ConfigureAwait(false);
            if (password is not { IsEmpty: false })
            {
                password?.Dispose();
                return null;
            }

            using var again = await AskAsync($"Retype {_userAtHost}'s new password: ").ConfigureAwait(false);
            if (again is not null && again.Characters.SequenceEqual(password.Characters)) return password;
            password.Dispose();
            if (again is null) return null;
            options.Interaction.ShowMessage("Mismatch; try again, EOF to quit.");
            attempt++;
        }

        async Task<Secret?> AskAsync(string text) => await options.Interaction
            .AskSecretAsync(new SecretPrompt(SecretKind.NewPassword, text, _userAtHost, attempt), cancellationToken)
            .ConfigureAwait(false);
    }

    private void ShowChangeRequest(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadByte();
        exchange.Text.Show(reader.ReadString());
        reader.ReadString();
        reader.ExpectEnd("SSH_MSG_USERAUTH_PASSWD_CHANGEREQ");
    }

    private byte[] EncodePasswordChange(Secret old, Secret password)
    {
        var (oldBytes, bytes) = (old.ToUtf8(), password.ToUtf8());
        try
        {
            var request = GC.AllocateUninitializedArray<byte>(
                exchange.HeadLength(AuthenticationMethods.Password) + 1 + 4 + oldBytes.Length + 4 + bytes.Length,
                pinned: true);
            var writer = new SshWriter(request);
            exchange.WriteHead(ref writer, AuthenticationMethods.Password);
            writer.WriteBoolean(true);
            writer.WriteString(oldBytes);
            writer.WriteString(bytes);
            return request;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(oldBytes);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
