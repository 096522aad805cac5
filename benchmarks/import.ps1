# What importing the module costs over a pwsh that imports nothing: both are started in turns, and the medians of their
# times are compared. Anything else that runs on the machine is in both.
#   pwsh benchmarks/import.ps1 [-Runs 25] [-Module out/SshMux, some/other/SshMux]
param(
    [ValidateRange(3, 1000)][int] $Runs = 25,
    [string[]] $Module = @(Join-Path $PSScriptRoot '..' 'out' 'SshMux')
)

$ErrorActionPreference = 'Stop'
$Module = $Module | ForEach-Object { (Resolve-Path $_).Path }
$commands = @('$null') + $Module.ForEach{ "Import-Module '$_'" }
$times = @{}
foreach ($command in $commands) { $times[$command] = [Collections.Generic.List[double]]::new() }

# The first round only fills the caches of files.
for ($run = 0; $run -le $Runs; $run++) {
    foreach ($command in $commands) {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        & pwsh -NoLogo -NoProfile -NonInteractive -Command $command
        if ($run -gt 0) { $times[$command].Add($clock.Elapsed.TotalMilliseconds) }
    }
}

function Get-Quantile([double[]] $Values, [double] $At) {
    ($Values | Sort-Object)[[int][Math]::Floor(($Values.Count - 1) * $At)]
}

$empty = Get-Quantile $times[$commands[0]] 0.5
foreach ($command in $commands) {
    $all = $times[$command]
    $median = Get-Quantile $all 0.5
    [pscustomobject]@{
        Command = $command
        'Median ms' = [Math]::Round($median)
        'Quartiles ms' = '{0:F0}-{1:F0}' -f (Get-Quantile $all 0.25), (Get-Quantile $all 0.75)
        'Over an empty pwsh' = '{0:F0} ms' -f ($median - $empty)
    }
}
