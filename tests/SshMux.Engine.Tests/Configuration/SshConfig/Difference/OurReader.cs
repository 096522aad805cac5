using System.Runtime.Versioning;
using System.Text;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>Our own word on a configuration.</summary>
[UnsupportedOSPlatform("windows")]
internal static class OurReader
{
    /// <summary>What we print and say of it.</summary>
    public static PrintedConfiguration Ask(PlacedConfiguration configuration)
    {
        try
        {
            var read = HostConfiguration.LoadAsync(configuration.Query).GetAwaiter().GetResult();
            return new PrintedConfiguration(0, [.. read.Show().Select(line => Bytes($"{line}"))], [.. read.Warnings]);
        }
        catch (SshException e)
        {
            return new PrintedConfiguration(255, [], [.. e.Message.Split("; ").Select(Bytes)]);
        }
    }

    /// <summary>As <see cref="OpenSshOracle"/> reads what ssh writes.</summary>
    private static string Bytes(string text) => Encoding.Latin1.GetString(ByteText.Encode(text));
}
