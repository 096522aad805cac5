# Shows SshMux at work, for build/demo.sh, which has started the hosts web1 to web3: their configuration is in ~/config,
# and an intranet's web server has the port $Intranet. Each line that is shown after a prompt is run just as it stands
# there, and what it gives is checked. Exit status 0 only if every step did what it should.
param([int] $Intranet)

$ErrorActionPreference = 'Stop'
$clock = [Diagnostics.Stopwatch]::StartNew()
# PowerShell itself leaves colours in what it writes to a pipe.
if ($PSStyle.OutputRendering -eq 'Host') {
    $PSStyle.OutputRendering = [Console]::IsOutputRedirected ? 'PlainText' : 'Ansi'
}
# To draw a progress bar, it asks the terminal where the cursor is.
if ([Console]::IsInputRedirected) { $ProgressPreference = 'SilentlyContinue' }
$width = [Console]::IsOutputRedirected ? 100 : [Math]::Clamp([Console]::WindowWidth, 80, 120)

function Write-Title([string] $Text) {
    $script:title = $Text
    Write-Host "`n$($PSStyle.Bold)$($PSStyle.Foreground.Cyan)== $Text$($PSStyle.Reset)"
}

# Shows a line and runs it in the caller's scope, where $shown then has what it gave: `. Show { $x = ... }`.
function Show([scriptblock] $Line) {
    Write-Host "PS> $($PSStyle.Bold)$("$Line".Trim())$($PSStyle.Reset)"
    $shown = $null
    . $Line | Tee-Object -Variable shown | Out-String -Stream -Width $width | Where-Object { $_ } | Write-Host
}

function Assert([bool] $Condition, [string] $What) {
    if (-not $Condition) { throw "not as it should be: $What" }
}

# For what comes to pass a little after the command that asked for it.
function Wait-Until([scriptblock] $Condition, [string] $What) {
    $wait = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        Assert ($wait.Elapsed.TotalSeconds -lt 10) $What
        Start-Sleep -Milliseconds 20
    }
}

# The exit status of the program that ran last has to be this.
function Assert-Status([int] $Expected, [string] $What) {
    Assert ($LASTEXITCODE -eq $Expected) "$What ended with exit status $LASTEXITCODE, not $Expected"
}

# The median of 11 times after two to warm up, in milliseconds.
function Measure-Median([scriptblock] $What) {
    $times = 1..13 | ForEach-Object { (Measure-Command $What).TotalMilliseconds } | Select-Object -Skip 2 | Sort-Object
    $times[5]
}

# Runs a program without what PowerShell does around one, which would be measured too.
function Start-Program([string] $Line) {
    $name, $arguments = $Line -split ' '
    $process = [Diagnostics.Process]::Start($name, [string[]]$arguments)
    $process.WaitForExit()
    Assert ($process.ExitCode -eq 0) "$Line ended with exit status $($process.ExitCode)"
    $process.Dispose()
}

try {
    Write-Title 'three throwaway hosts on loopback, and an ssh_config that knows them'
    . Show { Get-Content ~/config }

    Write-Title 'one login a host'
    . Show { Import-Module ./out/SshMux }
    . Show { New-SshMaster web1, web2, web3 -Name web1, web2, web3 -ConfigFile ~/config }
    Assert ("$($shown.Name | Sort-Object)" -eq 'web1 web2 web3' -and $shown[0].State -eq 'Open') 'three masters'

    Write-Title 'a command on all of them'
    . Show { Invoke-SshMux -Master web* 'echo "$NAME has $(nproc) processors"' }
    Assert ("$($shown.Output | Sort-Object)" -match '^web1 has \d+ processors web2 has .* web3 has ') 'the output'
    . Show { $r = Invoke-SshMux -Master web* 'cat ~/motd' }
    . Show { $r }
    . Show { $r | Where-Object -Not Success | Select-Object HostName, ExitStatus, ErrorOutput }
    Assert ("$($shown.HostName): $($shown.ExitStatus)" -eq 'web3: 1') 'the command fails on web3 alone'

    Write-Title 'a hundred thousand lines through the pipeline, there and back'
    . Show { $r = 1..100000 | Invoke-SshMux -Master web1 'sort -rn' }
    . Show { "$($r.Output.Count) lines: $($r.Output[0..4] -join ', '), ..." }
    Assert ($r.Output.Count -eq 100000 -and !(Compare-Object $r.Output (100000..1) -SyncWindow 0)) 'the sorted lines'

    Write-Title 'a job'
    . Show { $job = Invoke-SshMux -Master web* 'sleep 1; echo "$NAME is done"' -AsJob }
    . Show { $job }
    Assert ($job.ChildJobs.Count -eq 3) 'a job with a child for each host'
    . Show { $job | Receive-Job -Wait }
    Assert ("$($shown.Output | Sort-Object)" -eq 'web1 is done web2 is done web3 is done') 'its results'
    Assert ($job.State -eq 'Completed') 'its state'
    . Show { Remove-Job $job }

    Write-Title 'a forward'
    . Show { $f = Add-SshMuxForward web2 -Local 0:localhost:$Intranet }
    . Show { Invoke-RestMethod http://localhost:$($f.ListenPort)/ }
    Assert ("$shown" -eq 'Hello from the intranet.') 'the page'
    . Show { Get-SshMuxForward }
    Assert ($shown.ListenPort -eq $f.ListenPort) 'the forward is listed'
    . Show { Get-SshMuxForward | Remove-SshMuxForward }
    Assert (-not (Get-SshMuxForward)) 'no forward is left'
    Assert (-not (Test-Connection localhost -TcpPort $f.ListenPort -TimeoutSeconds 2)) 'nobody listens any more'

    Write-Title 'a folder of 1,501 files to all of them'
    . Show { Copy-SshMuxItem ~/site -ToMaster web* -Recurse }
    . Show { Invoke-SshMux -Master web* 'cat ~/site/* | md5sum' }
    $sum = sh -c 'cat ~/site/* | md5sum'
    Assert ($shown.Count -eq 3 -and !($shown.Output -ne $sum)) "each host has the files, whose sum is $sum"

    Write-Title 'are they alive?'
    . Show { Get-SshMaster | Test-SshMux }
    Assert ($shown.Count -eq 3 -and $shown.Alive -notcontains $false) 'all are alive'

    Write-Title 'the same masters from ssh, scp, sftp and sshmux: no other login'
    . Show { ssh -F none -S ~/web1.sock web1 'echo "ssh is on $NAME"' }
    Assert ("$shown" -eq 'ssh is on web1') 'ssh'
    . Show { scp -q -F none (Get-SshMuxOption web2 -For Scp) ~/config web2:~/copy }
    Assert-Status 0 'scp'
    . Show { 'ls -l' | sftp -q -F none (Get-SshMuxOption web2 -For Sftp) web2 }
    Assert ("$shown" -match ' copy .* motd .* site$') 'the list of sftp'
    . Show { sshmux -F none -S ~/web3.sock web3 'echo "sshmux is on $NAME"; exit 7'; "status $LASTEXITCODE" }
    Assert ("$shown" -eq 'sshmux is on web3 status 7') 'sshmux'
    # What a program says there on standard error is an error record, which Stop would take for a failure.
    $ErrorActionPreference = 'Continue'
    . Show { $r = 1..20 | ForEach-Object -Parallel { ssh -F none -S ~/web1.sock web1 "echo $_" } -Throttle 20 }
    $ErrorActionPreference = 'Stop'
    . Show { "$r" }
    Assert ("$($r | Sort-Object { [int]$_ })" -eq "$(1..20)") 'twenty at the same time'

    Write-Title 'what sshmux can ask of a master'
    . Show { sshmux -F none -S ~/web3.sock -O check web3 }
    Assert-Status 0 'sshmux -O check'
    . Show { sshmux -F none -S ~/web3.sock -O forward -L ~/door:localhost:$Intranet web3 }
    . Show { Invoke-RestMethod http://intranet/ -UnixSocket $HOME/door }
    Assert ("$shown" -eq 'Hello from the intranet.') 'the page through the socket'
    . Show { sshmux -F none -S ~/web3.sock -O cancel -L ~/door:localhost:$Intranet web3 }
    Assert-Status 0 'sshmux -O cancel'
    . Show { "GET /`n" | sshmux -F none -S ~/web3.sock -W localhost:$Intranet web3 | Select-Object -Last 1 }
    Assert ("$shown" -eq 'Hello from the intranet.') 'the page through -W'
    . Show { sshmux -F none -S ~/web3.sock -O exit web3 }
    Assert-Status 0 'sshmux -O exit'
    Wait-Until { (Get-SshMaster web3).State -eq 'Ended' } 'the master of web3 ends'
    . Show { Get-SshMaster web3 | Select-Object Name, State, EndReason }
    Assert ($shown.EndReason -match 'exit') 'why it has ended'

    Write-Title 'the other way round: masters of ssh and sshmux'
    . Show { ssh -M -f -N -S ~/ssh -F ~/config web2 }
    . Show { sshmux -M -f -N -S ~/sshmux -F ~/config web3 }
    . Show { Invoke-SshMux -ControlPath ~/ssh, ~/sshmux 'echo "$NAME"' }
    Assert ("$($shown.Output | Sort-Object)" -eq 'web2 web3') 'both'
    . Show { Stop-SshMux -ControlPath ~/ssh, ~/sshmux -Force }
    Assert (-not (Test-Path ~/ssh) -and -not (Test-Path ~/sshmux)) 'both have ended'

    Write-Title 'what it saves: the command "true", median of 11'
    $times = [ordered]@{
        'ssh web1 true, a login each time' = Measure-Median { Start-Program "ssh -F $HOME/config -S none web1 true" }
        'ssh -S PATH web1 true' = Measure-Median { Start-Program "ssh -F none -S $HOME/web1.sock web1 true" }
        'sshmux -S PATH web1 true' = Measure-Median { Start-Program "sshmux -F none -S $HOME/web1.sock web1 true" }
        'Invoke-SshMux -Master web1 true' = Measure-Median { Invoke-SshMux -Master web1 true }
    }
    foreach ($row in $times.GetEnumerator()) { Write-Host ('{0,-34} {1,8:F1} ms' -f $row.Key, $row.Value) }

    Write-Title 'the end'
    . Show { Stop-SshMux web* }
    . Show { Get-SshMaster }
    Assert (-not $shown -and -not (Get-ChildItem ~/*.sock)) 'no master and no socket is left'
    Write-Host ("`n== demo: every step did what it should ({0:F0} s)" -f $clock.Elapsed.TotalSeconds)
}
catch {
    Write-Host "`n== FAILED at: $title`n$_"
    exit 1
}
