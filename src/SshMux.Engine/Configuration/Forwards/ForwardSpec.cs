namespace SshMux.Engine.Configuration.Forwards;

/// <summary>
/// A forward as the user asked for it. Two forwards are the same if all of it is equal, exactly.
/// </summary>
/// <param name="Kind">Which way it goes.</param>
/// <param name="Listen">Where it listens. Port 0 lets the listening side choose.</param>
/// <param name="Connect">What it connects to; null if a SOCKS client says that (Dynamic, and Remote without a target).</param>
public sealed record ForwardSpec(ForwardKind Kind, ForwardEndpoint Listen, ForwardEndpoint? Connect)
{
    /// <summary>
    /// Reads the argument of ssh(1) -L: <c>[bind_address:]port:host:hostport</c>, with a unix socket's path in place of the
    /// address and port on either side. IPv6 addresses stand in brackets, or <c>/</c> separates instead of <c>:</c>.
    /// Other than ssh(1), port 0 is allowed, and lets the system choose.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: what is wrong with it.</exception>
    public static ForwardSpec ParseLocal(string text) => ForwardSpecParser.Parse(ForwardKind.Local, text);

    /// <summary>
    /// Reads the argument of ssh(1) -R, which is like that of -L; or, without a target, like that of -D.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: what is wrong with it.</exception>
    public static ForwardSpec ParseRemote(string text) => ForwardSpecParser.Parse(ForwardKind.Remote, text);

    /// <summary>Reads the argument of ssh(1) -D: <c>[bind_address:]port</c>.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: what is wrong with it.</exception>
    public static ForwardSpec ParseDynamic(string text) => ForwardSpecParser.Parse(ForwardKind.Dynamic, text);

    /// <summary>The forward in ssh(1)'s syntax; parsing that gives an equal forward.</summary>
    public override string ToString() => Connect is null ? Listen.ToString() : $"{Listen}:{Connect}";
}
