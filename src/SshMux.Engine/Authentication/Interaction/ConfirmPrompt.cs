namespace SshMux.Engine.Authentication.Interaction;

/// <summary>A question that is answered by yes or no.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">The question for the user; its end names the answers: <c>(yes/no)</c>.</param>
/// <param name="Target">What it belongs to: the host, or the key file.</param>
/// <param name="ExpectedText">
/// Another answer that means yes: a host key's fingerprint, which the user may have got by another way.
/// </param>
public sealed record ConfirmPrompt(ConfirmKind Kind, string Text, string Target, string? ExpectedText = null);
