using System.Text;
using SshMux.Engine.DescriptorChannels;

namespace SshMux.Engine.Tests.DescriptorChannels;

public class EscapeFilterTests
{
    /// <summary>What is typed, and what is sent with the commands in brackets.</summary>
    public static TheoryData<string, string> Typed => new()
    {
        { "", "" },
        { "ls\r", "ls\r" },
        { "~.", "[Terminate]" },
        { "~\x1a", "[Suspend]" },
        { "~B~C~I~R~#", "[Break][CommandLine][Information][Rekey][Channels]" },
        { "~V~v~&~?", "[LessVerbose][MoreVerbose][Background][Help]" },
        { "a~.", "a~." },
        { "a\r~.", "a\r[Terminate]" },
        { "a\n~#b", "a\n[Channels]b" },
        { "~~", "~" },
        { "~~.", "~." },
        { "~~~.", "~~." },
        { "\r~~\r~.", "\r~\r[Terminate]" },
        { "~x", "~x" },
        { "~x~.", "~x~." },
        { "~\r~.", "~\r[Terminate]" },
        { "~Bx~.", "[Break]x~." },
        { "~b", "~b" },
        { "\0~.", "\0~." },
    };

    [Theory, MemberData(nameof(Typed))]
    public void Escapes_count_at_the_beginning_of_a_line_however_the_keys_arrive(string typed, string expected)
    {
        Assert.Equal(expected, Run(typed, '~', typed.Length));
        Assert.Equal(expected, Run(typed, '~', 1));
        Assert.Equal(expected, Run(typed, '~', 2));
    }

    [Fact]
    public void The_escape_character_may_be_another()
    {
        Assert.Equal("~.\r[Terminate]", Run("~.\r\x1d.", 0x1d, 9));
        Assert.Equal("\x1d", Run("\x1d\x1d", 0x1d, 9));
    }

    [Fact]
    public void A_character_that_is_no_byte_never_comes() => Assert.Equal("~.\x7e.", Run("~.\x7e.", 0x17e, 9));

    [Fact]
    public void What_was_read_may_lie_in_the_buffer_that_is_filled()
    {
        var filter = new EscapeFilter('~');
        var buffer = Encoding.ASCII.GetBytes("-~");
        Assert.Equal((1, 0, null), filter.Process(buffer.AsSpan(1), buffer));
        buffer = Encoding.ASCII.GetBytes("-abc");
        Assert.Equal((3, 4, null), filter.Process(buffer.AsSpan(1), buffer));
        Assert.Equal("~abc", Encoding.ASCII.GetString(buffer));
    }

    private static string Run(string typed, uint character, int chunk)
    {
        var filter = new EscapeFilter(character);
        var result = new StringBuilder();
        var output = new byte[typed.Length + 1];
        for (var start = 0; start < typed.Length; start += chunk)
        {
            var part = typed.Substring(start, Math.Min(chunk, typed.Length - start));
            ReadOnlySpan<byte> rest = Encoding.Latin1.GetBytes(part);
            while (!rest.IsEmpty)
            {
                var (taken, given, command) = filter.Process(rest, output);
                result.Append(Encoding.Latin1.GetString(output, 0, given));
                if (command is { } escape) result.Append('[').Append(escape).Append(']');
                rest = rest[taken..];
            }
        }

        return result.ToString();
    }
}
