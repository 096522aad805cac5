#!/usr/bin/env pwsh
# ./build.ps1 TARGET does what ./build.sh TARGET does; the one place where it is written down is build.sh.
if (-not (Get-Command bash -ErrorAction Ignore)) {
    throw 'build.ps1 needs bash on PATH: SshMux builds and runs on Linux only, so far.'
}
& bash (Join-Path $PSScriptRoot 'build.sh') @args
exit $LASTEXITCODE
