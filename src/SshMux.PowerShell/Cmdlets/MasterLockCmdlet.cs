using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>What Lock-SshMaster and Unlock-SshMaster share: whose lock it is, and its passphrase.</summary>
public abstract class MasterLockCmdlet : SshCmdlet
{
    /// <summary>The masters: objects, or names (wildcards are allowed).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Master { get; set; } = [];

    /// <summary>The control sockets of masters of ours.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <summary>What whoever unlocks it has to know.</summary>
    [Parameter]
    [One]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Gives the masters for which it was done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What it does, for -WhatIf and -Confirm.</summary>
    private protected abstract string What { get; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Passphrase is not { Length: 0 }) return;
        ThrowTerminatingError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            "the passphrase is empty; leave -Passphrase out for a lock without one",
            ErrorCategory.InvalidArgument,
            Passphrase));
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var value in Master)
        {
            foreach (var master in ResolveMaster(value)) Process(master, value);
        }

        foreach (var path in ControlPath) Try(path, () => Process(MasterAt(path), path));
    }

    /// <summary>Does it to one master.</summary>
    private protected abstract Task ProcessAsync(Master master, byte[] passphrase, CancellationToken cancellationToken);

    private void Process(Master master, object target)
    {
        var shown = master.HostName is { } host ? $"{master.Name} ({host})" : master.Label;
        if (!ShouldProcess(shown, What)) return;
        var passphrase = ReadPassphrase();
        try
        {
            if (!TryOn(master, target, () => Await(stop => ProcessAsync(master, passphrase, stop)))) return;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }

        if (PassThru) WriteObject(master.ToPSObject());
    }

    private byte[] ReadPassphrase()
    {
        if (Passphrase is null) return [];
        using var secret = Passphrase.ToSecret();
        return secret.ToUtf8();
    }
}
