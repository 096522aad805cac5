# For Unix alone: there are no other processes with masters yet.
# New-SshMaster -Background and -Persist: masters in processes of their own.

BeforeDiscovery {
    # A pwsh that brings its own runtime cannot be started with dotnet.
    $settings = Get-Content "$PSHOME/pwsh.runtimeconfig.json" -Raw | ConvertFrom-Json -AsHashtable
    $selfContained = $settings.runtimeOptions.ContainsKey('includedFrameworks')
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $login = @{ ConfigFile = $sshd.SshConfig }
    $folder = "$env:XDG_RUNTIME_DIR/sshmux"

    # The processes of background masters that nobody knows but this test's environment.
    function Get-BackgroundProcess {
        # Not by /proc/*/environ: that list is cut short where a process ends while it is made.
        foreach ($id in [IO.Directory]::GetDirectories('/proc') | Split-Path -Leaf | Where-Object { $_ -match '^\d+$' }) {
            $variables = (Get-Content "/proc/$id/environ" -Raw -ErrorAction Ignore) -split "`0"
            if ($variables -match '^DOTNET_STARTUP_HOOKS=' -and
                $variables -eq "XDG_RUNTIME_DIR=$env:XDG_RUNTIME_DIR" -and (Test-Running $id)) {
                [int]$id
            }
        }
    }

    # Runs a script in another pwsh, with the module and $config.
    function Invoke-InPwsh([string] $Script) {
        & pwsh -NoProfile -Command "
            Import-Module '$((Get-Module SshMux).ModuleBase)'; `$config = '$($sshd.SshConfig)'
            $Script"
    }
}

AfterAll {
    Get-SshMaster | Stop-SshMux
    foreach ($id in Get-BackgroundProcess) { Stop-Process -Id $id -Force }
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A master in the background' {
    AfterEach {
        Get-SshMaster | Stop-SshMux
        Get-BackgroundProcess | Should -BeNullOrEmpty
        Get-ChildItem -Force $folder | Should -BeNullOrEmpty
    }

    It 'outlives the pwsh that opened it, and serves everybody' {
        Invoke-InPwsh 'New-SshMaster there -Background -ConfigFile $config -ErrorAction Stop | ForEach-Object Name' |
            Should -Be 'there'
        $m = Get-SshMaster there
        $m.PSTypeNames[0] | Should -Be 'SshMux.Master'
        $m.HostName | Should -Be 'there'
        $m.UserName | Should -Be $sshd.UserName
        $m.Port | Should -Be $sshd.Port
        $m.State | Should -Be 'Open'
        $m.EndReason | Should -BeNullOrEmpty
        $m.InThisProcess | Should -BeFalse
        $m.ProcessId | Should -Not -Be $PID
        $m.Opened | Should -BeLessOrEqual (Get-Date)
        $m.Sessions | Should -Be 0
        & ssh -F none -S $m.ControlPath -o ProxyCommand=false x 'echo by ssh' | Should -Be 'by ssh'
        & ssh -F none -S $m.ControlPath -O check x 2>&1 | Should -Match "pid=$($m.ProcessId)"
        (Invoke-SshMux -Master there 'echo by name').Output | Should -Be 'by name'
        (Invoke-SshMux -ControlPath $m.ControlPath 'echo by path').Output | Should -Be 'by path'
        (Test-SshMux there).Alive | Should -BeTrue
        Test-SshMux there -Quiet | Should -BeTrue
        $forward = Add-SshMuxForward there -Local "$(Get-FreePort):127.0.0.1:$($sshd.Port)"
        Test-Port $forward.ListenPort | Should -BeTrue
        Stop-SshMux there
        $m.State | Should -Be 'Ended'
        $m.EndReason | Should -Not -BeNullOrEmpty
        Test-Running $m.ProcessId | Should -BeFalse
        Test-Path $m.ControlPath | Should -BeFalse
    }

    It 'is on its own: session, descriptors, folder, terminal' {
        # A pwsh that has descriptors of its own to hand on, and another current directory.
        $script = "cd '$($sshd.Folder)'; exec 7<'$($sshd.SshConfig)' 8>&1
            exec pwsh -NoProfile -Command `"Import-Module '$((Get-Module SshMux).ModuleBase)'
            (New-SshMaster there -Background -ConfigFile '$($sshd.SshConfig)').ProcessId`""
        # The pipe from it ends when the last one that holds it open does.
        $id = [int](& sh -c $script)
        & ps -o sid=,tty= -p $id | Should -Match "^ *$id \?"
        $targets = Get-ChildItem "/proc/$id/fd" | ForEach-Object { "$($_.Name) $($_.LinkTarget)" }
        $targets -match '^[012] ' | Should -Be '0 /dev/null', '1 /dev/null', '2 /dev/null'
        $targets -match ([regex]::Escape($sshd.Folder)) | Should -BeNullOrEmpty
        # The connection, and what listens.
        $targets -match 'socket:' | Should -HaveCount 2
        (Get-Item "/proc/$id/cwd").LinkTarget | Should -Be '/'
        & kill -HUP $id
        & kill -HUP $id
        Test-SshMux there -Quiet | Should -BeTrue
    }

    It 'is one of a name for all processes, this one''s too' {
        $m = New-SshMaster localhost -Background -Name one @login
        $m.Name | Should -Be 'one'
        New-SshMaster localhost -Background -Name ONE @login -ErrorAction SilentlyContinue -ErrorVariable problem |
            Should -BeNullOrEmpty
        $problem.FullyQualifiedErrorId | Should -Be 'MasterNameInUse,SshMux.PowerShell.NewSshMasterCommand'
        (New-SshMaster localhost -Background @login).Name | Should -Be 'localhost'
        (New-SshMaster localhost -Background @login).Name | Should -Be 'localhost-2'
        (Get-SshMaster localhost*).Name | Should -Be 'localhost', 'localhost-2'
        New-SshMaster localhost -Name one @login -ErrorAction SilentlyContinue -ErrorVariable problem |
            Should -BeNullOrEmpty
        $problem.FullyQualifiedErrorId | Should -Be 'MasterNameInUse,SshMux.PowerShell.NewSshMasterCommand'
        (New-SshMaster many, many, many -Background @login).Name | Sort-Object | Should -Be 'many', 'many-2', 'many-3'
        (TabExpansion2 'Invoke-SshMux uptime -Master on').CompletionMatches.CompletionText | Should -Be 'one'
    }

    It 'is used by Invoke-SshMux -HostName of other processes' {
        $m = New-SshMaster there -Background @login
        Invoke-InPwsh "(Invoke-SshMux -HostName there 'echo hi' -ConfigFile `$config).Output; (Get-SshMaster).Name" |
            Should -Be 'hi', 'there'
    }

    It 'listens at -ControlPath, and where it is configured' {
        $m = New-SshMaster there -Background -ControlPath "$($sshd.Folder)/at-%r" @login
        $m.ControlPath | Should -Be "$($sshd.Folder)/at-$($sshd.UserName)"
        (Get-SshMaster -ControlPath $m.ControlPath).Name | Should -Be 'there'
        Stop-SshMux -ControlPath $m.ControlPath
        $m = New-SshMaster there -Background -Options @{ ControlPath = "$($sshd.Folder)/cp" } @login
        $m.ControlPath | Should -Be "$($sshd.Folder)/cp"
    }

    It 'keeps the reason of its end until Stop-SshMux' {
        $m = New-SshMaster there -Background @login
        Stop-TestSshdConnection $sshd
        Wait-Until { $m.State -eq 'Ended' } -Seconds 30
        Wait-Until { -not (Test-Running $m.ProcessId) } -Seconds 30
        $m.EndReason | Should -Not -BeNullOrEmpty
        $shown = Invoke-InPwsh '$m = Get-SshMaster; "$($m.Name) $($m.State)"; $m.EndReason; (Test-SshMux there).Reason'
        $shown | Should -Be 'there Ended', $m.EndReason, $m.EndReason
        Stop-SshMux there
        Get-SshMaster | Should -BeNullOrEmpty
    }

    It 'that was killed makes way for the next one of its name' {
        $m = New-SshMaster there -Background @login
        Stop-Process -Id $m.ProcessId -Force
        Wait-Until { $m.State -eq 'Ended' } -Seconds 30
        $m.EndReason | Should -Match 'killed'
        Test-SshMux there -Quiet | Should -BeFalse
        $next = New-SshMaster there -Background @login
        $next.State | Should -Be 'Open'
        Test-SshMux there -Quiet | Should -BeTrue
        $m.State | Should -Be 'Ended'
        Test-Path $m.ControlPath | Should -BeFalse
    }

    It 'is the only process that a record can have ended' {
        $victim = Start-Process sleep 1000 -PassThru
        $start = ((Get-Content "/proc/$($victim.Id)/stat" -Raw) -replace '^.*\) ' -split ' ')[19]
        $null = New-Item -ItemType Directory -Force $folder
        & chmod 700 $folder
        'evil', 'host', 'root', 22, "$folder/nosuch", 'XX', '2026-01-01T00:00:00.0000000Z', "$($victim.Id) $start" |
            Set-Content "$folder/evil.master"
        & chmod 600 "$folder/evil.master"
        (Get-SshMaster evil).State | Should -Be 'Ended'
        Stop-SshMux evil
        Test-Running $victim.Id | Should -BeTrue
        Test-Path "$folder/evil.master" | Should -BeFalse
        Stop-Process -Id $victim.Id
    }

    It 'is not known from a record that is <What>' -TestCases @(
        @{ What = 'a link'; Make = { param($file) & mv $file "$file.real"; & ln -s "$file.real" $file } }
        @{ What = 'writable by others'; Make = { param($file) & chmod 666 $file } }
        @{ What = 'another user''s'; Make = { param($file) & chown 65534 $file }; Root = $true }
    ) {
        if ($Root -and (& id -u) -ne 0) { Set-ItResult -Skipped -Because 'only root can give files away' }
        $m = New-SshMaster there -Background @login
        Copy-Item "$folder/there.master" "$folder/twin.master"
        (Get-Content "$folder/twin.master") -replace '^there$', 'twin' | Set-Content "$folder/twin.master"
        & chmod 600 "$folder/twin.master"
        (Get-SshMaster).Name | Should -Contain 'twin'
        & $Make "$folder/twin.master"
        (Get-SshMaster).Name | Should -Not -Contain 'twin'
        $m.State | Should -Be 'Open'
        Remove-Item "$folder/twin.master*"
    }

    It 'listens elsewhere when XDG_RUNTIME_DIR is another user''s' {
        if ((& id -u) -ne 0) { Set-ItResult -Skipped -Because 'only root can give folders away' }
        $theirs = New-TestFolder
        & install -d -m 700 "$theirs/home" "$theirs/sshmux"
        & chown -R 65534 $theirs
        & chown -R 0 "$theirs/home"
        $module = (Get-Module SshMux).ModuleBase
        & env "HOME=$theirs/home" "XDG_RUNTIME_DIR=$theirs" pwsh -NoProfile -Command "
            Import-Module '$module'; `$m = New-SshMaster there -ConfigFile '$($sshd.SshConfig)'; `$m.ControlPath; Stop-SshMux `$m" |
            Should -BeLike "$theirs/home/.ssh/sshmux/*"
        Get-ChildItem -Force "$theirs/sshmux" | Should -BeNullOrEmpty
        Remove-Item -Recurse -Force $theirs
    }

    It 'is not opened in a folder that <What>' -TestCases @(
        @{ What = 'others can write to'; Mode = '770' }
        @{ What = 'is another user''s'; Mode = '700'; Owner = 65534 }
    ) {
        if ($Owner -and (& id -u) -ne 0) { Set-ItResult -Skipped -Because 'only root can give folders away' }
        $own = New-TestFolder
        & install -d -m $Mode "$own/sshmux"
        if ($Owner) { & chown $Owner "$own/sshmux" }
        $module = (Get-Module SshMux).ModuleBase
        $said = & env "XDG_RUNTIME_DIR=$own" pwsh -NoProfile -Command "
            Import-Module '$module'; Get-SshMaster
            New-SshMaster there -ConfigFile '$($sshd.SshConfig)' -ErrorAction SilentlyContinue -ErrorVariable e
            `$e.FullyQualifiedErrorId"
        $said | Should -Be 'ControlPathInvalid,SshMux.PowerShell.NewSshMasterCommand'
        Get-ChildItem -Force "$own/sshmux" | Should -BeNullOrEmpty
        & chown -R 0 $own
        Remove-Item -Recurse -Force $own
    }

    It 'lets its sessions finish with -Graceful' {
        $m = New-SshMaster there -Background @login
        $go = "$($sshd.Folder)/go"
        $long = New-Shell { param($path, $go) Invoke-SshMux -ControlPath $path "touch $go; sleep 2; echo done" } (
            $m.ControlPath, $go)
        $running = $long.BeginInvoke()
        Wait-Until { Test-Path $go } -Seconds 30
        Stop-SshMux there -Graceful
        Test-Path $m.ControlPath | Should -BeFalse
        $m.State | Should -Be 'Finishing'
        $long.EndInvoke($running).Output | Should -Be 'done'
        $long.Dispose()
        Wait-Until { $m.State -eq 'Ended' } -Seconds 30
        Wait-Until { -not (Test-Running $m.ProcessId) } -Seconds 30
    }

    It 'is started as its opener was, by dotnet <Options>' -Skip:$selfContained -TestCases @(
        @{ Options = @() }, @{ Options = '--roll-forward', 'Minor' }
    ) {
        # Where programs of .NET are told to look for it there is none; dotnet itself takes what it lies beside.
        $runtime = [Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()
        $dotnet = Resolve-Path "$runtime/../../../dotnet" | Convert-Path
        $nothing = New-Item -ItemType Directory -Force "$($sshd.Folder)/nothing"
        $elsewhere = '-u', 'DOTNET_ROOT_X64', '-u', 'DOTNET_ROOT_ARM64', "DOTNET_ROOT=$nothing"
        $null = & env $elsewhere "$PSHOME/pwsh" -Version 2>&1
        $LASTEXITCODE | Should -Not -Be 0
        & env $elsewhere $dotnet $Options "$PSHOME/pwsh.dll" -NoProfile -Command "
            Import-Module '$((Get-Module SshMux).ModuleBase)'
            (New-SshMaster there -Background -ConfigFile '$($sshd.SshConfig)' -ErrorAction Stop).State" |
            Should -Be 'Open'
        $m = Get-SshMaster there
        Test-SshMux $m -Quiet | Should -BeTrue
        $line = (Get-Content "/proc/$($m.ProcessId)/cmdline" -Raw) -split "`0"
        $line -join ' ' | Should -BeLike "$(@($dotnet) + $Options + "$PSHOME/pwsh.dll") -NoProfile *"
    }

    It 'runs in PowerShell itself where pwsh has no startup hooks' {
        # A pwsh that is the same but for its settings.
        $copy = "$($sshd.Folder)/ps"
        & cp -rs $PSHOME $copy
        foreach ($file in 'pwsh', 'pwsh.dll', 'pwsh.deps.json', 'pwsh.runtimeconfig.json') {
            Remove-Item "$copy/$file"
            Copy-Item "$PSHOME/$file" $copy
        }
        $settings = Get-Content "$PSHOME/pwsh.runtimeconfig.json" -Raw | ConvertFrom-Json -AsHashtable
        $settings.runtimeOptions.configProperties['System.StartupHookProvider.IsSupported'] = $false
        $settings | ConvertTo-Json -Depth 9 | Set-Content "$copy/pwsh.runtimeconfig.json"
        & "$copy/pwsh" -NoProfile -Command "Import-Module '$((Get-Module SshMux).ModuleBase)'
            (New-SshMaster there -Background -ConfigFile '$($sshd.SshConfig)').State" | Should -Be 'Open'
        $m = Get-SshMaster there
        (Get-Content "/proc/$($m.ProcessId)/maps" -Raw) -match 'System.Management.Automation' | Should -BeTrue
        Test-SshMux $m -Quiet | Should -BeTrue
    }
}

Describe 'A master of another process' {
    It 'tells its login and its sessions' {
        $process = Start-MasterInPwsh $sshd
        $path = $process.StandardOutput.ReadLine()
        $m = Get-SshMaster -ControlPath $path
        $m.HostName, $m.UserName, $m.Port | Should -Be 'there', $sshd.UserName, $sshd.Port
        $m.Opened | Should -BeLessOrEqual (Get-Date)
        $m.Sessions | Should -Be 0
        $go = "$($sshd.Folder)/counted"
        $shell = New-Shell {
            param($path, $go) Invoke-SshMux -ControlPath $path "until [ -e $go ]; do sleep 0.1; done"
        } ($path, $go)
        $running = $shell.BeginInvoke()
        Wait-Until { $m.Sessions -eq 1 } -Seconds 30
        $null = New-Item $go
        $null = $shell.EndInvoke($running)
        $shell.Dispose()
        Wait-Until { $m.Sessions -eq 0 } -Seconds 30
        $process.StandardInput.Close()
        $process.WaitForExit()
        $m.State | Should -Be 'Ended'
    }
}

Describe '-Persist' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'ends the master when nobody has used it for that long' {
        $m = New-SshMaster there -Persist 1 @login
        Wait-Until { $m.State -eq 'Ended' } -Seconds 60
        $m.EndReason | Should -Match 'nobody used'
        Wait-Until { -not (Test-Running $m.ProcessId) } -Seconds 30
        Test-Path $m.ControlPath | Should -BeFalse
        Stop-SshMux there
    }

    It 'does not end a master that is used' {
        $m = New-SshMaster there -Persist 0.5 @login
        (Invoke-SshMux -Master $m 'sleep 2; echo done').Output | Should -Be 'done'
        Wait-Until { $m.State -eq 'Ended' } -Seconds 60
    }

    It 'refuses <_>' -ForEach 'soon', 0, -5, '10x', '25:00:00', '-0:10', ' 0:10:00' {
        { New-SshMaster there -Persist $_ @login } | Should -Throw -ErrorId 'ParameterArgumentTransformationError*'
    }

    It 'takes what ssh_config takes, as ControlPersist does' {
        foreach ($time in '1', '1s', '0:0:1', ([timespan]::FromSeconds(1))) {
            (New-SshMaster there -Persist $time @login).State | Should -Be 'Open'
        }
        $null = New-SshMaster there -Background -Options @{ ControlPersist = 1 } @login
        Wait-Until { -not (Get-SshMaster | Where-Object State -NE Ended) } -Seconds 60
        Get-SshMaster | ForEach-Object EndReason | Should -Match 'nobody used the master for 00:00:01'
    }
}

Describe 'A login for the background' {
    BeforeAll {
        $key = New-TestKey "$($sshd.Folder)/encrypted" ed25519 'open sesame'
        Get-Content "$key.pub" | Add-Content "$($sshd.Folder)/authorized_keys"
        $config = "$($sshd.Folder)/ssh_config_encrypted"
        (Get-Content $sshd.SshConfig) -replace 'user_key', 'encrypted' | Set-Content $config
        $open = { param($config, $options) New-SshMaster there -Background -ConfigFile $config -Options $options }
    }

    AfterEach {
        Get-SshMaster | Stop-SshMux
        Wait-Until { -not (Get-BackgroundProcess) } -Seconds 30
        Get-ChildItem -Force $folder | Should -BeNullOrEmpty
    }

    It 'asks by the cmdlet, and no secret is in arguments or environment' {
        $run = Invoke-WithUser 'wrong', 'open sesame' $open $config, @{}
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        $run.Seen | Should -HaveCount 2
        $run.Seen[0] | Should -Be "Enter passphrase for key '$key'"
        $id = $run.Output.ProcessId
        Get-Content "/proc/$id/cmdline" -Raw | Should -Not -Match 'sesame'
        Get-Content "/proc/$id/environ" -Raw | Should -Not -Match 'sesame'
    }

    It 'asks about a host key' {
        $options = @{ UserKnownHostsFile = "$($sshd.Folder)/known_background"; StrictHostKeyChecking = 'ask' }
        $run = Invoke-WithUser 1 $open $sshd.SshConfig, $options
        $run.Errors.FullyQualifiedErrorId | Should -Be 'HostKeyUnknown,SshMux.PowerShell.NewSshMasterCommand'
        $run = Invoke-WithUser 0 $open $sshd.SshConfig, $options
        $run.Errors | Should -BeNullOrEmpty
        $run.Seen[0] | Should -Match '(?s)authenticity.*SHA256:.*continue connecting\?$'
        $run.Seen[-1] | Should -Match 'Permanently added'
    }

    It 'fails as one in this process does: <Id>' -TestCases @(
        @{ Id = 'HostNotFound'; Options = @{ HostName = 'no-such-host.invalid' } }
        @{ Id = 'ConnectionRefused'; Options = @{ Port = 1 } }
        @{ Id = 'AuthenticationFailed'; Options = @{ PubkeyAuthentication = 'no' } }
        @{ Id = 'ControlPathInvalid'; Options = @{ ControlPath = '/nowhere/at/all' } }
    ) {
        $here = @(New-SshMaster there -Options $Options @login -ErrorAction SilentlyContinue -ErrorVariable first)
        $there = @(New-SshMaster there -Background -Options $Options @login -ErrorAction SilentlyContinue `
                -ErrorVariable second)
        $here + $there | Should -BeNullOrEmpty
        $second | Should -HaveCount 1
        $second[0].FullyQualifiedErrorId | Should -Be "$Id,SshMux.PowerShell.NewSshMasterCommand"
        $second[0].FullyQualifiedErrorId | Should -Be $first[0].FullyQualifiedErrorId
        $second[0].Exception.Message | Should -Be $first[0].Exception.Message
        $second[0].CategoryInfo.Category | Should -Be $first[0].CategoryInfo.Category
        $second[0].TargetObject | Should -Be 'there'
    }

    It 'is given up with Ctrl-C' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            # It accepts, and says nothing.
            $shell = New-Shell { param($port) New-SshMaster 127.0.0.1 -Background -Port $port -ConfigFile none } (
                $listener.LocalEndpoint.Port)
            $null = $shell.BeginInvoke()
            Wait-Until { $listener.Pending() } -Seconds 60
            Get-BackgroundProcess | Should -HaveCount 1
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
            $shell.Dispose()
        }
        finally { $listener.Stop() }
    }

    It 'is given up when the pwsh that wants it is killed' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $process = Start-Process pwsh -PassThru -ArgumentList '-NoProfile', '-Command', "
                Import-Module '$((Get-Module SshMux).ModuleBase)'
                New-SshMaster 127.0.0.1 -Background -ConfigFile none -Port $($listener.LocalEndpoint.Port)"
            Wait-Until { $listener.Pending() } -Seconds 60
            $process.Kill()
        }
        finally { $listener.Stop() }
    }

    It 'tells with -Verbose what it does' {
        $said = New-SshMaster there -Background @login -Verbose 4>&1 | ForEach-Object { "$_" }
        $said | Should -Contain 'there: opening the master there in the background'
    }
}
