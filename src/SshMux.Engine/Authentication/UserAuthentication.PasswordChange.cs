using System.Security.Cryptography;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <content>A new password, which servers demand when the old one has expired (RFC 4252 section 8).</content>
public sealed partial class UserAuthentication
{
    /// <summary>
    /// Answers SSH_MSG_USERAUTH_PASSWD_CHANGEREQ, as often as the server does not like the new password. Gives its last
    /// word, or null if the user gives no new password.
    /// </summary>
    private async Task<Reply?> ChangePasswordAsync(Secret old, Reply reply, CancellationToken ct)
    {
        for (var attempt = 1; reply.Number == MessageNumber.UserAuthPasswordChangeRequest; attempt++)
        {
            ShowChangeRequest(reply.Message);
            using var password = await AskNewPasswordAsync(attempt, ct).ConfigureAwait(false);
            if (password is null)
            {
                _report.NoAnswer("the new password that the server demands");
                return null;
            }

            reply = await RequestAsync(secret => EncodePasswordChange(old, secret), password, ct)
                .ConfigureAwait(false);
        }

        return reply;
    }

    /// <summary>Asks until the new password was typed twice in the same way; null: none was given.</summary>
    private async Task<Secret?> AskNewPasswordAsync(int attempt, CancellationToken ct)
    {
        while (true)
        {
            var password = await AskAsync($"Enter {UserAtHost}'s new password: ").ConfigureAwait(false);
            if (password is not { IsEmpty: false })
            {
                password?.Dispose();
                return null;
            }

            using var again = await AskAsync($"Retype {UserAtHost}'s new password: ").ConfigureAwait(false);
            if (again is not null && again.Characters.SequenceEqual(password.Characters)) return password;
            password.Dispose();
            if (again is null) return null;
            _options.Interaction.ShowMessage("Mismatch; try again, EOF to quit.");
            attempt++;
        }

        async Task<Secret?> AskAsync(string text) => await _options.Interaction
            .AskSecretAsync(new SecretPrompt(SecretKind.NewPassword, text, UserAtHost, attempt), ct)
            .ConfigureAwait(false);
    }

    private void ShowChangeRequest(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadByte();
        ShowText(reader.ReadString());
        reader.ReadString();
        reader.ExpectEnd("SSH_MSG_USERAUTH_PASSWD_CHANGEREQ");
    }

    private byte[] EncodePasswordChange(Secret old, Secret password)
    {
        var (oldBytes, bytes) = (old.ToUtf8(), password.ToUtf8());
        try
        {
            var request = GC.AllocateUninitializedArray<byte>(
                RequestHeadLength("password") + 1 + 4 + oldBytes.Length + 4 + bytes.Length, pinned: true);
            var writer = new SshWriter(request);
            WriteRequestHead(ref writer, "password");
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
