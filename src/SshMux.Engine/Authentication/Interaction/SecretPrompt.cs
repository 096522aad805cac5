namespace SshMux.Engine.Authentication.Interaction;

/// <summary>A question whose answer is secret (unless <see cref="Echo"/> says otherwise).</summary>
/// <param name="Kind">What is asked for.</param>
/// <param name="Text">The question for the user, as <c>Enter passphrase for key '...': </c>.</param>
/// <param name="Target">Whom or what it belongs to: <c>user@host</c>, or the key file.</param>
/// <param name="Attempt">1 for the first time, 2 after one wrong answer, ...</param>
/// <param name="Echo">Whether the answer may be shown as it is typed.</param>
public sealed record SecretPrompt(SecretKind Kind, string Text, string Target, int Attempt = 1, bool Echo = false);
