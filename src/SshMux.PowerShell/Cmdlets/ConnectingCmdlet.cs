using System.Management.Automation;
using System.Management.Automation.Runspaces;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>What New-SshMaster and Invoke-SshMux -HostName share: whom to connect to, and how.</summary>
public abstract class ConnectingCmdlet : SshCmdlet
{
    private readonly PassphraseMemory _passphrases = new();
    private Runspace? _runspace;

    /// <summary>
    /// The user to log in as; else what the host name (user@host), the credential or ssh_config says.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    [OneText]
    public virtual string? UserName { get; set => field = Named(value); }

    /// <summary>The server's TCP port; else what ssh_config says.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [Port]
    public virtual int Port { get; set; }

    /// <summary>Private key files to try before those of ssh_config.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [Alias("IdentityFilePath", "IdentityFile")]
    [ArgumentCompleter(typeof(KeyFileCompleter))]
    [AllowNull]
    [AllowEmptyCollection]
    public virtual string[] KeyFilePath { get; set => field = Named(value); } = [];

    /// <summary>A password for the login, and the user if none is named elsewhere.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [One]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential
    {
        get;
        // [pscredential]::Empty is what a function has whose caller gave none.
        set => field = value is null or { UserName.Length: 0, Password: null or { Length: 0 } } ? null : value;
    }

    /// <summary>Settings in the words of ssh_config(5): @{ ServerAliveInterval = 30; Compression = $false }.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [Options]
    [ValidateNotNull]
    public SshOptions Options { get; set; } = [];

    /// <summary>The configuration file to read in place of the user's and the system's; "none" reads no file.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [Alias("F")]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? ConfigFile { get; set; }

    /// <summary>
    /// Adds the key of a host that is not known yet to known_hosts, without a question. A key that has changed is
    /// refused all the same.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    public SwitchParameter AcceptNewHostKey { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        _runspace = Runspace.DefaultRunspace;
        _ = Logger;
        CheckNamed();
        CheckOptions();
    }

    /// <summary>What opens the master for one host.</summary>
    /// <param name="hostName">The host, as it was named.</param>
    /// <param name="oneOfMany">Whether questions, messages and errors have to say which host they are of.</param>
    private protected MasterOpener OpenerFor(string hostName, bool oneOfMany)
    {
        var logger = oneOfMany ? new LabelledLogger(Logger, hostName) : Logger;
        var user = new HostInteraction(this, Credential, _passphrases, oneOfMany ? hostName : null);
        return new MasterOpener(user, _runspace, logger);
    }

    /// <inheritdoc />
    private protected override void OnDisposing() => _passphrases.Dispose();

    /// <summary>
    /// The query for a host's settings; on the pipeline thread, because paths depend on the location.
    /// </summary>
    /// <param name="hostName">The host, as it was named.</param>
    /// <param name="type">What is to run there; null: a command or shell.</param>
    /// <param name="command">The command, or the subsystem's name; null: a shell, or nothing.</param>
    /// <exception cref="SshException">A parameter's value cannot be used.</exception>
    private protected HostQuery QueryFor(string hostName, SessionType? type, string? command)
    {
        var options = OptionTable.ToList(Options, AcceptNewHostKey ? "StrictHostKeyChecking=accept-new" : null);

        // A RemoteCommand is for shells; ssh(1) refuses a command beside it.
        if (command is not null) options.Add("RemoteCommand=none");
        return new HostQuery
        {
            Host = hostName,
            User = UserName ?? UserOfCredential(hostName),
            Port = Port == 0 ? null : Port,
            ConfigFile = ConfigFile is null or "none" ? ConfigFile : FullPath(ConfigFile),
            IdentityFiles = [.. KeyFilePath.Select(KeyFile)],
            Options = options,
            SessionType = type,
            Command = command,
            StaysInForeground = true,
        };
    }

    /// <summary>The host's settings; what their reader warns of is shown.</summary>
    private protected async Task<HostConfiguration> LoadAsync(HostQuery query, CancellationToken cancellationToken)
    {
        var configuration = await OptionProblems.LoadAsync(query, Options.Count > 0, cancellationToken)
            .ConfigureAwait(false);
        foreach (var warning in configuration.Warnings) Pump.Post(() => WriteWarning(warning));
        foreach (var step in configuration.Steps) Pump.Post(() => WriteDebug(step));
        return configuration;
    }

    /// <summary>Does the work of <see cref="SshCmdlet.Try"/> for one host; of several its error says which.</summary>
    private protected void TryHost(string hostName, Action work) => Try(hostName, () =>
    {
        try
        {
            work();
        }
        catch (Exception e) when (IsOneOfMany && ErrorRecords.FindReason(e) is { } reason)
        {
            throw ErrorRecords.Labelled(reason, hostName);
        }
    });

    /// <summary>Ends the cmdlet if -Options has a keyword that ssh_config(5) has not.</summary>
    private void CheckOptions()
    {
        if (Options.Count == 0) return;
        try
        {
            foreach (var option in OptionTable.ToList(Options, null))
            {
                var keyword = OptionTable.KeywordOf(option);
                if (Keywords.Exist(keyword) || OptionTable.IsIgnored(Options, keyword)) continue;
                var like = Keywords.Nearest(keyword);
                throw new SshException(
                    SshError.ConfigurationInvalid,
                    $"'{keyword}' in -Options is not a keyword of ssh_config"
                    + (like is null ? "" : $"; did you mean {like}?"));
            }
        }
        catch (SshException e)
        {
            ThrowTerminatingError(ErrorRecords.From(e, Options));
        }
    }

    /// <summary>
    /// Nothing in a column of a table says nothing, but on the command line it is a variable that should have a value.
    /// </summary>
    private void CheckNamed()
    {
        string? empty = null;
        if (IsBound(nameof(UserName)) && UserName is null) empty = nameof(UserName);
        else if (IsBound(nameof(Port)) && Port == 0) empty = nameof(Port);
        else if (IsBound(nameof(KeyFilePath)) && KeyFilePath.Length == 0) empty = nameof(KeyFilePath);
        if (empty is null) return;
        ThrowTerminatingError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            $"-{empty} is empty: leave it out, or give it a value",
            ErrorCategory.InvalidArgument,
            null));
    }

    private protected static string? Named(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private protected static string[] Named(string?[]? values) =>
        [.. (values ?? []).Where(value => !string.IsNullOrEmpty(value)).Select(value => value!)];

    private string? UserOfCredential(string hostName) =>
        string.IsNullOrEmpty(Credential?.UserName) || hostName.Contains('@', StringComparison.Ordinal)
            ? null
            : Credential.UserName.TrimStart('\\');

    private string KeyFile(string path)
    {
        var full = FullPath(path);
        return File.Exists(full)
            ? full
            : throw new SshException(SshError.KeyUnusable, $"there is no private key file {full}");
    }
}
