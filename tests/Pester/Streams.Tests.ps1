# What a cmdlet says beside its output: errors, warnings, verbose and debug messages, information, progress. Each obeys its
# parameter and its preference variable as in a cmdlet of PowerShell's own, which is beside it here.

BeforeDiscovery {
    $values = 'SilentlyContinue', 'Continue', 'Stop', 'Inquire', 'Ignore'
    $parameters = @{
        Error = 'ErrorAction'; Warning = 'WarningAction'; Information = 'InformationAction'; Progress = 'ProgressAction'
    }
    $ways = foreach ($stream in 'Error', 'Warning', 'Verbose', 'Debug', 'Information', 'Progress') {
        foreach ($value in $values) {
            $variable = $stream -eq 'Error' ? 'ErrorActionPreference' : "${stream}Preference"
            @{ Stream = $stream; Way = "`$$variable = '$value'"; Set = "`$$variable = '$value'"; Parameter = '' }
            if ($parameters[$stream]) {
                $parameter = "-$($parameters[$stream]) $value"
                @{ Stream = $stream; Way = $parameter; Set = ''; Parameter = $parameter }
            }
        }
    }
    # A login that takes long enough for progress to be shown needs a program that Windows has not.
    if ($IsWindows) { $ways = @($ways).Where{ $_.Stream -ne 'Progress' } }
    # -Debug is another matter, below.
    $ways += @{ Stream = 'Verbose'; Way = '-Verbose'; Set = ''; Parameter = '-Verbose' }
    $ways += foreach ($stream in 'Verbose', 'Debug') {
        @{
            Stream = $stream; Way = "-${stream}:`$false where `$${stream}Preference is Continue"
            Set = "`$${stream}Preference = 'Continue'"; Parameter = "-${stream}:`$false"
        }
    }
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $config = "$($sshd.Folder)/streams_config"
    @(
        'Host gone', '  Port 1'
        'Host slow', "  ProxyCommand sh -c 'sleep 0.7; exec socat - TCP:127.0.0.1:$($sshd.Port)'"
        'Match all'
        # A forward that cannot be had is a warning, and a new host key that is accepted a message.
        "  LocalForward 127.0.0.1:$($sshd.Port) 127.0.0.1:1"
        "  UserKnownHostsFile $($sshd.Folder)/known_new", '  StrictHostKeyChecking accept-new'
        Get-Content $sshd.SshConfig
    ) | Set-Content $config

    # It says what a login says, with nothing of ours.
    $referenceFolder = New-TestFolder
    $reference = "$referenceFolder/Reference.dll"
    Add-Type -OutputAssembly $reference @'
using System;
using System.Management.Automation;

[Cmdlet("New", "Reference")]
public class NewReference : PSCmdlet
{
    protected override void ProcessRecord()
    {
        WriteDebug("debug");
        WriteVerbose("verbose");
        WriteProgress(new ProgressRecord(1, "activity", "status"));
        WriteWarning("warning");
        WriteInformation("information", new[] { "PSHOST" });
        WriteError(new ErrorRecord(new InvalidOperationException("gone"), "Gone", ErrorCategory.ConnectionError, "gone"));
        WriteObject("there");
    }
}
'@
    $state = [initialsessionstate]::CreateDefault2()
    $state.ImportPSModule([string[]]@((Get-Module SshMux).ModuleBase, $reference))
    $runspace = [runspacefactory]::CreateRunspace($state)
    $runspace.Open()

    # What one call gives: how it ended, and what is in each stream and variable.
    function Invoke-Once([string] $Command, [string] $Set, [string] $Parameter) {
        Remove-Item "$($sshd.Folder)/known_new" -ErrorAction Ignore
        $shell = [powershell]::Create($runspace)
        $null = $shell.AddScript(@"
            & {
                $Set
                $Command $Parameter -ErrorVariable e -WarningVariable w -InformationVariable i
                `$global:variables = @{ Error = @(`$e).Count; Warning = @(`$w).Count; Information = @(`$i).Count }
            }
"@)
        $runspace.SessionStateProxy.SetVariable('variables', $null)
        $failure = $output = $null
        try { $output = $shell.Invoke() } catch { $failure = $_.Exception.InnerException ?? $_.Exception }
        $result = @{
            Output = $output ? $output.Count : 0
            # The error itself with -ErrorAction Stop, else what PowerShell makes of it.
            Ended = $failure ? "$($failure.GetType().Name) $($failure.ErrorRecord.FullyQualifiedErrorId)" -replace
                ',.*' -replace 'Gone|ConnectionRefused', 'the error' : ''
            Variables = $runspace.SessionStateProxy.GetVariable('variables')
        }
        foreach ($stream in 'Error', 'Warning', 'Verbose', 'Debug', 'Information', 'Progress') {
            $result[$stream] = $shell.Streams.$stream.Count -gt 0
        }
        $result.Texts = $shell.Streams
        $shell.Dispose()
        $result
    }

    function Invoke-Login([string] $Set, [string] $Parameter, [string] $Name = 'there') {
        try { Invoke-Once "New-SshMaster $Name, gone -ConfigFile $config" $Set $Parameter }
        finally {
            $shell = [powershell]::Create($runspace).AddScript('Get-SshMaster | Stop-SshMux')
            $null = $shell.Invoke()
            $shell.Dispose()
        }
    }
}

AfterAll {
    $runspace.Dispose()
    # Windows keeps what this process has loaded.
    Remove-Item -Recurse $referenceFolder -ErrorAction ($IsWindows ? 'Ignore' : 'Stop')
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe '<Stream> with <Way>' -ForEach $ways {
    It 'is as in a cmdlet of PowerShell''s own' {
        $expected = Invoke-Once 'New-Reference' $Set $Parameter
        $seen = Invoke-Login $Set $Parameter ($Stream -eq 'Progress' ? 'slow' : 'there')
        $seen.Ended | Should -Be $expected.Ended
        $seen[$Stream] | Should -Be $expected[$Stream]
        # Where nobody can answer Inquire, it ends the cmdlet.
        $seen.Output | Should -Be $expected.Output
        if ($expected.Output -and $expected.Variables.ContainsKey($Stream)) {
            [bool]$seen.Variables[$Stream] | Should -Be ([bool]$expected.Variables[$Stream]) -Because 'the variable has it'
        }
    }
}

Describe '-Debug' {
    It 'shows all that is said, and asks nothing of a login, whatever the variables say' {
        foreach ($set in '', "`$VerbosePreference = 'Stop'; `$WarningPreference = 'Stop'") {
            $seen = Invoke-Login $set '-Debug -ErrorAction Continue'
            $seen.Ended | Should -BeNullOrEmpty
            $seen.Output | Should -Be 1
            $seen.Debug, $seen.Verbose, $seen.Warning, $seen.Error | Should -Be $true, $true, $true, $true
            $seen.Texts.Verbose.Message -join "`n" | Should -Match 'Authenticated to'
            $seen.Texts.Debug.Message -join "`n" | Should -Not -Match 'Authenticated to'
        }
    }

    It 'leaves verbose messages and warnings to their own parameters' {
        $seen = Invoke-Login '' '-Debug -Verbose:$false -WarningAction SilentlyContinue -ErrorAction Ignore'
        $seen.Output | Should -Be 1
        $seen.Debug, $seen.Verbose, $seen.Warning, $seen.Error | Should -Be $true, $false, $false, $false
        (Invoke-Login '' '-Debug -WarningAction Stop -ErrorAction Ignore').Ended | Should -Match 'ActionPreferenceStop'
    }

    It 'is there in a job, too, as $DebugPreference is' {
        foreach ($way in '-Debug', '') {
            $DebugPreference = $way ? 'SilentlyContinue' : 'Continue'
            $parameters = $way ? @{ Debug = $true } : @{}
            $job = Invoke-SshMux -HostName there 'echo hi' -ConfigFile $config -AsJob @parameters
            $null = Wait-Job $job
            $job.ChildJobs[0].Debug | Should -Not -BeNullOrEmpty -Because "'$way'"
            $job.ChildJobs[0].Output.Output | Should -Be 'hi'
            Remove-Job $job
            Get-SshMaster | Stop-SshMux
        }
        $DebugPreference = 'SilentlyContinue'
        $job = Invoke-SshMux -HostName there 'echo hi' -ConfigFile $config -AsJob
        $null = Wait-Job $job
        $job.ChildJobs[0].Debug | Should -BeNullOrEmpty
        Remove-Job $job
        Get-SshMaster | Stop-SshMux
    }
}
