using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Platform;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Wire;

public class ByteTextTests
{
    [Fact]
    public void Any_bytes_come_back() =>
        Prop.ForAll<NonNull<byte[]>>(given =>
        {
            var bytes = given.Get;
            var text = ByteText.Decode(bytes);
            Assert.Equal(bytes, ByteText.Encode(text));
            Assert.Equal(bytes.Length, ByteText.CountBytes(text));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_UTF_8_is_the_text_itself() =>
        Prop.ForAll<NonNull<string>>(given =>
        {
            var bytes = Encoding.UTF8.GetBytes(given.Get);
            Assert.Equal(Encoding.UTF8.GetString(bytes), ByteText.Decode(bytes));
            Assert.True(ByteText.IsUtf8(ByteText.Decode(bytes)));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("", true)]
    [InlineData("636166c3a9", true)]
    [InlineData("f09f92a9", true)] // two halves in a string, the second in the range of bytes
    [InlineData("636166e9", false)]
    [InlineData("f09f92a9a9", false)]
    public void A_byte_is_told_from_half_a_character(string bytes, bool isUtf8)
    {
        var text = ByteText.Decode(Convert.FromHexString(bytes));
        Assert.Equal(isUtf8, ByteText.IsUtf8(text));
        Assert.Equal(bytes, Convert.ToHexStringLower(ByteText.Encode(text)));
    }

    [Fact]
    public void A_text_on_the_wire_has_its_bytes() =>
        Prop.ForAll<NonNull<byte[]>>(given =>
        {
            var bytes = given.Get;
            var text = ByteText.Decode(bytes);
            var buffer = new byte[SshWriter.StringLength(text)];
            var writer = new SshWriter(buffer);
            writer.WriteString(text);
            Assert.Equal(bytes, new SshReader(writer.Written).ReadString());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mono_Unix_gets_a_path_with_its_bytes() =>
        Prop.ForAll<NonNull<byte[]>>(given =>
        {
            var bytes = Array.FindAll(given.Get, value => value != 0);
            Assert.Equal(bytes, Mono.Unix.UnixEncoding.Instance.GetBytes(UnixPath.Native(ByteText.Decode(bytes))));
        }).QuickCheckThrowOnFailure();
}
