# Starts test servers for tests that run on Windows, which Wine on this machine is: each connection is a request, a line of
# JSON (Command, Arguments), and its answer (Result or Error). Ends all that it has started when its input ends.
#   build/windows-host.ps1            writes the port that it listens at, of 127.0.0.1
# Its clients: tests/Pester/Support/TestSshd.Windows.ps1.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
Import-Module $PSScriptRoot/../tests/Pester/Support/TestSshd.psm1
Import-Module $PSScriptRoot/../tests/Pester/Support/AskingServer.psm1

$servers = @{}
$echoes = @{}
$asking = @{}
$agents = @{}

function Get-Server($Arguments) {
    $servers[$Arguments.Id] ?? $(throw "no server $($Arguments.Id)")
}

function Stop-Agent($Agent) {
    Stop-TestAgent $Agent[0]
    $Agent[1].Kill()
}

function Invoke-Request($Request) {
    $arguments = $Request.Arguments
    switch ($Request.Command) {
        'Start-TestSshd' {
            $server = Start-TestSshd -ExtraConfig @($arguments.ExtraConfig) -Password $arguments.Password `
                -Unprivileged:$arguments.Unprivileged
            $id = "$($server.Port)"
            $servers[$id] = $server
            @{
                Id = $id; Port = $server.Port; UserName = $server.UserName; Folder = $server.Folder
                UserKey = Get-Content -Raw $server.UserKey; UserKeyPublic = Get-Content -Raw "$($server.UserKey).pub"
                KnownHosts = Get-Content -Raw $server.KnownHosts
            }
        }
        'Test-TestPassword' { Test-TestPassword }
        'Suspend-TestSshdConnection' { Suspend-TestSshdConnection (Get-Server $arguments) }
        'Resume-TestSshdConnection' { Resume-TestSshdConnection (Get-Server $arguments) }
        'Add-AuthorizedKey' { Add-AuthorizedKey (Get-Server $arguments) $arguments.PublicKey }
        'Get-ServerFile' { , @((Get-ServerFile (Get-Server $arguments) $arguments.Path).ForEach{ "$_" }) }
        'Test-ServerProcess' { Test-ServerProcess (Get-Server $arguments) $arguments.Process }
        'Start-EchoServer' {
            $echo = Start-EchoServer (Get-Server $arguments)
            $echoes["$($echo.Port)"] = $echo
            @{ Port = $echo.Port; Path = $echo.Path }
        }
        'Stop-EchoServer' {
            Stop-EchoServer $echoes["$($arguments.Port)"]
            $echoes.Remove("$($arguments.Port)")
        }
        'Test-AskingServer' { Test-AskingServer }
        'Start-AskingServer' {
            $server = Start-AskingProgram
            $asking["$($server.Port)"] = $server
            @{ Port = $server.Port; KnownHosts = $server.KnownHosts }
        }
        'Stop-AskingServer' {
            Stop-AskingProgram $asking["$($arguments.Port)"]
            $asking.Remove("$($arguments.Port)")
        }
        'Start-TestAgent' {
            $agent = Start-TestAgent (Get-Server $arguments)
            $port = Get-FreePort
            $relay = [Diagnostics.Process]::Start('socat', [string[]]@(
                    "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr", "UNIX-CONNECT:$($agent.Path)"))
            Wait-Until { Test-Port $port } -What 'the port of the agent listens'
            $agents["$port"] = $agent, $relay
            @{ Port = $port }
        }
        'Stop-TestAgent' {
            Stop-Agent $agents["$($arguments.Port)"]
            $agents.Remove("$($arguments.Port)")
        }
        'Get-TestSshdConnection' { , @(Get-TestSshdConnection (Get-Server $arguments)) }
        'Stop-TestSshdConnection' { Stop-TestSshdConnection (Get-Server $arguments) }
        'Stop-TestSshd' {
            Stop-TestSshd (Get-Server $arguments)
            $servers.Remove($arguments.Id)
        }
        'New-TestKey' {
            $folder = New-TestFolder
            try {
                $key = New-TestKey "$folder/key" $arguments.Type $arguments.Passphrase
                @{ Private = Get-Content -Raw $key; Public = Get-Content -Raw "$key.pub" }
            }
            finally { Remove-Item -Recurse -Force $folder }
        }
        default { throw "no such request: $_" }
    }
}

function Invoke-Client([Net.Sockets.TcpClient] $Client) {
    $stream = $Client.GetStream()
    $line = [IO.StreamReader]::new($stream).ReadLine()
    $answer = try { @{ Error = $null; Result = Invoke-Request ($line | ConvertFrom-Json) } }
    catch { @{ Error = "$_"; Result = $null } }
    $bytes = [Text.Encoding]::UTF8.GetBytes(($answer | ConvertTo-Json -Compress -Depth 5))
    $stream.Write($bytes, 0, $bytes.Length)
}

$listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
$listener.Start()
$listener.LocalEndpoint.Port
# Not [Console]::In, whose asynchronous methods are none.
$ended = [IO.StreamReader]::new([Console]::OpenStandardInput()).ReadLineAsync()
try {
    while ($true) {
        $accepting = $listener.AcceptTcpClientAsync()
        if ([Threading.Tasks.Task]::WaitAny(@($accepting, $ended)) -eq 1) { break }
        $client = $accepting.Result
        try { Invoke-Client $client }
        catch [IO.IOException] { Write-Warning "a test went away: $_" }
        finally { $client.Dispose() }
    }
}
finally {
    $listener.Stop()
    foreach ($echo in $echoes.Values) { Stop-EchoServer $echo }
    foreach ($agent in $agents.Values) { Stop-Agent $agent }
    foreach ($server in $asking.Values) { Stop-AskingProgram $server }
    foreach ($server in $servers.Values) { Stop-TestSshd $server }
}
