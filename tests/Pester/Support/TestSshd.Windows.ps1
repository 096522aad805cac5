# The test servers of TestSshd.psm1 for tests on Windows: the machine that runs Wine starts them, and is asked to
# (build/windows-host.ps1).

# One request, one answer, each in JSON.
function Invoke-TestHost([string] $Command, [hashtable] $Arguments = @{}) {
    $client = [Net.Sockets.TcpClient]::new('127.0.0.1', [int]$env:SSHMUX_WINDOWS_HOST)
    try {
        $stream = $client.GetStream()
        $line = @{ Command = $Command; Arguments = $Arguments } | ConvertTo-Json -Compress -Depth 5
        $bytes = [Text.Encoding]::UTF8.GetBytes("$line`n")
        $stream.Write($bytes, 0, $bytes.Length)
        $answer = [IO.StreamReader]::new($stream).ReadToEnd() | ConvertFrom-Json
    }
    finally { $client.Dispose() }
    if ($answer.Error) { throw "the host of the tests: $($answer.Error)" }
    $answer.Result
}

# Writes a key for its user alone: in the folder for temporary files under Wine others could read it, and it would be refused.
function Write-TestKey([string] $Path, [string] $Text) {
    $access = [Security.AccessControl.FileSecurity]::new()
    $user = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    $access.SetSecurityDescriptorSddlForm("D:P(A;;FA;;;$user)(A;;FA;;;SY)(A;;FA;;;BA)")
    $file = [IO.FileSystemAclExtensions]::Create([IO.FileInfo]::new($Path), 'CreateNew', 'Write', 'None', 4096, 'None', $access)
    $bytes = [Text.Encoding]::UTF8.GetBytes($Text)
    try { $file.Write($bytes, 0, $bytes.Length) } finally { $file.Dispose() }
}

function New-TestKey([string] $Path, [string] $Type = 'ed25519', [string] $Passphrase = '') {
    $key = Invoke-TestHost New-TestKey @{ Type = $Type; Passphrase = $Passphrase }
    Write-TestKey $Path $key.Private
    [IO.File]::WriteAllText("$Path.pub", $key.Public)
    $Path
}

function Get-FreePort {
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    try { $listener.LocalEndpoint.Port } finally { $listener.Stop() }
}

function Test-TestPassword { Invoke-TestHost Test-TestPassword }

function Start-TestSshd([string[]] $ExtraConfig = @(), [string] $Password, [switch] $Unprivileged) {
    $server = Invoke-TestHost Start-TestSshd @{
        ExtraConfig = $ExtraConfig; Password = $Password; Unprivileged = [bool]$Unprivileged
    }
    $folder = New-TestFolder
    Write-TestKey "$folder\user_key" $server.UserKey
    [IO.File]::WriteAllText("$folder\user_key.pub", $server.UserKeyPublic)
    [IO.File]::WriteAllText("$folder\known_hosts", $server.KnownHosts)
    @(
        'Host *'
        '  HostName 127.0.0.1'
        "  Port $($server.Port)"
        "  User $($server.UserName)"
        "  IdentityFile `"$folder\user_key`""
        '  IdentitiesOnly yes'
        '  IdentityAgent none'
        "  UserKnownHostsFile `"$folder\known_hosts`""
        '  GlobalKnownHostsFile none'
        '  StrictHostKeyChecking yes'
        '  PreferredAuthentications publickey'
        '  SendEnv SSHMUX_*'
    ) | Set-Content "$folder\ssh_config"
    [pscustomobject]@{
        Id = $server.Id; Port = $server.Port; Folder = $folder; ServerFolder = $server.Folder; UserName = $server.UserName
        UserKey = "$folder\user_key"; KnownHosts = "$folder\known_hosts"; SshConfig = "$folder\ssh_config"
        Log = "$($server.Folder)/log"
    }
}

# The connections that the server has, as process ids of its machine.
function Get-TestSshdConnection($Sshd) { @(Invoke-TestHost Get-TestSshdConnection @{ Id = $Sshd.Id }) }

# Ends the server's side of all connections, as a crash or a firewall would; the listener goes on.
function Stop-TestSshdConnection($Sshd) { $null = Invoke-TestHost Stop-TestSshdConnection @{ Id = $Sshd.Id } }

# The server's processes do nothing until they are resumed.
function Suspend-TestSshdConnection($Sshd) { $null = Invoke-TestHost Suspend-TestSshdConnection @{ Id = $Sshd.Id } }

function Resume-TestSshdConnection($Sshd) { $null = Invoke-TestHost Resume-TestSshdConnection @{ Id = $Sshd.Id } }

# Lets a key log in.
function Add-AuthorizedKey($Sshd, [string] $PublicKey) {
    $null = Invoke-TestHost Add-AuthorizedKey @{ Id = $Sshd.Id; PublicKey = $PublicKey }
}

# The lines of a file of the server, in whose folder (ServerFolder) the tests have theirs; none if there is no such file.
function Get-ServerFile($Sshd, [string] $Path) { Invoke-TestHost Get-ServerFile @{ Id = $Sshd.Id; Path = $Path } }

# Whether a process of the server's machine lives.
function Test-ServerProcess($Sshd, [int] $Id) { Invoke-TestHost Test-ServerProcess @{ Id = $Sshd.Id; Process = $Id } }

# What streams and forwards lead to: a port that gives back what comes, and a unix socket that does so in capitals. Both end
# when their input has ended.
function Start-EchoServer($Sshd) { Invoke-TestHost Start-EchoServer @{ Id = $Sshd.Id } }

function Stop-EchoServer($Server) { $null = Invoke-TestHost Stop-EchoServer @{ Port = $Server.Port } }

# An agent of OpenSSH's that has the server's user key: what comes to a pipe here goes to the agent over a port of its machine.
function Start-TestAgent($Sshd) {
    $agent = Invoke-TestHost Start-TestAgent @{ Id = $Sshd.Id }
    if (-not ('PipeRelay' -as [type])) {
        Add-Type @'
using System.IO;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Threading.Tasks;

public sealed class PipeRelay
{
    private readonly string _name;
    private readonly int _port;
    private volatile bool _stopped;

    public PipeRelay(string name, int port)
    {
        _name = name;
        _port = port;
        _ = ServeAsync();
    }

    public void Stop()
    {
        _stopped = true;
        using (var last = new NamedPipeClientStream(".", _name, PipeDirection.InOut)) last.Connect(5000);
    }

    private async Task ServeAsync()
    {
        while (!_stopped)
        {
            var pipe = new NamedPipeServerStream(_name, PipeDirection.InOut, 20, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
            await pipe.WaitForConnectionAsync();
            _ = RelayAsync(pipe);
        }
    }

    private async Task RelayAsync(NamedPipeServerStream pipe)
    {
        using (pipe)
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", _port);
            var stream = client.GetStream();
            try { await Task.WhenAny(pipe.CopyToAsync(stream), stream.CopyToAsync(pipe)); }
            catch (IOException) { }
        }
    }
}
'@
    }
    $name = "sshmux-test-$([guid]::NewGuid().ToString('N'))"
    [pscustomobject]@{ Path = "\\.\pipe\$name"; Relay = [PipeRelay]::new($name, $agent.Port); Port = $agent.Port }
}

function Stop-TestAgent($Agent) {
    $Agent.Relay.Stop()
    $null = Invoke-TestHost Stop-TestAgent @{ Port = $Agent.Port }
}

# Stops this process's masters, and throws if a connection of theirs stays.
function Assert-NothingLeft($Sshd) {
    Get-SshMaster | Where-Object InThisProcess | Stop-SshMux
    Wait-Until { @(Get-TestSshdConnection $Sshd).Count -eq 0 } -What 'all connections are closed' -Seconds 10
}

# Ends the server, and removes the files.
function Stop-TestSshd($Sshd) {
    $null = Invoke-TestHost Stop-TestSshd @{ Id = $Sshd.Id }
    Remove-Item -Recurse -Force $Sshd.Folder
}
