# Runs the Pester tests and writes the counts, then the names of what failed, to a file for build/test.sh.
# Exit status: 0 all passed, 1 some failed, 3 Pester 5 is not there.
param([Parameter(Mandatory)][string] $ResultFile)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -eq 5 })) {
    Write-Host '== Pester: NOT RUN, this pwsh has no Pester 5 (Install-Module Pester -MaximumVersion 5.99)'
    exit 3
}
Import-Module Pester -MinimumVersion 5.0 -MaximumVersion 5.99

$configuration = New-PesterConfiguration
$configuration.Run.Path = Join-Path $PSScriptRoot '..' 'tests' 'Pester'
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
$run = Invoke-Pester -Configuration $configuration

# A file or a block that cannot even start counts as one failure, beside its tests.
$failed = @($run.Failed) + @($run.FailedContainers) + @($run.FailedBlocks) | Where-Object { $_ }
@("$($run.PassedCount) $(@($failed).Count) $($run.SkippedCount + $run.NotRunCount)") + @($failed.ForEach{ $_.ExpandedPath ?? "$_" }) |
    Set-Content -LiteralPath $ResultFile
exit [int](@($failed).Count -gt 0)
