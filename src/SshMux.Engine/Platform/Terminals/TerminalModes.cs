using System.Buffers.Binary;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>Terminal modes between <c>struct termios</c> (Linux) and RFC 4254 section 8.</summary>
internal static class TerminalModes
{
    /// <summary>TTY_OP_END.</summary>
    public const byte End = 0;

    private const byte EchoOpcode = 53;
    private const byte InputSpeed = 128;
    private const byte OutputSpeed = 129;

    private const uint Ignpar = 0x4, Istrip = 0x20, Inlcr = 0x40, Igncr = 0x80, Icrnl = 0x100, Iuclc = 0x200;
    private const uint Ixon = 0x400, Ixany = 0x800, Ixoff = 0x1000;
    private const uint Opost = 0x1;
    private const uint Isig = 0x1, Icanon = 0x2, Echo = 0x8, Echoe = 0x10, Echok = 0x20, Echonl = 0x40, Iexten = 0x8000;
    private const int Vmin = 6, Vtime = 5;

    // RFC 4254 section 8: opcode, and index in c_cc. Linux has no VDSUSP, VFLUSH and VSTATUS.
    private static readonly (byte Opcode, byte Index)[] Characters =
    [
        (1, 0), // VINTR
        (2, 1), // VQUIT
        (3, 2), // VERASE
        (4, 3), // VKILL
        (5, 4), // VEOF
        (6, 11), // VEOL
        (7, 16), // VEOL2
        (8, 8), // VSTART
        (9, 9), // VSTOP
        (10, 10), // VSUSP
        (12, 12), // VREPRINT
        (13, 14), // VWERASE
        (14, 15), // VLNEXT
        (16, 7), // VSWTCH
        (18, 13), // VDISCARD
    ];

    // Opcode, and bits; IUTF8 (42) is RFC 8160.
    private static readonly (byte Opcode, uint Bits)[] InputModes =
    [
        (30, Ignpar), (31, 0x8 /* PARMRK */), (32, 0x10 /* INPCK */), (33, Istrip), (34, Inlcr), (35, Igncr), (36, Icrnl),
        (37, Iuclc), (38, Ixon), (39, Ixany), (40, Ixoff), (41, 0x2000 /* IMAXBEL */), (42, 0x4000 /* IUTF8 */),
    ];

    private static readonly (byte Opcode, uint Bits)[] LocalModes =
    [
        (50, Isig), (51, Icanon), (52, 0x4 /* XCASE */), (53, Echo), (54, Echoe), (55, Echok), (56, Echonl),
        (57, 0x80 /* NOFLSH */), (58, 0x100 /* TOSTOP */), (59, Iexten), (60, 0x200 /* ECHOCTL */),
        (61, 0x800 /* ECHOKE */), (62, 0x4000 /* PENDIN */),
    ];

    private static readonly (byte Opcode, uint Bits)[] OutputModes =
    [
        (70, Opost), (71, 0x2 /* OLCUC */), (72, 0x4 /* ONLCR */), (73, 0x8 /* OCRNL */), (74, 0x10 /* ONOCR */),
        (75, 0x20 /* ONLRET */),
    ];

    // CS7 and CS8 are values of one two-bit field; what matters, as with OpenSSH, is whether their bits are set.
    private static readonly (byte Opcode, uint Bits)[] ControlModes =
    [
        (90, 0x20 /* CS7 */), (91, 0x30 /* CS8 */), (92, 0x100 /* PARENB */), (93, 0x200 /* PARODD */),
    ];

    private static readonly uint[] LowSpeeds =
        [0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400];

    private static readonly uint[] HighSpeeds =
    [
        57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000,
        3500000, 4000000,
    ];

    /// <summary>Encodes modes and speeds (as cfgetispeed(3) gives them).</summary>
    public static byte[] Encode(in TerminalAttributes attributes, uint inputSpeed, uint outputSpeed)
    {
        var bytes = new List<byte>(256);
        Add(bytes, OutputSpeed, BaudRate(outputSpeed));
        Add(bytes, InputSpeed, BaudRate(inputSpeed));
        foreach (var (opcode, index) in Characters)
        {
            // 0 is _POSIX_VDISABLE here, 255 on the wire.
            var value = attributes.Characters[index];
            Add(bytes, opcode, value == 0 ? 255u : value);
        }

        AddFlags(bytes, InputModes, attributes.InputFlags);
        AddFlags(bytes, LocalModes, attributes.LocalFlags);
        AddFlags(bytes, OutputModes, attributes.OutputFlags);
        AddFlags(bytes, ControlModes, attributes.ControlFlags);
        bytes.Add(End);
        return [.. bytes];
    }

    /// <summary>
    /// What OpenSSH for Windows says of its console, which has no such modes: the speeds. All else is as the server has it.
    /// </summary>
    public static byte[] OfConsole()
    {
        const uint speed = 9600;
        var bytes = new List<byte>();
        Add(bytes, OutputSpeed, speed);
        Add(bytes, InputSpeed, speed);
        bytes.Add(End);
        return [.. bytes];
    }

    /// <summary>Raw mode as ssh(1) sets it: parity errors are ignored, all else goes through.</summary>
    public static void MakeRaw(ref TerminalAttributes attributes)
    {
        attributes.InputFlags |= Ignpar;
        attributes.InputFlags &= ~(Istrip | Inlcr | Igncr | Icrnl | Ixon | Ixany | Ixoff | Iuclc);
        attributes.LocalFlags &= ~(Isig | Icanon | Echo | Echoe | Echok | Echonl | Iexten);
        attributes.OutputFlags &= ~Opost;
        attributes.Characters[Vmin] = 1;
        attributes.Characters[Vtime] = 0;
    }

    /// <summary>What is typed is not shown, but the line end is.</summary>
    public static void HideInput(ref TerminalAttributes attributes)
    {
        attributes.LocalFlags &= ~(Echo | Echoe | Echok);
        attributes.LocalFlags |= Echonl | Icanon;
    }

    /// <summary>What is typed is not shown at all.</summary>
    public static void HideAllInput(ref TerminalAttributes attributes) =>
        attributes.LocalFlags &= ~(Echo | Echoe | Echok | Echonl);

    /// <summary>
    /// Modes for a terminal that nobody looks at: what is typed is not shown. Everything else is as the server has it.
    /// </summary>
    public static byte[] WithoutEcho()
    {
        var bytes = new List<byte>();
        Add(bytes, EchoOpcode, 0);
        bytes.Add(End);
        return [.. bytes];
    }

    /// <summary>Whether encoded modes (RFC 4254 section 8) leave ECHO on, as it is if they do not name it.</summary>
    public static bool HasEcho(ReadOnlySpan<byte> modes)
    {
        for (; modes is [not End, _, _, _, _, ..]; modes = modes[5..])
        {
            if (modes[0] == EchoOpcode) return BinaryPrimitives.ReadUInt32BigEndian(modes[1..]) != 0;
        }

        return true;
    }

    /// <summary>What is typed is shown, a line at a time.</summary>
    public static void ShowInput(ref TerminalAttributes attributes) => attributes.LocalFlags |= Echo | Icanon;

    // glibc before 2.42 and musl give the codes B0 to B4000000, later glibc gives the rate itself.
    private static uint BaudRate(uint speed) => speed switch
    {
        < 16 => LowSpeeds[speed],
        > 0x1000 and < 0x1010 => HighSpeeds[speed - 0x1001],
        _ => speed,
    };

    private static void AddFlags(List<byte> bytes, (byte Opcode, uint Bits)[] modes, uint flags)
    {
        foreach (var (opcode, bits) in modes) Add(bytes, opcode, (flags & bits) != 0 ? 1u : 0u);
    }

    private static void Add(List<byte> bytes, byte opcode, uint value)
    {
        Span<byte> argument = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(argument, value);
        bytes.Add(opcode);
        bytes.AddRange(argument);
    }
}
