# Runs the examples of a file in this process, which ExampleWorld.psm1 has started in its world: each in a runspace of its
# own, where what one leaves behind does not reach the next. Writes what became of each beside the job.
param([Parameter(Mandatory)][string] $Job)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
$seconds = 120
$work = Get-Content -Raw $Job | ConvertFrom-Json

# Whether the code reads $m before it sets it.
function Test-NeedsMaster([string] $Code) {
    $tree = [Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $null)
    $first = $tree.FindAll({ $args[0] -is [Management.Automation.Language.VariableExpressionAst] }, $true) |
        Where-Object { $_.VariablePath.UserPath -eq 'm' } | Select-Object -First 1
    $first -and $first.Parent -isnot [Management.Automation.Language.AssignmentStatementAst]
}

function Format-Failure($Record) { "$($Record.FullyQualifiedErrorId): $Record" }

# What native programs say on standard error is no failure; how they end is, and PowerShell sees to that.
function Get-Failure([powershell] $Shell) {
    $Shell.Streams.Error.Where{ $_.FullyQualifiedErrorId -notlike 'NativeCommandError*' }
}

function Invoke-Code([runspace] $Runspace, [string] $Code) {
    $shell = [powershell]::Create($Runspace).AddScript($Code)
    try {
        $run = $shell.BeginInvoke()
        if (-not $run.AsyncWaitHandle.WaitOne([timespan]::FromSeconds($seconds))) {
            # Not Stop, which waits for it.
            $null = $shell.BeginStop($null, $null)
            throw "'$Code' is not at its end after $seconds s"
        }
        $null = $shell.EndInvoke($run)
        if (Get-Failure $shell) { throw "'$Code' failed: $((Get-Failure $shell).ForEach{ Format-Failure $_ })" }
    }
    finally { if ($shell.InvocationStateInfo.State -ne 'Stopping') { $shell.Dispose() } }
}

# On a terminal: what is typed comes when a prompt is there.
function Invoke-OnTerminal($Example, [string[]] $Typed) {
    $file = "$Job.terminal.ps1"
    @(
        '$ErrorActionPreference = "Continue"'
        "Import-Module '$($work.Module)'"
        if (Test-NeedsMaster $Example.Code) { '$m = New-SshMaster web1' }
        $Example.Setup
        $Example.Code
        "`$Error.ForEach{ `"`$(`$_.FullyQualifiedErrorId): `$_`" } | Set-Content '$Job.errors'"
        'Get-PSSession | Remove-PSSession'
        'Get-SshMaster | Stop-SshMux'
        '"example" + "-done"'
    ) | Set-Content $file
    '' | Set-Content "$Job.errors"
    $start = [Diagnostics.ProcessStartInfo]::new('script')
    $start.ArgumentList.Add('-qefc')
    $start.ArgumentList.Add("stty rows 24 cols 80; pwsh -NoLogo -NoProfile -File $file")
    $start.ArgumentList.Add('/dev/null')
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $text, $buffer, $read = '', [char[]]::new(4096), $null
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $queue = [Collections.Generic.Queue[string]]::new($Typed)
    try {
        while ($true) {
            $read ??= $process.StandardOutput.ReadAsync($buffer, 0, $buffer.Length)
            if ($read.Wait(100)) {
                if ($read.Result -eq 0) { break }
                $text += [string]::new($buffer, 0, $read.Result)
                $read = $null
            }
            elseif ($queue.Count -and ($text -replace '\e\[[\d;?]*[a-zA-Z]|\e\][^\a]*\a') -match '[#$>] ?\z') {
                $line = $queue.Dequeue()
                $text += "`n"
                $process.StandardInput.Write("$line`r")
                $process.StandardInput.Flush()
            }
            if ($clock.Elapsed.TotalSeconds -gt $seconds) { throw "not at its end after $seconds s: $text" }
        }
        if ($text -notmatch 'example-done') { throw "it ended early: $text" }
    }
    finally {
        if (-not $process.HasExited) { $process.Kill($true) }
        $process.Dispose()
    }

    @{
        Errors = @((Get-Content "$Job.errors").Where{ $_ })
        Output = @(($text -replace '\e\[[\d;?]*[a-zA-Z]|\e\][^\a]*\a|\r') -split "`n")
    }
}

function Invoke-InShell($Example) {
    $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
    $runspace.Open()
    try {
        Invoke-Code $runspace @"
            Import-Module '$($work.Module)'
            Set-Location `$HOME
            `$PSNativeCommandUseErrorActionPreference = `$true
            `$PSStyle.OutputRendering = 'PlainText'
            # Every example's first master is Master1.
            (Get-Command New-SshMaster).ImplementingType.Assembly.GetType('SshMux.PowerShell.Masters.MasterRegistry').
                GetField('_number', 'Static, NonPublic').SetValue(`$null, 0)
"@
        foreach ($setup in $Example.Setup) { Invoke-Code $runspace $setup }
        if ($Example.Language -eq 'powershell' -and (Test-NeedsMaster $Example.Code)) {
            Invoke-Code $runspace '$global:m = New-SshMaster web1'
        }

        $code = $Example.Language -eq 'sh' ? "sh -ec @'`n$($Example.Code)`n'@" : $Example.Code
        $shell = [powershell]::Create($runspace).AddScript($code)
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $nothing = [Management.Automation.PSDataCollection[psobject]]::new()
        $nothing.Complete()
        $errors = @()
        try {
            $run = $shell.BeginInvoke($nothing, $output)
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while (-not $run.AsyncWaitHandle.WaitOne(50)) {
                if ($Example.Test -eq 'first output' -and $output.Count) { $shell.Stop(); break }
                if ($clock.Elapsed.TotalSeconds -gt $seconds) {
                    $errors += "not at its end after $seconds s"
                    $shell.Stop()
                    break
                }
            }
            if ($shell.InvocationStateInfo.State -eq 'Failed') {
                $errors += "it ended with: $($shell.InvocationStateInfo.Reason)"
            }
            $errors += @(Get-Failure $shell).ForEach{ Format-Failure $_ }
        }
        finally { $shell.Dispose() }

        $format = [powershell]::Create($runspace).AddScript('$args[0] | Out-String -Stream -Width 80').AddArgument($output)
        @{ Errors = $errors; Output = @($format.Invoke().ForEach{ "$_" }) }
        $format.Dispose()

        # Masters that the example leaves: this process's, those in the control folder, and those of ssh.
        Invoke-Code $runspace @'
            Get-Job | Remove-Job -Force
            # Before their ssh ends: what PowerShell had not yet sent to it would end this process (see the guide).
            Get-PSSession | Remove-PSSession
            Get-SshMaster | Where-Object State -NE Ended | Stop-SshMux
            Get-SshMaster -ControlPath ~/.ssh/* | Stop-SshMux -Force
'@
    }
    finally { $runspace.Dispose() }
}

$results = foreach ($example in $work.Examples) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $result = try {
        if ($example.NotRun) { @{ Errors = @(); Output = @() } }
        elseif ($example.Test -match '^terminal: (.*)') { Invoke-OnTerminal $example ($Matches[1] -split ' \| ') }
        else { Invoke-InShell $example }
    }
    catch { @{ Errors = @("$_ $($_.ScriptStackTrace)"); Output = @() } }
    [pscustomobject]@{
        Line = $example.Line; Errors = @($result.Errors); Output = @($result.Output); Seconds = $clock.Elapsed.TotalSeconds
    }
}
ConvertTo-Json -InputObject @($results) -Depth 4 | Set-Content "$Job.result"
