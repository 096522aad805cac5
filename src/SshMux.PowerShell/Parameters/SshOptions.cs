using System.Collections;
using System.Runtime.CompilerServices;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// Settings in the words of ssh_config(5), as -Options takes them. It is a hashtable, and any keyword may be in it;
/// those that are of use here are properties, because PowerShell completes the keys of a hashtable from the properties
/// of the parameter's type.
/// </summary>
#pragma warning disable CA1010 // nothing but PowerShell makes one
public sealed class SshOptions : Hashtable
#pragma warning restore CA1010
{
    /// <summary>No settings.</summary>
    public SshOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }

    /// <summary>The settings of a table.</summary>
    public SshOptions(IDictionary table)
        : base(table, StringComparer.OrdinalIgnoreCase)
    {
    }

#pragma warning disable CS1591 // ssh_config(5) says what each is
    public object? AddKeysToAgent { get => Get(); set => Set(value); }

    public object? AddressFamily { get => Get(); set => Set(value); }

    public object? BatchMode { get => Get(); set => Set(value); }

    public object? BindAddress { get => Get(); set => Set(value); }

    public object? BindInterface { get => Get(); set => Set(value); }

    public object? CanonicalDomains { get => Get(); set => Set(value); }

    public object? CanonicalizeFallbackLocal { get => Get(); set => Set(value); }

    public object? CanonicalizeHostname { get => Get(); set => Set(value); }

    public object? CanonicalizeMaxDots { get => Get(); set => Set(value); }

    public object? CanonicalizePermittedCNAMEs { get => Get(); set => Set(value); }

    public object? CASignatureAlgorithms { get => Get(); set => Set(value); }

    public object? CertificateFile { get => Get(); set => Set(value); }

    public object? ChannelTimeout { get => Get(); set => Set(value); }

    public object? Ciphers { get => Get(); set => Set(value); }

    public object? ClearAllForwardings { get => Get(); set => Set(value); }

    public object? Compression { get => Get(); set => Set(value); }

    public object? ConnectionAttempts { get => Get(); set => Set(value); }

    public object? ConnectTimeout { get => Get(); set => Set(value); }

    public object? ControlMaster { get => Get(); set => Set(value); }

    public object? ControlPath { get => Get(); set => Set(value); }

    public object? ControlPersist { get => Get(); set => Set(value); }

    public object? DynamicForward { get => Get(); set => Set(value); }

    public object? ExitOnForwardFailure { get => Get(); set => Set(value); }

    public object? FingerprintHash { get => Get(); set => Set(value); }

    public object? ForwardAgent { get => Get(); set => Set(value); }

    public object? ForwardX11 { get => Get(); set => Set(value); }

    public object? ForwardX11Timeout { get => Get(); set => Set(value); }

    public object? ForwardX11Trusted { get => Get(); set => Set(value); }

    public object? GatewayPorts { get => Get(); set => Set(value); }

    public object? GlobalKnownHostsFile { get => Get(); set => Set(value); }

    public object? HashKnownHosts { get => Get(); set => Set(value); }

    public object? HostKeyAlgorithms { get => Get(); set => Set(value); }

    public object? HostKeyAlias { get => Get(); set => Set(value); }

    public object? HostName { get => Get(); set => Set(value); }

    public object? IdentitiesOnly { get => Get(); set => Set(value); }

    public object? IdentityAgent { get => Get(); set => Set(value); }

    public object? IdentityFile { get => Get(); set => Set(value); }

    public object? IPQoS { get => Get(); set => Set(value); }

    public object? KbdInteractiveAuthentication { get => Get(); set => Set(value); }

    public object? KbdInteractiveDevices { get => Get(); set => Set(value); }

    public object? KexAlgorithms { get => Get(); set => Set(value); }

    public object? KnownHostsCommand { get => Get(); set => Set(value); }

    public object? LocalForward { get => Get(); set => Set(value); }

    public object? MACs { get => Get(); set => Set(value); }

    public object? NoHostAuthenticationForLocalhost { get => Get(); set => Set(value); }

    public object? NumberOfPasswordPrompts { get => Get(); set => Set(value); }

    public object? ObscureKeystrokeTiming { get => Get(); set => Set(value); }

    public object? PasswordAuthentication { get => Get(); set => Set(value); }

    public object? PermitRemoteOpen { get => Get(); set => Set(value); }

    public object? Port { get => Get(); set => Set(value); }

    public object? PreferredAuthentications { get => Get(); set => Set(value); }

    public object? ProxyCommand { get => Get(); set => Set(value); }

    public object? ProxyJump { get => Get(); set => Set(value); }

    public object? ProxyUseFdpass { get => Get(); set => Set(value); }

    public object? PubkeyAcceptedAlgorithms { get => Get(); set => Set(value); }

    public object? PubkeyAuthentication { get => Get(); set => Set(value); }

    public object? RekeyLimit { get => Get(); set => Set(value); }

    public object? RemoteForward { get => Get(); set => Set(value); }

    public object? RequiredRSASize { get => Get(); set => Set(value); }

    public object? RevokedHostKeys { get => Get(); set => Set(value); }

    public object? SendEnv { get => Get(); set => Set(value); }

    public object? ServerAliveCountMax { get => Get(); set => Set(value); }

    public object? ServerAliveInterval { get => Get(); set => Set(value); }

    public object? SetEnv { get => Get(); set => Set(value); }

    public object? StreamLocalBindMask { get => Get(); set => Set(value); }

    public object? StreamLocalBindUnlink { get => Get(); set => Set(value); }

    public object? StrictHostKeyChecking { get => Get(); set => Set(value); }

    public object? Tag { get => Get(); set => Set(value); }

    public object? TCPKeepAlive { get => Get(); set => Set(value); }

    public object? UpdateHostKeys { get => Get(); set => Set(value); }

    public object? User { get => Get(); set => Set(value); }

    public object? UserKnownHostsFile { get => Get(); set => Set(value); }

    public object? VersionAddendum { get => Get(); set => Set(value); }

    public object? VisualHostKey { get => Get(); set => Set(value); }

    public object? WarnWeakCrypto { get => Get(); set => Set(value); }

    public object? XAuthLocation { get => Get(); set => Set(value); }

#pragma warning restore CS1591
    private object? Get([CallerMemberName] string keyword = "") => this[keyword];

    private void Set(object? value, [CallerMemberName] string keyword = "") => this[keyword] = value;
}
