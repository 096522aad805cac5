# The part of the demo in PowerShell: the cmdlets on the demo's master, then a master of this process's own.
param([string] $D, [string] $S)

$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'

# Shows a line and runs it in the caller's scope: `. Show { $x = ... }`.
function Show([scriptblock] $Line) {
    Write-Host "PS> $("$Line".Trim())"
    . $Line | Out-Host
}

function Assert([bool] $Condition, [string] $What) {
    if (-not $Condition) { throw "not as it should be: $What" }
}

. Show { Import-Module ./out/SshMux }

. Show { Test-SshMux -ControlPath $S }
Assert (Test-SshMux -ControlPath $S -Quiet) 'the master is alive'

. Show { $result = Invoke-SshMux -ControlPath $S 'echo from PowerShell; exit 7' }
. Show { $result }
Assert ("$result" -eq 'from PowerShell' -and $result.ExitStatus -eq 7) 'the output and the exit status'

. Show { (1..100000 | Invoke-SshMux -ControlPath $S 'sort -rn').Output | Select-Object -First 3 }
$sorted = 1..100000 | Invoke-SshMux -ControlPath $S 'sort -rn'
Assert ($sorted.Output.Count -eq 100000 -and $sorted.Output[0] -eq '100000') 'a hundred thousand lines there and back'

. Show { $m = New-SshMaster demo -ConfigFile $D/config -ControlPath $D/pwsh }
. Show { $m }
. Show { $m | Invoke-SshMux 'uname -sm' }
. Show { ssh -F none -o ProxyCommand=false -S $m.ControlPath demo 'echo from ssh, over the master in pwsh' }
Assert ($LASTEXITCODE -eq 0) 'ssh over the master in pwsh'
. Show { $m | Stop-SshMux }
Assert (-not (Test-Path $D/pwsh)) 'the control socket is gone'

$times = 1..13 | ForEach-Object {
    (Measure-Command { $null = Invoke-SshMux -ControlPath $S 'true' }).TotalMilliseconds
} | Select-Object -Skip 2 | Sort-Object
'{0:F1}' -f $times[5] | Set-Content -NoNewline $D/cmdlet.time
