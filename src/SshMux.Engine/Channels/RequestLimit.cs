using System.Text;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// How long a request may be. What a user's text goes into is measured before it is sent, and refused here: a server would
/// end the connection of all for it (<see cref="MessageLimit"/>).
/// </summary>
internal static class RequestLimit
{
    /// <summary>More than what is around the text in any request: numbers, types, modes of a terminal.</summary>
    private const int Room = 1024;

    /// <summary>The longest request, in bytes: the text and what is around it.</summary>
    public const int MaxRequest = MessageLimit.Longest - (Room / 2);

    /// <summary>How much of a user's text a request may carry, in bytes.</summary>
    public const int MaxText = MessageLimit.Longest - Room;

    /// <summary>Refuses a text that is too long for a request.</summary>
    /// <exception cref="SshException"><see cref="SshError.RequestTooLong"/>.</exception>
    public static void Demand(string what, long length)
    {
        if (Check(what, length) is { } refusal) throw refusal;
    }

    /// <summary>Refuses a text by its length in UTF-8.</summary>
    /// <exception cref="SshException"><see cref="SshError.RequestTooLong"/>.</exception>
    public static void Demand(string what, string text)
    {
        // No character takes more than three bytes.
        if (text.Length > MaxText / 3) Demand(what, Encoding.UTF8.GetByteCount(text));
    }

    /// <summary>Refuses a session of which one request would be too long.</summary>
    /// <exception cref="SshException"><see cref="SshError.RequestTooLong"/>, with what it is that is too long.</exception>
    public static void Demand(SessionRequest request)
    {
        if (request.Command is { } command) DemandProgram(request.Subsystem, ByteText.Encode(command).Length);
        foreach (var (name, value) in request.Environment)
        {
            DemandVariable(name, (long)Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value));
        }

        if (request.Pty is { } pty) DemandTerminal(pty.Term);
    }

    /// <summary>Refuses a command, or a subsystem's name.</summary>
    public static void DemandProgram(bool isSubsystem, int length) =>
        Demand(isSubsystem ? "the subsystem's name" : "the command", length);

    /// <summary>Refuses an environment variable of so many bytes in name and value.</summary>
    public static void DemandVariable(string name, long length)
    {
        if (length > MaxText) Demand($"the environment variable {Printable.Text(Encoding.UTF8.GetBytes(name), 64)}", length);
    }

    /// <summary>Refuses a terminal's type.</summary>
    public static void DemandTerminal(string term) => Demand("the terminal's type (TERM)", term);

    /// <summary>Refuses a forward of which one end's name is too long; one without a target is dynamic.</summary>
    /// <exception cref="SshException"><see cref="SshError.RequestTooLong"/>.</exception>
    public static void DemandForward(string listen, string? target)
    {
        Demand("the address to listen on", listen);
        if (target is not null) Demand("the forward's target", target);
    }

    /// <summary>The refusal of a text that is too long for a request; null if it is not.</summary>
    public static SshException? Check(string what, long length) =>
        length <= MaxText ? null : TooLong(what, length, MaxText);

    /// <summary>The refusal of a request whose fields are too long, whatever they are; null if they are not.</summary>
    /// <param name="type">The request's type, or the channel's that is to be opened.</param>
    /// <param name="length">The bytes of the fields.</param>
    /// <param name="maxMessage">The longest message that this server takes.</param>
    public static SshException? CheckRequest(string type, int length, int maxMessage) =>
        length <= maxMessage - (Room / 2) ? null : TooLong($"the request {type}", length, maxMessage - Room);

    private static SshException TooLong(string what, long length, int limit) => new(
        SshError.RequestTooLong,
        $"{what} is {length} bytes long, and a request to the server can take no more than {limit}; "
        + "send what is longer on standard input, or in a file");
}
