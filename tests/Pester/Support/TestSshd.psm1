# A real sshd on a random loopback port with throwaway keys, for the user who runs the tests. Everything it needs is in
# its own folder; nothing of the user's is read or written. What the systems differ in is in a file each.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

function New-TestFolder {
    # Short, because control sockets live in it.
    [IO.Directory]::CreateTempSubdirectory('sm-').FullName
}

function Wait-Until([scriptblock] $Condition, [double] $Seconds = 20, [string] $What = "$Condition") {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) { throw "still not after $Seconds s: $What" }
        Start-Sleep -Milliseconds 20
    }
}

function Test-Port([int] $Port) {
    $client = [Net.Sockets.TcpClient]::new()
    try { $client.Connect('127.0.0.1', $Port); $true } catch { $false } finally { $client.Dispose() }
}

# A PowerShell instance of its own, in this process, with the module imported.
function New-Shell([scriptblock] $Script, [object[]] $Arguments) {
    $state = [initialsessionstate]::CreateDefault()
    $state.ImportPSModule((Get-Module SshMux).ModuleBase)
    $shell = [powershell]::Create($state).AddScript($Script)
    foreach ($argument in $Arguments) { $shell = $shell.AddArgument($argument) }
    $shell
}

function Import-SshMux {
    $path = $env:SSHMUX_MODULE
    if (-not $path) { $path = Join-Path $PSScriptRoot '../../../out/SshMux' }
    Import-Module $path -Force -Global
}

. $PSScriptRoot/TestSshd.$($IsWindows ? 'Windows' : 'Linux').ps1

Export-ModuleMember -Function *
