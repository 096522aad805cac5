using System.Text;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>Shows the user what the server says during the login, made safe for a terminal.</summary>
internal sealed class ServerText(IUserInteraction interaction)
{
    private const int MaxBanners = 32;

    private int _banners;

    /// <summary>Shows SSH_MSG_USERAUTH_BANNER (RFC 4252 section 5.4).</summary>
    public void ShowBanner(byte[] message)
    {
        if (++_banners > MaxBanners) return;
        var reader = new SshReader(message);
        reader.ReadByte();
        var text = Safe(reader.ReadString());
        if (text.Length > 0) interaction.ShowBanner(text);
    }

    /// <summary>Shows what belongs to a method; nothing if it is empty.</summary>
    public void Show(ReadOnlySpan<byte> bytes)
    {
        var text = Safe(bytes);
        if (text.Length > 0) interaction.ShowMessage(text);
    }

    /// <summary>The length of a message bounds it.</summary>
    private static string Safe(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var lines = text.Split('\n')
            .Select(line => Printable.Text(line.TrimEnd('\r').Replace('\t', ' '), text.Length));
        return string.Join('\n', lines).TrimEnd();
    }
}
