using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>
/// A message of the multiplexing protocol, in either direction. Each kind knows its number and how to check and write its
/// fields, and has a static <c>Read</c>, which <see cref="MuxCodec"/> finds by the constant <c>Number</c>.
/// </summary>
internal abstract record MuxMessage
{
    /// <summary>The number of the message's kind.</summary>
    public abstract uint Type { get; }

    /// <summary>What every kind has first: the request's id, the session's or, in a hello, the version.</summary>
    public abstract uint First { get; }

    /// <summary>How many bytes <see cref="WriteFields"/> writes.</summary>
    public virtual long FieldsLength => 0;

    /// <summary>What is said to take too much room if the message is too long, with its verb.</summary>
    public virtual string TakesRoom => "the request takes";

    /// <summary>Sees to it that the fields may be sent.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.RequestTooLong"/>: there are more of them than a peer accepts;
    /// <see cref="SshError.NotSupported"/>: a NUL in a text.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// What must never be sent: an unknown forwarding type (it kills an OpenSSH master), a number that is no port.
    /// </exception>
    public virtual void Validate()
    {
    }

    /// <summary>Writes what follows <see cref="First"/>.</summary>
    public virtual void WriteFields(ref SshWriter writer)
    {
    }
}
