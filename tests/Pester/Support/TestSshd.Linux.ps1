# The test servers of TestSshd.psm1, on this machine.

function New-TestKey([string] $Path, [string] $Type = 'ed25519', [string] $Passphrase = '') {
    & ssh-keygen -q -t $Type -N $Passphrase -C test -f $Path
    if ($LASTEXITCODE) { throw "ssh-keygen failed for $Path" }
    $Path
}

# Writes a key for its user alone.
function Write-TestKey([string] $Path, [string] $Text) {
    [IO.File]::WriteAllText($Path, $Text)
    & chmod 600 $Path
}

# None of those that Linux gives out by itself (from 32768 on): one of those is soon another test's.
function Get-FreePort {
    while ($true) {
        $port = Get-Random -Minimum 10000 -Maximum 32000
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, $port)
        try { $listener.Start(); return $port }
        catch [Net.Sockets.SocketException] { continue }
        finally { $listener.Stop() }
    }
}

# The process and all that descend from it.
function Get-ProcessTree([int] $Id) {
    $Id
    foreach ($file in Get-ChildItem "/proc/$Id/task/*/children" -ErrorAction Ignore) {
        foreach ($child in -split (Get-Content $file -Raw -ErrorAction Ignore)) { Get-ProcessTree $child }
    }
}

# One that nobody has waited for yet has ended, too.
function Test-Running([int] $Id) {
    (Test-Path "/proc/$Id") -and (Get-Content "/proc/$Id/stat" -Raw -ErrorAction Ignore) -match '\) [^ZX] '
}

function Stop-ProcessTree([int] $Id) {
    foreach ($one in @(Get-ProcessTree $Id)) { Stop-Process -Id $one -Force -ErrorAction Ignore }
}

# Whether a server can have a password of the test's choice: that needs a /etc/shadow of its own, in its own mount namespace.
function Test-TestPassword {
    & unshare -m true 2> $null
    $? -and [Environment]::UserName -eq 'root' -and [bool](Get-Command openssl -ErrorAction Ignore)
}

# -Password: what the user can log in with, too. -Prepare: what a shell does in the server's own mount namespace before it
# starts; SSHD_FOLDER stands for the server's folder. Both need root.
# -Unprivileged: the server and its logins are not root's but nobody's, to whom it grants more (signals, before 9.8).
function Start-TestSshd(
    [string[]] $ExtraConfig = @(), [string] $Password, [string] $Prepare, [switch] $Unprivileged
) {
    $folder = New-TestFolder
    $userName = [Environment]::UserName
    $Unprivileged = $Unprivileged -and $userName -eq 'root'
    if ($Unprivileged) { $userName = 'nobody' }
    foreach ($type in 'ed25519', 'ecdsa', 'rsa') { $null = New-TestKey "$folder/host_$type" $type }
    $null = New-TestKey "$folder/user_key"
    Copy-Item "$folder/user_key.pub" "$folder/authorized_keys"
    if ([Environment]::UserName -eq 'root') { $null = New-Item -ItemType Directory -Force /run/sshd }

    for ($try = 1; ; $try++) {
        $port = Get-FreePort
        @(
            $ExtraConfig
            if ($Password) { 'PasswordAuthentication yes' }
            "Port $port"
            'ListenAddress 127.0.0.1'
            "HostKey $folder/host_ed25519"
            "HostKey $folder/host_ecdsa"
            "HostKey $folder/host_rsa"
            "AuthorizedKeysFile $folder/authorized_keys"
            'PidFile none', 'StrictModes no', 'UsePAM no', 'PermitRootLogin yes'
            'PasswordAuthentication no', 'KbdInteractiveAuthentication no'
            'MaxSessions 1000', 'MaxStartups 1000', 'AcceptEnv SSHMUX_*', 'PrintMotd no', 'UseDNS no'
            'LogLevel VERBOSE', 'Subsystem sftp internal-sftp'
            # A bash that sshd starts reads ~/.bashrc, unless it is not the outermost one. A pwsh may need to be told where
            # its .NET is.
            "SetEnv SHLVL=1$($env:DOTNET_ROOT ? " DOTNET_ROOT=$env:DOTNET_ROOT" : '')"
        ) | Set-Content "$folder/sshd_config"
        $start = [Diagnostics.ProcessStartInfo]::new('/bin/sh')
        $start.ArgumentList.Add('-c')
        $command = "exec /usr/sbin/sshd -D -e -f $folder/sshd_config < /dev/null > /dev/null 2>> $folder/log"
        if ($Password) {
            "${userName}:$(& openssl passwd -6 $Password):19000:0:99999:7:::" | Set-Content "$folder/shadow"
            $Prepare = "mount --bind $folder/shadow /etc/shadow"
        }
        if ($Unprivileged) {
            # nobody has no shell but in this server's eyes.
            "nobody:x:65534:65534:nobody:${folder}:/bin/sh" | Set-Content "$folder/passwd"
            'nogroup:x:65534:' | Set-Content "$folder/group"
            & chown -R 65534:65534 $folder
            $command = $command -replace '^exec', ('exec setpriv --reuid=65534 --regid=65534 --clear-groups env ' +
                "LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=$folder/passwd NSS_WRAPPER_GROUP=$folder/group")
        }
        if ($Prepare) { $command = "exec unshare -m sh -c '$($Prepare.Replace('SSHD_FOLDER', $folder)) && $command'" }
        $start.ArgumentList.Add($command)
        $process = [Diagnostics.Process]::Start($start)
        try {
            $log = "$folder/log"
            # Its own word for it: on a port that another program was quicker to take, somebody listens as well.
            $listens = { (Get-Content $log -Raw -ErrorAction Ignore) -match "Server listening on \S+ port $port\." }
            Wait-Until { $process.HasExited -or (& $listens) } -Seconds 60 -What 'sshd listens'
            if (& $listens) { break }
        }
        catch { Stop-ProcessTree $process.Id; throw }
        if ($try -eq 5) { throw "sshd does not start: $(Get-Content "$folder/log" -Raw)" }
    }

    foreach ($type in 'ed25519', 'ecdsa', 'rsa') {
        "[127.0.0.1]:$port $(Get-Content "$folder/host_$type.pub")" | Add-Content "$folder/known_hosts"
    }
    @(
        'Host *'
        '  HostName 127.0.0.1'
        "  Port $port"
        "  User $userName"
        "  IdentityFile $folder/user_key"
        '  IdentitiesOnly yes'
        '  IdentityAgent none'
        "  UserKnownHostsFile $folder/known_hosts"
        '  GlobalKnownHostsFile /dev/null'
        '  StrictHostKeyChecking yes'
        '  PreferredAuthentications publickey'
        '  SendEnv SSHMUX_*'
    ) | Set-Content "$folder/ssh_config"

    # Control sockets of masters without a path of their own go there.
    $null = New-Item -ItemType Directory "$folder/run"
    $runtimeBefore = $env:XDG_RUNTIME_DIR
    $env:XDG_RUNTIME_DIR = "$folder/run"

    [pscustomobject]@{
        Port = $port; Folder = $folder; ServerFolder = $folder; Process = $process; UserName = $userName
        UserKey = "$folder/user_key"; KnownHosts = "$folder/known_hosts"; SshConfig = "$folder/ssh_config"
        Log = "$folder/log"; RuntimeBefore = $runtimeBefore
        Masters = [Collections.Generic.List[Diagnostics.Process]]::new()
    }
}

# The connections that the server has, as process ids; the listener itself not.
function Get-TestSshdConnection($Sshd) { @(Get-ProcessTree $Sshd.Process.Id) | Select-Object -Skip 1 }

# Ends the server's side of all connections, as a crash or a firewall would; the listener goes on.
function Stop-TestSshdConnection($Sshd) {
    foreach ($id in Get-TestSshdConnection $Sshd) { Stop-Process -Id $id -Force -ErrorAction Ignore }
}

# The server's processes do nothing until they are resumed.
function Suspend-TestSshdConnection($Sshd) { foreach ($id in Get-TestSshdConnection $Sshd) { & kill -STOP $id } }

function Resume-TestSshdConnection($Sshd) { foreach ($id in Get-TestSshdConnection $Sshd) { & kill -CONT $id } }

# Lets a key log in.
function Add-AuthorizedKey($Sshd, [string] $PublicKey) { $PublicKey | Add-Content "$($Sshd.Folder)/authorized_keys" }

# The lines of a file of the server, in whose folder (ServerFolder) the tests have theirs; none if there is no such file.
function Get-ServerFile($Sshd, [string] $Path) { Get-Content -LiteralPath $Path -ErrorAction Ignore }

# Whether a process of the server's machine lives.
function Test-ServerProcess($Sshd, [int] $Id) { Test-Path "/proc/$Id" }

# What streams and forwards lead to: a port that gives back what comes, and a unix socket that does so in capitals. Both end
# when their input has ended.
function Start-EchoServer($Sshd) {
    $port = Get-FreePort
    $path = "$($Sshd.Folder)/upper"
    $processes = foreach ($server in @("TCP-LISTEN:$port,bind=127.0.0.1,fork", 'EXEC:cat'),
        @("UNIX-LISTEN:$path,fork", 'EXEC:tr a-z A-Z')) {
        [Diagnostics.Process]::Start('socat', [string[]] $server)
    }
    Wait-Until {
        $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        try { $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($path)); $true } catch { $false }
        finally { $socket.Dispose() }
    } -What 'the server listens on its socket' -Seconds 30
    Wait-Until {
        try { [Net.Sockets.TcpClient]::new('127.0.0.1', $port).Dispose(); $true } catch { $false }
    } -What 'the server listens on its port' -Seconds 30
    [pscustomobject]@{ Port = $port; Path = $path; Processes = $processes }
}

function Stop-EchoServer($Server) { $Server.Processes | Where-Object { -not $_.HasExited } | ForEach-Object { $_.Kill() } }

# An agent of OpenSSH's that has the server's user key, or none.
function Start-TestAgent($Sshd, [string] $Name = 'agent', [switch] $Empty) {
    $socket = "$($Sshd.Folder)/$Name"
    $process = Start-Process ssh-agent '-D', '-a', $socket -PassThru -RedirectStandardOutput /dev/null
    Wait-Until { & env "SSH_AUTH_SOCK=$socket" ssh-add -l *> $null; $LASTEXITCODE -eq 1 } -What 'the agent listens'
    if (-not $Empty) { & env "SSH_AUTH_SOCK=$socket" ssh-add -q $Sshd.UserKey }
    [pscustomobject]@{ Path = $socket; Process = $process }
}

function Stop-TestAgent($Agent) { Stop-Process -Id $Agent.Process.Id }

# A real OpenSSH master; gives the control path.
function Start-OpenSshMaster($Sshd, [string[]] $Option = @()) {
    $path = "$($Sshd.Folder)/ssh-$($Sshd.Masters.Count)"
    $start = [Diagnostics.ProcessStartInfo]::new('ssh')
    foreach ($argument in @('-F', $Sshd.SshConfig, '-M', '-N', '-S', $path) + $Option + 'x') {
        $start.ArgumentList.Add($argument)
    }
    $start.RedirectStandardInput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $Sshd.Masters.Add($process)
    Wait-Until { Test-Path $path } -What 'ssh -M listens'
    $path
}

# Stops this process's masters, and throws if anything of theirs stays: a connection, a control socket, a client.
function Assert-NothingLeft($Sshd) {
    Get-SshMaster | Where-Object InThisProcess | Stop-SshMux
    foreach ($master in $Sshd.Masters) { Stop-ProcessTree $master.Id; $master.WaitForExit() }
    Wait-Until { @(Get-TestSshdConnection $Sshd).Count -eq 0 } -What 'all connections are closed' -Seconds 10
    $left = @(Get-ChildItem -Force $env:XDG_RUNTIME_DIR/sshmux -ErrorAction Ignore)
    if ($left) { throw "left behind: $left" }
}

# Ends the server and the OpenSSH masters, and removes their files.
function Stop-TestSshd($Sshd) {
    foreach ($master in $Sshd.Masters) { Stop-ProcessTree $master.Id; $master.WaitForExit(); $master.Dispose() }
    Stop-ProcessTree $Sshd.Process.Id
    $Sshd.Process.WaitForExit()
    $Sshd.Process.Dispose()
    Remove-Item -Recurse -Force $Sshd.Folder
    $env:XDG_RUNTIME_DIR = $Sshd.RuntimeBefore
}

# Another pwsh with a master named 'there', until its input ends; its first line of output is the control path.
function Start-MasterInPwsh($Sshd) {
    $start = [Diagnostics.ProcessStartInfo]::new('pwsh')
    foreach ($argument in '-NoProfile', '-Command', "
        Import-Module '$((Get-Module SshMux).ModuleBase)'
        (New-SshMaster there -Name there -ConfigFile '$($Sshd.SshConfig)' -ErrorAction Stop).ControlPath
        `$null = [Console]::ReadLine()") { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    [Diagnostics.Process]::Start($start)
}
