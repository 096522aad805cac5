using System.Reflection;
using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration;
using SshMux.Engine.Connecting;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Sftp;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.KeyExchange;

namespace SshMux.Engine.Tests.Architecture;

/// <summary>A name of the protocol stands once in the engine: as a constant of the room that owns it.</summary>
public sealed class ProtocolNameTests
{
    // Whose constants are channel types, requests, methods, services and extensions.
    private static readonly Type[] Owners =
    [
        typeof(ChannelTypes), typeof(ChannelRequestTypes), typeof(GlobalRequestTypes), typeof(HostKeyUpdate),
        typeof(AuthenticationMethods), typeof(AuthenticationExchange), typeof(AgentBinding), typeof(HostBinding),
        typeof(KexInit), typeof(ExtensionInfo), typeof(ExtInfoMessage), typeof(SftpProtocol), typeof(MuxProtocol),
    ];

    // The word for nothing, of ciphers, compressions and settings, too.
    private const string Nothing = AuthenticationMethods.None;

    // SessionType and Match sessiontype of ssh_config(5) have words of their own, which are the same.
    private static readonly (string File, string[] Names)[] OfSettings =
    [
        ("Configuration/SshConfig/HostConfiguration.Sessions.cs", [ChannelRequestTypes.Subsystem]),
        (
            "Configuration/SshConfig/Reading/MatchCondition.cs",
            [ChannelRequestTypes.Subsystem, ChannelRequestTypes.Exec, ChannelRequestTypes.Shell]
        ),
    ];

    [Fact]
    public void A_name_of_the_protocol_stands_in_one_place()
    {
        var engine = Path.Combine(Repository.Root, "src/SshMux.Engine");
        var code = Repository.Sources("src/SshMux.Engine").ToDictionary(
            file => Path.GetRelativePath(engine, file),
            file => File.ReadLines(file)
                .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
                .ToList());
        var names = Names().ToList();
        Assert.InRange(names.Count, 50, int.MaxValue);
        Assert.Empty(
            from name in names
            let files = from file in code
                        where !OfSettings.Any(own => own.File == file.Key && own.Names.Contains(name))
                        from line in file.Value
                        where line.Contains($"\"{name}\"", StringComparison.Ordinal)
                        select file.Key
            where files.Count() != 1
            select $"\"{name}\" is in {string.Join(", ", files)}");
    }

    private static IEnumerable<string> Names() =>
        from owner in Owners
        from field in owner.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        where field.IsLiteral && field.FieldType == typeof(string)
        let name = (string)field.GetRawConstantValue()!
        where name.Length > 1 && name != Nothing // one sign is a version
        select name;
}
