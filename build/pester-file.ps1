# Runs the tests of one file in this process and writes the counts, then the names of what failed, to a file for
# build/pester.ps1.
param([Parameter(Mandatory)][string] $Path, [Parameter(Mandatory)][string] $ResultFile)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 6.0

$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
# What Windows has not: the system's own ssh, /proc, a shell of Unix.
if ($IsWindows) { $configuration.Filter.ExcludeTag = 'Unix' }
$run = Invoke-Pester -Configuration $configuration

# A file or a block that cannot even start counts as one failure, beside its tests.
$failed = @(@($run.Failed) + @($run.FailedContainers) + @($run.FailedBlocks) | Where-Object { $_ })
@("$($run.PassedCount) $($failed.Count) $($run.SkippedCount + $run.NotRunCount)") +
    @($failed.ForEach{ $_.ExpandedPath ?? "$_" }) | Set-Content -LiteralPath $ResultFile
exit [int]($failed.Count -gt 0)
