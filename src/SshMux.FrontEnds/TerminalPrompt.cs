namespace SshMux.FrontEnds;

/// <summary>
/// Asks the person at the controlling terminal (/dev/tty, on Windows the console), whatever the standard descriptors are.
/// </summary>
public static class TerminalPrompt
{
    /// <summary>Whether this process has a controlling terminal to ask at.</summary>
    public static bool IsAvailable => ControllingTerminal.Current.IsAvailable;

    /// <summary>
    /// Shows <paramref name="question"/> and reads one line, hidden unless <paramref name="echo"/>. Null if there is no
    /// terminal, or its user ends the input (Ctrl-D, on Windows also Ctrl-Z). The caller wipes the answer if it is a secret.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; the terminal is as it was.</exception>
    public static Task<char[]?> ReadLineAsync(string question, bool echo, CancellationToken cancellationToken) =>
        ControllingTerminal.Current.ReadLineAsync(question, echo, cancellationToken);
}
