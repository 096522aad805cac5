using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>How X11 is forwarded; the names are those of ssh_config(5).</summary>
internal sealed record X11ForwardOptions
{
    /// <summary>The X server: the value of DISPLAY; null or empty if there is none.</summary>
    public string? Display { get; init; }

    /// <summary>
    /// Whether clients on the other side may do all that local ones may (ForwardX11Trusted, -Y), and not only what the
    /// X server allows to untrusted ones.
    /// </summary>
    public bool Trusted { get; init; }

    /// <summary>For how long untrusted forwarding takes new clients (ForwardX11Timeout); zero: no limit.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>The xauth program (XAuthLocation); null if there is none.</summary>
    public string? XAuthLocation { get; init; }

    /// <summary>The clock that <see cref="Timeout"/> goes by.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What a configuration says, for the X server of this process's DISPLAY.</summary>
    public static X11ForwardOptions Of(HostConfiguration configuration) => new()
    {
        Display = Environment.GetEnvironmentVariable("DISPLAY"),
        Trusted = configuration.ForwardX11Trusted,
        Timeout = configuration.ForwardX11Timeout,
        XAuthLocation = configuration.XAuthLocation,
    };
}
