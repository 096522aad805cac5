# Records docs/session.md: types at a PowerShell in a private tmux and writes what is on the screen. The five hosts are
# names of one throwaway sshd, in the world of the examples (tests/Pester/Support/ExampleWorld.psm1).
#   build/record.ps1 [-Path FILE]
# Needs root, tmux, ip (iproute2) and out/SshMux. All of it happens in namespaces of its own, so that ports, addresses,
# names and folders are the same everywhere, and gone afterwards.
param([string] $Path = "$PSScriptRoot/../docs/session.md")

$ErrorActionPreference = 'Stop'
if ($env:SSHMUX_RECORDING -ne "$PID") {
    # The process id stays the same through sh, unshare and env: so it is known that this has been done.
    $run = 'ip link set lo up && hostname desk && export SSHMUX_RECORDING=$$ && exec "$@"'
    $Path = [IO.Path]::GetFullPath($Path, $PWD)
    & unshare --mount --net --uts sh -c $run sh pwsh -NoProfile -File $PSCommandPath -Path $Path
    exit $LASTEXITCODE
}

$root = (Resolve-Path "$PSScriptRoot/..").Path
foreach ($module in 'TestSshd', 'ExampleWorld', 'Tmux') { Import-Module $root/tests/Pester/Support/$module.psm1 }
Import-SshMux
$page = [Collections.Generic.List[string]]::new()
$hosts = 1..5 | ForEach-Object { "web$_" }

# Waits for a prompt that comes after what was typed, and so is not the old one.
function Wait-Prompt([string] $Typed, [string] $Prompt = 'PS> ') {
    $word = [regex]::Escape($Typed.Substring(0, [Math]::Min(20, $Typed.Length)))
    Wait-Screen $tmux "(?s)$word.*\n$([regex]::Escape($Prompt))\z"
}

function Add-Step([string] $Title, [string] $Text) {
    $page.AddRange([string[]]@("## $Title", ''))
    if ($Text) { $page.AddRange([string[]]@($Text, '')) }
}

function Add-Screen([string] $Has) {
    $screen = Get-Screen $tmux
    if ($screen -notmatch $Has) { throw "'$Has' is not on the screen:`n$screen" }
    $page.AddRange([string[]]@('```', ($screen -replace '(?m) +$'), '```', ''))
}

# Lines at PowerShell's prompt, on an empty screen. -Has: what the screen has to show in the end.
function Add-Line([string[]] $Line, [string] $Has) {
    Clear-Prompt $tmux
    foreach ($one in $Line) { Send-Line $tmux $one; Wait-Prompt $one }
    Add-Screen $Has
}

$world = $tmux = $doors = $null
try {
    & mount -t tmpfs none /run
    $runtime = (New-Item -ItemType Directory /run/user/0).FullName
    [IO.File]::SetUnixFileMode($runtime, [IO.UnixFileMode]0x1c0)
    $world = Start-ExampleWorld $root

    # Every name has an address of its own with port 22, and tells the server its name.
    $addresses = @('127.0.0.1 localhost desk') + $hosts.ForEach{ "127.0.1.$($_[-1]) $_" }
    $addresses | Set-Content "$($world.Folder)/hosts"
    & mount --bind "$($world.Folder)/hosts" /etc/hosts
    & mount --bind "$($world.Folder)/ssh_config" /etc/ssh/ssh_config
    $doors = foreach ($name in $hosts) {
        @(
            "Host $name", "  HostName $name", '  Port 22', "  SetEnv SSHMUX_HOST=$name"
            "  HostKeyAlias [127.0.0.1]:$($world.Sshd.Port)"
        ) | Add-Content "$($world.Home)/.ssh/config"
        [Diagnostics.Process]::Start('socat', [string[]]@(
                "TCP-LISTEN:22,bind=127.0.1.$($name[-1]),fork,reuseaddr", "TCP:127.0.0.1:$($world.Sshd.Port)"))
    }
    Wait-Until { (& ss -Hltn 'sport = 22').Count -eq $hosts.Count } -What 'all hosts listen'
    'PS1="root@\$SSHMUX_HOST:\w# "' | Set-Content "$($world.Folder)/there/home/.profile"
    $null = New-Item "$($world.Folder)/there/home/.hushlogin", "$($world.Folder)/there/log/lastlog"
    "#!/bin/sh`necho `" 12:00:00 up 3 days,  1:02,  1 user,  load average: 0.`${SSHMUX_HOST#web}0, 0.20, 0.30`"" |
        Set-Content "$($world.Folder)/programs/uptime"

    # This PowerShell may live below the home folder that is about to be hidden.
    $shell = "$($world.Folder)/pwsh"
    Copy-Item -Recurse $PSHOME $shell
    & mount --bind $world.Home /root
    foreach ($name in $world.Environment.Keys) { Set-Item env:$name $world.Environment[$name] }
    $env:HOME = '/root'
    $env:PATH = "${shell}:$env:PATH"
    $env:XDG_RUNTIME_DIR = $runtime
    Set-Location /root
    $tmux = Start-PwshInTmux $world.Folder
    Invoke-Tmux $tmux resize-window -x 100 -y 24

    $page.AddRange([string[]]@(
            '# A session', ''
            'What is on a terminal of 100 columns and 24 lines, as `build/record.ps1` has recorded it. web1 to web5 are'
            'hosts of the configuration in `~/.ssh`; here a throwaway server stands for them.', ''))

    Add-Step 'Log in to five hosts' (
        'Side by side; each comes when it is there. Nothing is asked, for the configuration names a key.')
    Add-Line '$hosts = 1..5 | ForEach-Object { "web$_" }', 'New-SshMaster $hosts -Name $hosts' 'web5'

    Add-Step 'See what is open'
    Add-Line 'Get-SshMaster' 'web5'

    Add-Step 'Run a command on all of them' 'One object for each host, and no further login.'
    Add-Line '$r = Get-SshMaster | Invoke-SshMux uptime', '$r' '0\.50'
    Add-Line '$r = Invoke-SshMux -Master web* "systemctl is-active nginx mysql"', '$r[0] | Format-List',
        '$r | Where-Object Output -contains inactive | Select-Object HostName, Output' 'inactive'

    Add-Step 'Be there' 'A shell, and whatever takes the whole screen.'
    Clear-Prompt $tmux
    Send-Line $tmux 'Enter-SshMux web1'
    Wait-Prompt 'Enter-SshMux' 'root@web1:~# '
    Send-Text $tmux 'vi /etc/nginx/nginx.conf'
    Wait-Screen $tmux 'nginx\.conf\z'
    Add-Screen 'Enter-SshMux'
    Send-Key $tmux Enter
    Wait-Screen $tmux '(?m)^worker_processes'
    Add-Screen '(?m)^~'
    $page.Add("After ``:q`` and ``exit`` the terminal is as it was:`n")
    Send-Line $tmux ':q'
    Wait-Prompt 'vi /etc/nginx' 'root@web1:~# '
    Send-Line $tmux 'exit'
    Wait-Prompt 'exit'
    Add-Screen 'exit'

    Add-Step 'Forward a port' 'The page is one that web1 can reach, and this machine cannot.'
    Add-Line 'curl -sS http://intranet/', 'Add-SshMuxForward web1 -Local 8080:intranet:80',
        'curl -sS http://localhost:8080/' 'hello'

    Add-Step 'Follow a log, until Ctrl-C' (
        "Lines come as they are written. Ctrl-C gives the prompt back at once, and a signal ends the program there.`n" +
        "(An sshd before 9.8 passes none to programs of root: there the session is closed a little later.)")
    Clear-Prompt $tmux
    Send-Line $tmux 'Invoke-SshMux -Master web1 "journalctl -f -n 2" -Stream'
    Wait-Screen $tmux '(?s)(timed out.*){4}'
    Send-Key $tmux C-c
    Wait-Prompt 'Invoke-SshMux'
    $wait = 'while ((Get-SshMaster web1).Sessions) { Start-Sleep 1 }; Get-SshMaster web1'
    Send-Line $tmux $wait
    Wait-Prompt $wait
    Add-Screen '(?m)^web1 .* Open +0 '

    Add-Step 'See who is at work' 'Sessions have numbers, and names if one gives them; those of ssh clients are listed, too.'
    Add-Line '$job = Invoke-SshMux -Master web1 "journalctl -f -n 2" -SessionName log -AsJob',
        'while (-not (Get-SshMuxSession web1)) { Start-Sleep -Milliseconds 50 }; Get-SshMuxSession web1' '(?m) log '
    Add-Line 'Get-SshMuxSession web1 -Name log | Stop-SshMuxSession', '$job | Wait-Job | Receive-Job' 'Receive-Job'

    Add-Step 'Lock a master' 'What runs goes on; nothing new is opened over it until it is unlocked.'
    Add-Line 'Lock-SshMaster web1', 'Get-SshMaster web1', 'Invoke-SshMux -Master web1 uptime',
        'Unlock-SshMaster web1', '(Invoke-SshMux -Master web1 uptime).Output' '(?s)Locked.*MasterLocked|is locked.*load average'

    Add-Step 'Lose the connection' (
        "The master makes it again (``-Reconnect``, or ``SshMuxReconnect`` in the configuration); what comes meanwhile`n" +
        "waits. Here the connection is cut between the first line and the second.")
    Clear-Prompt $tmux
    $open = 'Stop-SshMux web5; $m = New-SshMaster web5 -Name web5 -Reconnect'
    Send-Line $tmux $open
    Wait-Prompt $open
    & pkill -P $doors[4].Id
    foreach ($one in '$m | Invoke-SshMux uptime', '$m.State') { Send-Line $tmux $one; Wait-Prompt $one }
    Add-Screen '(?s)web5 .*load average.*Open'

    Add-Step 'Log out' 'The forward and the control sockets go with the masters.'
    Add-Line 'Stop-SshMux web*', 'Get-SshMaster', 'curl -sS http://localhost:8080/',
        'Invoke-SshMux -Master web1 uptime' '(?m)^curl: .*[\s\S]*Invoke-SshMux:'
    Send-Line $tmux 'exit'
    Wait-Until { -not (Test-Path "/proc/$($tmux.Pid)") } -What 'PowerShell has ended' -Seconds 60
    $text = ($page -join "`n").TrimEnd()
    foreach ($own in $root, $world.Folder, $world.Sshd.Folder, "$($world.Sshd.Port)") {
        if ($text.Contains($own)) { throw "the recording tells of this machine: $own" }
    }
    $text | Set-Content $Path
}
finally {
    Set-Location /
    Stop-Tmux $tmux
    foreach ($door in $doors) { Stop-ProcessTree $door.Id; $door.WaitForExit(); $door.Dispose() }
    if ($world) { Stop-ExampleWorld $world }
}
