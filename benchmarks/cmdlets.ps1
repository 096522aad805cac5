<#
.SYNOPSIS
What Invoke-SshMux costs beside ssh -S, over throwaway servers on loopback. Takes about a minute.

.DESCRIPTION
Starts an sshd of its own with throwaway keys (as tests/Pester does), and prints for each measurement both times and
their ratio; below 1 the cmdlet is quicker. ssh gets what it would have in a script: the same master (ours, in this process),
one process of its own a command, and for many at once xargs -P with the same limit.

  sequential    COUNT commands, one after the other, on one master
  side by side  MASTERS masters, each COMMANDS commands, 32 at once
  file          a file of MEGABYTES from the server: -OutputFile, beside ssh -S ... > file
  job           the start of a job, and its end

Figures mean something only on an idle machine: the load before the run is printed, and every measurement is taken
ROUNDS times, of which the best counts.

.EXAMPLE
pwsh benchmarks/cmdlets.ps1

.EXAMPLE
pwsh benchmarks/cmdlets.ps1 -Count 50 -Masters 10 -Megabytes 64 -Rounds 1
#>
param(
    [int] $Count = 200,
    [int] $Masters = 50,
    [int] $Commands = 20,
    [int] $Megabytes = 1024,
    [int] $Rounds = 3
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
Import-Module $PSScriptRoot/../tests/Pester/Support/TestSshd.psm1
Import-SshMux

# The best of the rounds, in milliseconds.
function Measure-Best([scriptblock] $Work, [int] $Rounds = $script:Rounds) {
    $best = [double]::MaxValue
    for ($i = 0; $i -lt $Rounds; $i++) {
        [GC]::Collect()
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $null = & $Work
        $best = [Math]::Min($best, $clock.Elapsed.TotalMilliseconds)
    }
    $best
}

function Show([string] $What, [double] $Ours, [double] $Ssh, [string] $Each) {
    '{0,-34} {1,9:0} ms {2,9:0} ms   {3,5:0.00}   {4}' -f $What, $Ours, $Ssh, ($Ours / $Ssh), $Each
}

$sshd = Start-TestSshd
try {
    $load = (Get-Content /proc/loadavg).Split(' ')[0]
    "load $load, $([Environment]::ProcessorCount) cores, pwsh $($PSVersionTable.PSVersion)"
    '{0,-34} {1,12} {2,12}   ratio' -f '', 'Invoke-SshMux', 'ssh -S'
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
    $socket = $m.ControlPath
    $config = "$($sshd.Folder)/none"
    $null = New-Item $config
    foreach ($i in 1..20) { $null = Invoke-SshMux -Master $m true }

    # One after the other. The loop of ssh is a shell's, so that pwsh's way to start programs is not in it.
    $ours = Measure-Best { for ($i = 0; $i -lt $Count; $i++) { Invoke-SshMux -Master $m true } }
    $loop = "i=0; while [ `$i -lt $Count ]; do ssh -F $config -S $socket x true < /dev/null; i=`$((i+1)); done"
    $theirs = Measure-Best { & sh -c $loop }
    Show "sequential, $Count commands" $ours $theirs ('{0:0.00} ms each' -f ($ours / $Count))

    # Side by side: all commands on all masters.
    $all = [Collections.Generic.List[object]] @(, $m)
    while ($all.Count -lt $Masters) { $all.Add((New-SshMaster localhost -ConfigFile $sshd.SshConfig)) }
    $targets = $all.ToArray() * $Commands
    $ours = Measure-Best { Invoke-SshMux -Master $targets true -ThrottleLimit 32 }
    $list = "$($sshd.Folder)/list"
    $targets.ControlPath | Set-Content $list
    $theirs = Measure-Best { & sh -c "xargs -P 32 -I{} ssh -F $config -S {} x true < $list" }
    Show "side by side, $Masters x $Commands commands" $ours $theirs ('{0:0.00} ms each' -f ($ours / $targets.Count))
    $all | Where-Object { $_ -ne $m } | Stop-SshMux

    # A file. The server's part and the ciphers are the same for both.
    $copy = "$($sshd.Folder)/copy"
    $read = "head -c $($Megabytes)M /dev/zero"
    $ours = Measure-Best { Invoke-SshMux -Master $m $read -OutputFile $copy } ([Math]::Min(2, $Rounds))
    $size = (Get-Item $copy).Length
    if ($size -ne $Megabytes * 1MB) { throw "the file has $size bytes" }
    $theirs = Measure-Best { & sh -c "ssh -F $config -S $socket x '$read' > $copy" } ([Math]::Min(2, $Rounds))
    Show "file, $Megabytes MiB" $ours $theirs ('{0:0} MB/s' -f ($size / $ours / 1000))
    Remove-Item $copy

    $ours = Measure-Best { Invoke-SshMux -Master $m true -AsJob | Receive-Job -Wait -AutoRemoveJob }
    $theirs = Measure-Best { & ssh -F $config -S $socket x true }
    Show 'job, one command' $ours $theirs ''
    Get-SshMaster | Stop-SshMux
}
finally {
    Stop-TestSshd $sshd
}
