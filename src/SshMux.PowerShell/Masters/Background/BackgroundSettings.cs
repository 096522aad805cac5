using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>What the process of a background master is told first.</summary>
/// <param name="Name">The master's name.</param>
/// <param name="IsNameFixed">Whether it must be that one, or can be one like it.</param>
/// <param name="ControlPath">Where it listens, in full; null: in the folder for control sockets.</param>
/// <param name="IdleLimit">After how long without use it ends; null: never.</param>
/// <param name="LogLevel">What the cmdlet shows of the log.</param>
/// <param name="Configuration">The host's settings.</param>
/// <param name="Destination">What makes two logins the same, as a hash.</param>
internal sealed record BackgroundSettings(
    string Name,
    bool IsNameFixed,
    string? ControlPath,
    TimeSpan? IdleLimit,
    LogLevel LogLevel,
    HostConfiguration Configuration,
    string Destination)
{
    public static BackgroundSettings Read(BinaryReader reader)
    {
        var name = reader.ReadString();
        var isFixed = reader.ReadBoolean();
        var path = reader.ReadString();
        var limit = reader.ReadInt64();
        var level = (LogLevel)reader.ReadInt32();
        var destination = reader.ReadString();
        var texts = new string[reader.ReadInt32()];
        for (var i = 0; i < texts.Length; i++) texts[i] = reader.ReadString();
        return new BackgroundSettings(
            name,
            isFixed,
            path.Length == 0 ? null : path,
            limit == 0 ? null : TimeSpan.FromTicks(limit),
            level,
            HostConfiguration.Unpack(texts),
            destination);
    }

    /// <summary>What other processes are told of the master, which listens at the path.</summary>
    public BackgroundRecord ToRecord(string controlPath) => new()
    {
        Name = Name,
        HostName = Configuration.Host,
        UserName = Configuration.User,
        Port = Configuration.Port,
        ControlPath = controlPath,
        Destination = Destination,
        Opened = DateTime.Now,
        Process = ProcessIdentity.Current,
    };

    public void Write(BinaryWriter writer)
    {
        writer.Write(Name);
        writer.Write(IsNameFixed);
        writer.Write(ControlPath ?? "");
        writer.Write(IdleLimit?.Ticks ?? 0);
        writer.Write((int)LogLevel);
        writer.Write(Destination);
        var texts = Configuration.Pack();
        writer.Write(texts.Count);
        foreach (var text in texts) writer.Write(text);
    }
}
