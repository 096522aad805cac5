# Runs the Pester tests, each file in a pwsh of its own and some of them side by side, because most of their time is
# spent with waiting for processes and connections.
#   build/pester.ps1 [-Path tests/Pester/Invoke.Tests.ps1, ...] [-ResultFile FILE] [-Jobs N] [-MinutesPerFile N]
# What a file prints comes whole, when it has ended. FILE gets the counts, then the names of what failed, for
# build/test.sh. A file whose process ends without a result, or not in time, counts as one failure.
# Exit status: 0 all passed, 1 some failed. Pester is the one that ./build.sh has put below out/tools.
#Requires -Version 7.6
param(
    [string] $ResultFile,
    [string[]] $Path = @(Join-Path $PSScriptRoot '..' 'tests' 'Pester' '*.Tests.ps1'),
    [ValidateRange(1, 64)][int] $Jobs = [Math]::Max(2, [Environment]::ProcessorCount),
    [ValidateRange(1, 600)][int] $MinutesPerFile = 15
)

$ErrorActionPreference = 'Stop'
$modules = "$PSScriptRoot/../out/tools/modules"
if (-not (Test-Path $modules/Pester)) { throw 'there is no Pester in out/tools: run ./build.sh test once' }
$modules = (Resolve-Path $modules).Path

# This PowerShell's own program, for the tests and for what they start, even where this process is "dotnet pwsh.dll": the
# program then has to be told where that .NET is.
$pwsh = "$PSHOME/pwsh"
$process = [Environment]::ProcessPath
if ((Split-Path -Leaf $process) -eq 'dotnet') { $env:DOTNET_ROOT ??= Split-Path $process }
$env:PATH = "${PSHOME}:$env:PATH"
$env:PSModulePath = "${modules}:$env:PSModulePath"

# The examples take by far the longest. Then the largest first: they tend to, and the small ones fill the gaps at the end.
$files = Get-Item ($Path -split ',') | Sort-Object { $_.Name -ne 'Examples.Tests.ps1' }, { -$_.Length }
$scratch = [IO.Directory]::CreateTempSubdirectory('sshmux-pester-').FullName
$clock = [Diagnostics.Stopwatch]::StartNew()
try {
    $runs = $files | ForEach-Object -ThrottleLimit $Jobs -Parallel {
        $name = $_.Name
        $log = "$using:scratch/$name.log"
        $result = "$using:scratch/$name.result"
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $process = [Diagnostics.Process]::Start('/bin/sh', [string[]]@(
                '-c', 'log=$1; shift; exec "$@" < /dev/null > "$log" 2>&1', 'sh', $log
                $using:pwsh, '-NoLogo', '-NoProfile', '-NonInteractive', '-File'
                "$using:PSScriptRoot/pester-file.ps1", $_.FullName, $result))
        try {
            $inTime = $process.WaitForExit([timespan]::FromMinutes($using:MinutesPerFile))
            $problem = $inTime ? "its process ended with status $($process.ExitCode) and without results" :
                "it still ran after $using:MinutesPerFile minutes"
        }
        finally {
            if (-not $process.HasExited) { $process.Kill($true) }
            $process.WaitForExit()
            $process.Dispose()
        }

        $lines = $inTime -and (Test-Path $result) ? @(Get-Content $result) : @('0 1 0', $problem)
        if ($lines[0] -eq '0 0 0') { $lines = '0 1 0', 'it has no test' }
        $passed, $failed, $skipped = [int[]]-split $lines[0]
        $names = @($lines | Select-Object -Skip 1 | ForEach-Object { "${name}: $_" })
        # In one write, so that the outputs of the files do not mix.
        Write-Host (@(
                '== {0}: {1} passed, {2} failed in {3:F0} s' -f $name, $passed, $failed, $clock.Elapsed.TotalSeconds
                Get-Content $log
                $names.ForEach{ "failed: $_" }
            ) -join "`n")
        [pscustomobject]@{ Passed = $passed; Failed = $failed; Skipped = $skipped; Names = $names }
    }
}
finally {
    Remove-Item -Recurse -Force $scratch
}

$passed, $failed, $skipped = 'Passed', 'Failed', 'Skipped' | ForEach-Object { ($runs | Measure-Object $_ -Sum).Sum }
Write-Host ('== {0} files: {1} passed, {2} failed, {3} skipped in {4:F0} s' -f
    $files.Count, $passed, $failed, $skipped, $clock.Elapsed.TotalSeconds)
$names = @($runs.Names | Where-Object { $_ })
$names | ForEach-Object { Write-Host "failed: $_" }
if ($ResultFile) { @("$passed $failed $skipped") + $names | Set-Content -LiteralPath $ResultFile }
exit [int]($failed -gt 0)
