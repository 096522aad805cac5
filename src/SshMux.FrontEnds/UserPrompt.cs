namespace SshMux.FrontEnds;

/// <summary>
/// Asks the user of a command: at the controlling terminal, or with the program of SSH_ASKPASS, by ssh(1)'s rules.
/// </summary>
public static class UserPrompt
{
    /// <summary>
    /// Asks for one line, hidden unless <paramref name="echo"/>. Null if nobody can be asked, or there is no answer.
    /// The caller wipes the answer if it is a secret.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; the terminal is as it was.</exception>
    public static Task<char[]?> ReadLineAsync(string question, bool echo, CancellationToken cancellationToken) =>
        Askpass.Use switch
        {
            AskpassUse.Always => Askpass.ReadLineAsync(question, cancellationToken),
            AskpassUse.WithoutTerminal when !TerminalPrompt.IsAvailable =>
                Askpass.ReadLineAsync(question, cancellationToken),
            _ => TerminalPrompt.ReadLineAsync(question, echo, cancellationToken),
        };
}
