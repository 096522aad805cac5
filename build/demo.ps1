# The part of the demo in PowerShell: the cmdlets on the demo's master, and a master of this process's own.
param([string] $ControlPath, [string] $ConfigFile, [string] $TimeFile)

$ErrorActionPreference = 'Stop'

# Shows a line and runs it.
function Show([scriptblock] $Line) {
    Write-Host "PS> $("$Line".Trim())"
    . $Line | Out-Host
}

function Assert([bool] $Condition, [string] $What) {
    if (-not $Condition) { throw "not as it should be: $What" }
}

Import-Module (Join-Path $PSScriptRoot '..' 'out' 'SshMux')

Show { Test-SshMux -ControlPath $ControlPath }
Show { Invoke-SshMux -ControlPath $ControlPath 'echo from PowerShell; exit 7' }

$result = Invoke-SshMux -ControlPath $ControlPath 'echo from PowerShell; exit 7'
Assert ("$($result.Output)".Trim() -eq 'from PowerShell') 'the output'
Assert ($result.ExitStatus -eq 7) 'the exit status'

$lines = 1..1000 | ForEach-Object { "line $_" }
$result = Invoke-SshMux -ControlPath $ControlPath 'sort -r' -InputObject $lines
Assert (@($result.Output -split "`n").Where{ $_ }.Count -eq 1000) 'a thousand lines there and back'

$times = 1..13 | ForEach-Object {
    (Measure-Command { $null = Invoke-SshMux -ControlPath $ControlPath 'true' }).TotalMilliseconds
} | Select-Object -Skip 2 | Sort-Object
'{0:F1}' -f $times[5] | Set-Content -NoNewline $TimeFile
