namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// Takes escapes out of what a user types (ssh(1), ESCAPE CHARACTERS). Pure: the state is the two bits between the
/// keys. An escape counts right after a line end, and at the beginning.
/// </summary>
/// <param name="character">
/// The escape character, a byte; a larger number never comes, so that there is no escape then.
/// </param>
internal sealed class EscapeFilter(uint character)
{
    private bool _isLineStart = true;
    private bool _isPending;

    /// <summary>
    /// Moves what is to be sent from <paramref name="input"/> to <paramref name="output"/> and stops after a command,
    /// so that it can be carried out before what follows it is looked at.
    /// </summary>
    /// <param name="input">What was typed.</param>
    /// <param name="output">
    /// Has room for one byte more than the input. It may begin one byte or more before the input in the same memory.
    /// </param>
    /// <returns>How many bytes were taken and given, and the command, if there was one.</returns>
    public (int Taken, int Given, EscapeCommand? Command) Process(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var given = 0;
        for (var i = 0; i < input.Length; i++)
        {
            var key = input[i];
            if (_isPending)
            {
                _isPending = false;
                if (CommandOf(key) is { } command) return (i + 1, given, command);

                // The escape character twice is one of it; before anything else it was none.
                if (key != character) output[given++] = (byte)character;
            }
            else if (_isLineStart && key == character)
            {
                _isPending = true;
                continue;
            }

            _isLineStart = key is (byte)'\r' or (byte)'\n';
            output[given++] = key;
        }

        return (input.Length, given, null);
    }

    private static EscapeCommand? CommandOf(byte key) => key switch
    {
        (byte)'.' => EscapeCommand.Terminate,
        'Z' - 64 => EscapeCommand.Suspend,
        (byte)'B' => EscapeCommand.Break,
        (byte)'C' => EscapeCommand.CommandLine,
        (byte)'I' => EscapeCommand.Information,
        (byte)'R' => EscapeCommand.Rekey,
        (byte)'V' => EscapeCommand.LessVerbose,
        (byte)'v' => EscapeCommand.MoreVerbose,
        (byte)'#' => EscapeCommand.Channels,
        (byte)'&' => EscapeCommand.Background,
        (byte)'?' => EscapeCommand.Help,
        _ => null,
    };
}
