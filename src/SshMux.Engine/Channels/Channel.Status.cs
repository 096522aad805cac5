using System.Globalization;
using SshMux.Engine.Channels.Messages;

namespace SshMux.Engine.Channels;

// A line about the channel, in the words of OpenSSH 10.3 (channel_format_status), for ~# and MUX_C_EXT_INFO "channels".
public sealed partial class Channel
{
    private const int Opening = 3; // SSH_CHANNEL_OPENING
    private const int Open = 4; // SSH_CHANNEL_OPEN

    /// <summary>
    /// As
    /// <c>#0 client-session (t4 [session] r0 nm0 i0/0 o0/0 e[write]/0 fd 4/5/6 sock -1 cc -1 nc0 io 0x00/0x00 RTI)</c>:
    /// type, numbers, state and waiting bytes of input and output (0 open, 1 to be written out, 3 closed), descriptors.
    /// There are no control channels (cc) here, and readiness (io) is known to the system only.
    /// </summary>
    internal string Describe()
    {
        var ends = _handler.DescribeEnds();
        var input = _eofSent || _closeSent || ends.InputEnded ? 3 : 0;
        var output = (EofReceived || _closeSent) switch
        {
            false => 0,
            true when ends.OutputWaiting > 0 => 1,
            true => 3,
        };
        var error = ends.Error >= 0 ? "write" : "closed";
        var socket = ends.IsSocket ? ends.Input : -1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"#{LocalId} {Kind} "
            + $"(t{(_isOpen ? Open : Opening)} [{Type}] {(_isOpen ? "r" : "nr")}{RemoteId} nm0 "
            + $"i{input}/{ends.InputWaiting} o{output}/{ends.OutputWaiting} e[{error}]/{ends.ErrorWaiting} "
            + $"fd {ends.Input}/{ends.Output}/{ends.Error} sock {socket} cc -1 nc0 io 0x00/0x00 "
            + $"{(ends.IsTerminal ? "RTI" : "B")})");
    }

    private string Kind => Type != ChannelTypes.Session ? Name : IsSpare ? "spare-session" : "client-session";

    private string Name => _isOurs ? $"{Type}: {_purpose}" : Type;
}
