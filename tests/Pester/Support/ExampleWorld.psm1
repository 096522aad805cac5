# The world in which the examples of the help, README and the guide run: a home of its own here, and a server that every
# host name leads to, with a file system of its own where examples write.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
Import-Module $PSScriptRoot/TestSshd.psm1

function Add-Text([string] $Path, [string] $Text, [switch] $Program) {
    $null = New-Item -ItemType Directory -Force (Split-Path $Path)
    $Text -replace '\r' | Set-Content $Path
    if ($Program) { [IO.File]::SetUnixFileMode($Path, [IO.UnixFileMode]0x1ed) }
}

# The programs of the server; what they print is always the same.
function Add-ServerProgram([string] $Folder) {
    Add-Text -Program $Folder/systemctl @'
#!/bin/sh
case "$1" in
  is-active)
    shift; status=3
    for unit; do
      case "$unit" in nginx | ssh | sshd | cron) echo active; status=0 ;; -*) ;; *) echo inactive ;; esac
    done
    exit $status ;;
  *) exit 0 ;;
esac
'@
    Add-Text -Program $Folder/journalctl @'
#!/bin/sh
follow=; lines=10
while [ $# -gt 0 ]; do
  case "$1" in -f) follow=1 ;; -n) lines=$2; shift ;; -n*) lines=${1#-n} ;; esac
  shift
done
i=0
while [ $i -lt $lines ]; do echo "Nov 22 12:00:0$((i % 10)) web1 sshd[123]: line $i"; i=$((i + 1)); done
while [ "$follow" ]; do echo "Nov 22 12:01:00 web1 nginx[456]: error: upstream timed out"; sleep 0.2; done
'@
    Add-Text -Program $Folder/nginx "#!/bin/sh`necho 'nginx: configuration file /etc/nginx/nginx.conf test is successful' >&2"
    Add-Text -Program $Folder/uptime "#!/bin/sh`necho ' 12:00:00 up 3 days,  1:02,  1 user,  load average: 0.10, 0.20, 0.30'"
    Add-Text -Program $Folder/df @'
#!/bin/sh
echo 'Filesystem     1K-blocks     Used Available Use% Mounted on'
echo '/dev/sda1       20509264 12305560   7136572  64% /'
'@
}

# The files of the server, in a folder that its mount namespace puts in the place of the real ones.
function Add-ServerFile([string] $There, [string] $Address) {
    foreach ($folder in 'tmp', 'home', 'srv/www', 'srv/backup', 'log/nginx') {
        $null = New-Item -ItemType Directory -Force $There/$folder
    }
    & cp -a /etc $There/etc
    Add-Text $There/etc/nginx/nginx.conf "worker_processes auto;`nevents { }"
    Add-Text $There/etc/hostname web1
    # The user that an example names: root by another name.
    Add-Content $There/etc/passwd 'admin:x:0:0::/root:/bin/sh'
    Add-Text $There/etc/hosts "127.0.0.1 localhost web1`n$Address intranet db.internal"
    Add-Text $There/srv/www/index.html '<h1>It works</h1>'
    if (Get-Command git -ErrorAction Ignore) { & git init -q --bare $There/srv/site.git 2> $null }
    Add-Text $There/log/syslog ((1..2000).ForEach{ "Nov 22 12:00:00 web1 kernel: message $_" } -join "`n")
    Add-Text $There/log/nginx/access.log ((1..50).ForEach{ "10.0.0.$_ GET /index.html 200" } -join "`n")
}

# The files here.
function Add-HomeFile([string] $Here, [string] $Root, $Sshd) {
    Add-Text $Here/names.txt "delta`nalpha`nalpha`ncharlie"
    Add-Text $Here/services.txt "nginx`nssh`ncron"
    Add-Text $Here/hosts.txt "web1`nweb2`ndb1"
    Add-Text -Program $Here/script.sh "#!/bin/sh`necho `"script on `$(cat /etc/hostname): `$*`""
    Add-Text $Here/site/index.html '<h1>Home</h1>'
    Add-Text $Here/site/css/main.css 'body { color: black }'
    Add-Text $Here/site/img/logo.png 'not really a picture'
    [IO.File]::WriteAllBytes("$Here/app.tar.gz", [byte[]]::new(1MB))
    $null = New-Item -ItemType Directory $Here/.ssh
    [IO.File]::SetUnixFileMode("$Here/.ssh", [IO.UnixFileMode]0x1c0)
    Copy-Item $Sshd.UserKey $Here/.ssh/deploy
    Copy-Item "$($Sshd.UserKey).pub" $Here/.ssh/deploy.pub
    $null = New-Item -ItemType SymbolicLink -Path $Here/out -Target $Root/out
}

function Start-ExampleWorld([string] $Root) {
    $folder = New-TestFolder
    # Addresses of its own for the servers behind the server.
    $address = "127.$(Get-Random -Minimum 1 -Maximum 255).$(Get-Random -Maximum 255).$(Get-Random -Minimum 1 -Maximum 255)"
    Add-ServerProgram $folder/programs
    Add-ServerFile $folder/there $address
    # What is in /tmp, this folder among it, would be hidden.
    $visible = "$folder/there$folder", "$folder/there/SSHD_FOLDER"
    # This PowerShell is the server's, too, wherever it is and its .NET.
    $shell = @("$PSHOME $folder/programs/powershell") + $(if ($env:DOTNET_ROOT) { "$env:DOTNET_ROOT $folder/programs/dotnet" })
    $prepare = @(
        "mkdir -p $visible $folder/programs/powershell $folder/programs/dotnet"
        $shell.ForEach{ "mount --bind $_" }
        "mount --rbind $folder $($visible[0])", "mount --bind SSHD_FOLDER $($visible[1])"
        "mount --bind $folder/there/etc /etc", "mount --bind $folder/there/home /root"
        "mount --bind $folder/there/srv /srv", "mount --bind $folder/there/log /var/log"
        "mount --rbind $folder/there/tmp /tmp"
    ) -join ' && '
    $sshd = Start-TestSshd -Prepare $prepare -ExtraConfig @(
        "SetEnv PATH=$folder/programs:$env:PATH SHLVL=1$($env:DOTNET_ROOT ? " DOTNET_ROOT=$folder/programs/dotnet" : '')"
        "Subsystem powershell $folder/programs/powershell/pwsh -sshs -NoLogo -NoProfile")
    Add-HomeFile $folder/home $Root $sshd

    # What this machine's ssh_config says in this world, after the user's own.
    @('Host *.invalid', '  HostName %h', '  ControlPath none', 'Match all') + (Get-Content $sshd.SshConfig) |
        Set-Content $folder/ssh_config
    # A configuration is that of the home of the password database, whatever HOME says.
    $user = [Environment]::UserName
    (Get-Content /etc/passwd) -replace "^($user(:[^:]*){4}):[^:]*", "`$1:$folder/home" | Set-Content $folder/passwd

    Add-Text -Program $folder/programs/web @'
#!/bin/sh
while read -r line && [ ${#line} -gt 1 ]; do :; done
printf 'HTTP/1.0 200 OK\r\n\r\nhello from the intranet\n'
'@
    $servers = foreach ($one in @(80, "EXEC:$folder/programs/web"), @(5432, 'EXEC:cat')) {
        [Diagnostics.Process]::Start('sh', [string[]]@('-c', 'exec socat "$@" 2> /dev/null', 'sh'
                "TCP-LISTEN:$($one[0]),bind=$address,fork,reuseaddr", $one[1]))
    }

    $null = New-Item -ItemType Directory $folder/modules
    $null = New-Item -ItemType SymbolicLink $folder/modules/SshMux -Target (Get-Module SshMux).ModuleBase

    [pscustomobject]@{
        Folder = $folder; Home = "$folder/home"; Sshd = $sshd; Servers = @($servers); Root = $Root
        Environment = @{
            HOME = "$folder/home"; XDG_RUNTIME_DIR = $env:XDG_RUNTIME_DIR
            # A pwsh that an example starts finds the module as an installed one. PowerShell looks for modules in all that
            # is below such a folder: there must be nothing else (out/ has the tests' results, and perhaps a whole Windows).
            PSModulePath = "$folder/modules:$env:PSModulePath"
            SSHMUX_EXAMPLES = $folder; SSH_AUTH_SOCK = ''; TERM = 'xterm-256color'
        }
    }
}

# The processes that were started in the world, and still run.
function Get-ExampleProcess($World) {
    $mark = "SSHMUX_EXAMPLES=$($World.Folder)"
    foreach ($process in [IO.Directory]::GetDirectories('/proc').Where{ $_ -match '/\d+$' }) {
        # One that ends meanwhile has none any more.
        $environment = try { [IO.File]::ReadAllText("$process/environ") } catch { '' }
        if ($environment.Split("`0") -ccontains $mark) { [int](Split-Path -Leaf $process) }
    }
}

function Stop-ExampleWorld($World) {
    foreach ($id in Get-ExampleProcess $World) { Stop-Process -Id $id -Force -ErrorAction Ignore }
    foreach ($server in $World.Servers) { Stop-ProcessTree $server.Id; $server.WaitForExit(); $server.Dispose() }
    Stop-TestSshd $World.Sshd
    & rm -rf $World.Folder
}

# The examples of a Markdown file: title, code, what comes out, and what its comments tell the test.
function Get-Example([string] $Path) {
    $lines = Get-Content $Path
    $title, $directives, $number = '', @(), 0
    for ($i = 0; $i -lt $lines.Count; $i++) {
        if ($lines[$i] -match '^<!-- (setup|test): (.*) -->$') { $directives += , @($Matches[1], $Matches[2]); continue }
        if ($lines[$i] -match '^##+ (.*)') { $title = $Matches[1] }
        if ($lines[$i] -notmatch '^```(.*)') { continue }
        $language, $start = $Matches[1], $i
        for ($i++; $lines[$i] -ne '```'; $i++) { }
        $text = $lines[($start + 1)..($i - 1)]
        if ($language -in 'powershell', 'sh') {
            $number++
            $test = @($directives.Where{ $_[0] -eq 'test' }.ForEach{ $_[1] })
            $last = [pscustomobject]@{
                File = Split-Path -Leaf $Path; Line = $start + 1; Title = $title; Language = $language; Number = $number
                Code = $text -join "`n"; Output = $null
                Setup = @($directives.Where{ $_[0] -eq 'setup' }.ForEach{ $_[1] })
                Test = "$test"; NotRun = "$test" -like 'not run: *'
            }
            $last
        }
        elseif ($language -eq 'output') { $last.Output = $text }
        $directives = @()
    }
}

# Whether lines are as a pattern says: * is any text, a line ... any lines; empty lines and repeated blanks do not count.
function Test-ExampleOutput([string[]] $Pattern, [string[]] $Line, [switch] $Beginning) {
    $squeeze = { ($_ -replace '\s+', ' ').Trim() }
    $pattern = @($Pattern.ForEach($squeeze).Where{ $_ })
    $text = @($Line.ForEach($squeeze).Where{ $_ }).ForEach{ "$_`n" } -join ''
    $expression = $pattern.ForEach{
        if ($_ -eq '...') { '(?:.*\n)*?' } else { [regex]::Escape($_).Replace('\*', '.*') + '\n' }
    } -join ''
    $text -match ($Beginning ? "\A$expression" : "\A$expression\z")
}

# Runs examples, one after the other, in a pwsh of the world; gives what became of each.
function Invoke-Example($World, [object[]] $Example) {
    $job = "$($World.Folder)/job-$([guid]::NewGuid().ToString('n').Substring(0, 8)).json"
    @{ Module = (Get-Module SshMux).ModuleBase; Examples = $Example } | ConvertTo-Json -Depth 5 | Set-Content $job
    $start = [Diagnostics.ProcessStartInfo]::new('unshare')
    $prepare = "mount --bind $($World.Folder)/passwd /etc/passwd && mount --bind $($World.Folder)/ssh_config /etc/ssh/ssh_config"
    $pwsh = '-NoProfile', '-NonInteractive', '-File', "$PSScriptRoot/RunExamples.ps1", $job
    foreach ($argument in @('-m', 'sh', '-c', "$prepare && exec pwsh `"`$@`"", 'sh') + $pwsh) { $start.ArgumentList.Add($argument) }
    foreach ($name in $World.Environment.Keys) { $start.Environment[$name] = $World.Environment[$name] }
    $start.WorkingDirectory = $World.Home
    $start.RedirectStandardInput = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    # Each example has an end of its own; what comes before and after them might have none.
    $limit = [timespan]::FromSeconds(60 + 130 * $Example.Count)
    if (-not $process.WaitForExit($limit)) { Stop-ProcessTree $process.Id }
    $process.WaitForExit()
    $process.Dispose()
    if (-not (Test-Path "$job.result")) { throw "the examples of $($Example[0].File) did not come to their end" }
    Get-Content -Raw "$job.result" | ConvertFrom-Json
}

Export-ModuleMember -Function *-Example*
