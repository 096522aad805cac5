using System.Text;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Tests.Platform;

/// <summary>What Windows' console tells of keys, and what becomes of it; the rules are the same on every system.</summary>
[Trait("System", "any")]
public class ConsoleKeysTests
{
    private const ushort Alt = 0x12;

    private readonly ConsoleKeys _keys = new();
    private readonly List<byte> _bytes = [];

    [Fact]
    public void Characters_become_UTF8_whichever_plane_they_are_of()
    {
        foreach (var unit in "aä€😀\u001b[A\r\u0003") Press(unit);
        Assert.Equal("aä€😀\u001b[A\r\u0003", Typed());
    }

    [Fact]
    public void Keys_that_go_up_and_keys_without_a_character_are_nothing()
    {
        Press('a', down: false);
        Press('\0', code: 0x10); // Shift
        Press('\0', code: Alt);
        _keys.Add(new ConsoleRecord { Kind = 0x10, IsDown = 1, Character = 'x' }, _bytes); // the focus
        _keys.Add(new ConsoleRecord { Kind = 4, IsDown = 1, Character = 'x' }, _bytes); // the size
        Assert.Equal("", Typed());
    }

    [Fact]
    public void Alt_and_digits_give_their_character_when_Alt_goes_up()
    {
        Press('\0', code: Alt);
        Press('ß', code: Alt, down: false);
        Assert.Equal("ß", Typed());
    }

    [Theory]
    [InlineData(0x20)]
    [InlineData(0x32)]
    public void Ctrl_with_the_space_is_NUL(ushort code)
    {
        Press('\0', code, control: 0x8);
        Press('\0', code, control: 0x4);
        Press('\0', code);
        Assert.Equal("\0\0", Typed());
    }

    [Fact]
    public void A_key_that_is_held_comes_as_often_as_it_says()
    {
        _keys.Add(new ConsoleRecord { Kind = ConsoleRecord.Key, IsDown = 1, Character = 'x', Repeats = 3 }, _bytes);
        Assert.Equal("xxx", Typed());
    }

    [Fact]
    public void Halves_of_characters_that_do_not_fit_are_replaced()
    {
        foreach (var unit in "\ud83da\ude00\ud83d\ud83d\ude00") Press(unit);
        Assert.Equal("\ufffda\ufffd\ufffd😀", Typed());
    }

    private void Press(char unit, ushort code = 0, bool down = true, uint control = 0) => _keys.Add(
        new ConsoleRecord
        {
            Kind = ConsoleRecord.Key,
            IsDown = down ? 1 : 0,
            Repeats = 1,
            KeyCode = code,
            Character = unit,
            ControlKeys = control,
        },
        _bytes);

    private string Typed() => Encoding.UTF8.GetString([.. _bytes]);
}
