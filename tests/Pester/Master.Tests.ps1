# New-SshMaster, Get-SshMaster, Test-SshMux, Stop-SshMux.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $login = @{ ConfigFile = $sshd.SshConfig }
    $none = @{
        ConfigFile = 'none'; Port = $sshd.Port; UserName = $sshd.UserName; KeyFilePath = $sshd.UserKey
        Options = @{ UserKnownHostsFile = $sshd.KnownHosts; GlobalKnownHostsFile = '/dev/null'; IdentityAgent = 'none' }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'New-SshMaster' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'gives an object that tells all about the master' {
        $before = Get-Date
        $m = New-SshMaster localhost @login
        $m.PSTypeNames[0] | Should -Be 'SshMux.Master'
        $m.Name | Should -Match '^Master\d+$'
        $m.HostName | Should -Be 'localhost'
        $m.UserName | Should -Be $sshd.UserName
        $m.Port | Should -Be $sshd.Port
        $m.State | Should -Be 'Open'
        $m.EndReason | Should -BeNullOrEmpty
        $m.Sessions | Should -Be 0
        $m.ProcessId | Should -Be $PID
        $m.InThisProcess | Should -BeTrue
        $m.Opened | Should -BeGreaterOrEqual $before
        "$m" | Should -Be $m.Name
    }

    It 'makes a socket that only the user can reach, for ssh -S' -Tag Unix {
        $m = New-SshMaster localhost @login
        $m.ControlPath | Should -BeLike "$env:XDG_RUNTIME_DIR/sshmux/*"
        (Get-Item $m.ControlPath).UnixMode | Should -Be 'srw-------'
        (Get-Item (Split-Path $m.ControlPath)).UnixMode | Should -Be 'drwx------'
        & ssh -F none -S $m.ControlPath -o ProxyCommand=false x 'echo hi; exit 7' | Should -Be 'hi'
        $LASTEXITCODE | Should -Be 7
        & ssh -F none -S $m.ControlPath -O check x 2>&1 | Should -Match "pid=$PID"
    }

    It 'serves sftp and ssh -W through its socket' -Tag Unix {
        $m = New-SshMaster localhost @login
        'some text' | Set-Content "$($sshd.Folder)/from"
        & scp -q -F none -o "ControlPath=$($m.ControlPath)" "x:$($sshd.Folder)/from" "$($sshd.Folder)/to"
        Get-Content "$($sshd.Folder)/to" | Should -Be 'some text'
    }

    It 'listens at -ControlPath, tokens and relative paths included' -Tag Unix {
        Push-Location $sshd.Folder
        try { $m = New-SshMaster localhost -ControlPath './mux-%r-%n' @login }
        finally { Pop-Location }
        $m.ControlPath | Should -Be "$($sshd.Folder)/mux-$($sshd.UserName)-localhost"
        Test-Path $m.ControlPath | Should -BeTrue
        Stop-SshMux $m
        Test-Path $m.ControlPath | Should -BeFalse
    }

    It 'listens at the configured ControlPath' -Tag Unix {
        $m = New-SshMaster localhost @login -Options @{ ControlPath = "$($sshd.Folder)/%n.sock" }
        $m.ControlPath | Should -Be "$($sshd.Folder)/localhost.sock"
    }

    It 'takes the place of a stale socket' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $sshd.Masters[-1].Kill()
        $sshd.Masters[-1].WaitForExit()
        Test-Path $path | Should -BeTrue
        $m = New-SshMaster localhost -ControlPath $path @login -ErrorAction Stop
        Test-SshMux -ControlPath $path -Quiet | Should -BeTrue
    }

    It 'opens sessions in advance with SshMuxPrewarm' {
        $m = New-SshMaster localhost @login -Options @{ SshMuxPrewarm = 2 } -Name 'warm' -ErrorAction Stop
        (Invoke-SshMux -Master $m 'echo one').Output | Should -Be 'one'
        (Invoke-SshMux -Master $m 'echo two').Output | Should -Be 'two'
        Stop-SshMux $m
        { New-SshMaster localhost @login -Options @{ SshMuxPrewarm = 101 } -Name 'hot' -ErrorAction Stop } |
            Should -Throw '*sshmuxprewarm*101*'
    }

    It 'runs more commands at once than the server allows sessions' {
        $ten = Start-TestSshd 'MaxSessions 10'
        try {
            $m = New-SshMaster localhost -ConfigFile $ten.SshConfig -Name 'ten' -ErrorAction Stop
            $results = Invoke-SshMux -Master (@($m) * 40) 'echo hi; exit 3' -ThrottleLimit 40 -ErrorAction Stop
            $results.Count | Should -Be 40
            $results.Output | Sort-Object -Unique | Should -Be 'hi'
            $results.ExitStatus | Sort-Object -Unique | Should -Be 3
            Stop-SshMux $m
        }
        finally {
            Stop-TestSshd $ten
        }
    }

    It 'logs in again for more sessions, or refuses them, with SshMuxOverflow' {
        $one = Start-TestSshd 'MaxSessions 1'
        try {
            $m = New-SshMaster localhost -ConfigFile $one.SshConfig -Name 'more' -ErrorAction Stop `
                -Options @{ SshMuxOverflow = 'connect 1' }
            $both = Invoke-SshMux -Master $m, $m 'echo $PPID; sleep 1' -ThrottleLimit 2 -ErrorAction Stop
            ($both.Output | Sort-Object -Unique).Count | Should -Be 2
            Stop-SshMux $m
            { New-SshMaster localhost -ConfigFile $one.SshConfig -Options @{ SshMuxOverflow = 'later' } -ErrorAction Stop } |
                Should -Throw '*sshmuxoverflow*queue and a time, connect and a number, or refuse*'
        }
        finally {
            Stop-TestSshd $one
        }
    }

    It 'makes a lost connection again with -Reconnect, <Where>' -Tag Unix -ForEach @(
        @{ Where = 'in this process'; More = @{} }
        @{ Where = 'in the background'; More = @{ Background = $true } }
    ) {
        $own = Start-TestSshd
        try {
            $m = New-SshMaster localhost -ConfigFile $own.SshConfig -Reconnect -Name 'again' -ErrorAction Stop @More
            $m.State | Should -Be Open
            $port = Get-FreePort
            $null = Add-SshMuxForward -Master $m -Local "${port}:127.0.0.1:$($own.Port)" -ErrorAction Stop
            Stop-TestSshdConnection $own
            (Invoke-SshMux -Master $m 'echo again' -ErrorAction Stop).Output | Should -Be 'again'
            $m.State | Should -Be Open
            Test-Port $port | Should -BeTrue

            # A server that refuses the login is the end, with both reasons.
            Clear-Content "$($own.Folder)/authorized_keys"
            Stop-TestSshdConnection $own
            Wait-Until { $m.State -eq 'Ended' } -What 'the master has ended'
            $m.EndReason | Should -BeLike '*; cannot log in again: *Permission denied*'
        }
        finally {
            Get-SshMaster again -ErrorAction Ignore | Stop-SshMux -ErrorAction Ignore
            Stop-TestSshd $own
        }
    }

    It 'tells that a connection is lost and is being made again' -Tag Unix {
        $own = Start-TestSshd
        try {
            $masters = @(
                New-SshMaster localhost -ConfigFile $own.SshConfig -Reconnect -Name 'lost' -ErrorAction Stop
                New-SshMaster localhost -ConfigFile $own.SshConfig -Reconnect -Name 'lostthere' -Background -ErrorAction Stop
            )
            # The server, and not only the connections: there is nothing to come back to.
            foreach ($id in @(Get-ProcessTree $own.Process.Id)) { & kill -KILL $id }
            foreach ($m in $masters) {
                Wait-Until { $m.State -eq 'Reconnecting' } -What 'it is seen'
                $status = Test-SshMux $m
                $status.Alive | Should -BeFalse
                $status.Reason | Should -BeLike '*; the master connects again'
                $text = $m | Format-Table | Out-String -Width 120
                $text | Should -BeLike '*Reconnec*'
                Stop-SshMux $m
                $m.State | Should -Be Ended
            }
        }
        finally {
            Get-SshMaster lost* -ErrorAction Ignore | Stop-SshMux -ErrorAction Ignore
            Stop-TestSshd $own
        }
    }

    It 'works without any configuration file' {
        $m = New-SshMaster 127.0.0.1 @none -ErrorAction Stop
        (Invoke-SshMux -Master $m 'echo hi').Output | Should -Be 'hi'
    }

    It 'takes user@host' {
        $more = $none.Clone()
        $more.Remove('UserName')
        $m = New-SshMaster "$($sshd.UserName)@127.0.0.1" @more -ErrorAction Stop
        $m.UserName | Should -Be $sshd.UserName
        $m.HostName | Should -Be '127.0.0.1'
    }

    It 'takes hosts from the pipeline' {
        $all = 'one', 'two' | New-SshMaster @login
        $all.HostName | Sort-Object | Should -Be 'one', 'two'
        ($all.Name | Sort-Object -Unique).Count | Should -Be 2
    }

    It 'names the master as asked, once' {
        $m = New-SshMaster localhost -Name web @login
        $m.Name | Should -Be 'web'
        New-SshMaster localhost -Name WEB @login -ErrorVariable failure -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -Be 'MasterNameInUse,SshMux.PowerShell.NewSshMasterCommand'
    }

    It 'refuses a host whose key nobody knows, and takes it with -AcceptNewHostKey' {
        $known = New-Item "$($sshd.Folder)/known_hosts_new" -ItemType File -Force
        $options = @{ UserKnownHostsFile = "$known"; StrictHostKeyChecking = 'ask' }
        $m = New-SshMaster localhost @login -Options $options -AcceptNewHostKey -ErrorAction Stop
        $m.State | Should -Be 'Open'
        Get-Content $known | Should -Match "^\[127\.0\.0\.1\]:$($sshd.Port) "
        $options.StrictHostKeyChecking = $true
        (New-SshMaster localhost @login -Options $options).State | Should -Be 'Open'
    }
}

Describe 'Get-SshMaster' {
    AfterAll { Get-SshMaster | Stop-SshMux }

    It 'lists masters by name and wildcard' {
        $a = New-SshMaster localhost -Name alpha @login
        $null = New-SshMaster localhost -Name beta @login
        (Get-SshMaster).Name | Should -Be 'alpha', 'beta'
        (Get-SshMaster a*).Name | Should -Be 'alpha'
        (Get-SshMaster BETA).Name | Should -Be 'beta'
        Get-SshMaster gamma* | Should -BeNullOrEmpty
        [object]::ReferenceEquals((Get-SshMaster alpha).PSObject.BaseObject, $a.PSObject.BaseObject) | Should -BeTrue
    }

    It 'lists them by path' -Tag Unix {
        (Get-SshMaster -ControlPath (Get-SshMaster beta).ControlPath).Name | Should -Be 'beta'
    }

    It 'says that there is none of a name' {
        Get-SshMaster gamma -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -Be 'MasterNotFound,SshMux.PowerShell.GetSshMasterCommand'
        $failure[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'lists the masters of other processes in the folder only with -All, and runs commands on them' -Tag Unix {
        $other = Start-MasterInPwsh $sshd
        try {
            $path = $other.StandardOutput.ReadLine()
            Get-SshMaster | Where-Object ProcessId -EQ $other.Id | Should -BeNullOrEmpty
            $m = Get-SshMaster -All | Where-Object ProcessId -EQ $other.Id
            $m.ControlPath | Should -Be $path
            $m.InThisProcess | Should -BeFalse
            $m.State | Should -Be 'Open'
            ($m | Invoke-SshMux 'echo hi').Output | Should -Be 'hi'
        }
        finally {
            $other.StandardInput.Close()
            $other.WaitForExit()
        }
        Get-SshMaster -All | Where-Object ProcessId -EQ $other.Id | Should -BeNullOrEmpty
        $m.State | Should -Be 'Ended'
    }

    It 'lists OpenSSH masters by path' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $m = Get-SshMaster -ControlPath $path
        $m.ProcessId | Should -Be $sshd.Masters[-1].Id
        $m.InThisProcess | Should -BeFalse
        Get-SshMaster -ControlPath "$($sshd.Folder)/ssh-*" | Should -HaveCount 1
    }
}

Describe 'Test-SshMux' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'asks the master and the server behind it' {
        $m = New-SshMaster localhost @login
        $status = Test-SshMux $m
        $status.PSTypeNames[0] | Should -Be 'SshMux.Status'
        $status.Alive | Should -BeTrue
        $status.Reason | Should -BeNullOrEmpty
        $status.MasterPid | Should -Be $PID
        # Where there is no socket to ask at, there is no such time.
        if (-not $IsWindows) { $status.MasterRoundTrip | Should -BeGreaterThan ([timespan]::Zero) }
        $status.ServerRoundTrip | Should -BeGreaterThan ([timespan]::Zero)
        Test-SshMux $m -Quiet | Should -BeTrue
        Test-SshMux $m.Name -Quiet | Should -BeTrue
        $m | Test-SshMux -Quiet | Should -BeTrue
    }

    It 'asks an OpenSSH master, and does it no harm' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        foreach ($try in 1..3) {
            $status = Test-SshMux -ControlPath $path
            $status.Alive | Should -BeTrue
            $status.MasterPid | Should -Be $sshd.Masters[-1].Id
            $status.ServerRoundTrip | Should -BeGreaterThan ([timespan]::Zero)
        }
    }

    It 'says why a master is not alive, and does not fail' {
        $m = New-SshMaster localhost @login
        Stop-SshMux $m
        $status = Test-SshMux $m -ErrorAction Stop
        $status.Alive | Should -BeFalse
        $status.Reason | Should -Not -BeNullOrEmpty
        Test-SshMux $m -Quiet -ErrorAction Stop | Should -BeFalse
        Test-SshMux nobody -Quiet -ErrorAction Stop | Should -BeFalse
    }

    It 'says that there is no socket, and does not fail' -Tag Unix {
        Test-SshMux -ControlPath "$($sshd.Folder)/nowhere" -Quiet -ErrorAction Stop | Should -BeFalse
        (Test-SshMux -ControlPath "$($sshd.Folder)/nowhere").Reason | Should -Match 'no control socket'
    }

    It 'does not wait for ever for a server that does not answer' {
        $m = New-SshMaster localhost @login
        Suspend-TestSshdConnection $sshd
        try {
            $status = Test-SshMux $m -TimeoutSeconds 0.5
            $status.Alive | Should -BeFalse
            if (-not $IsWindows) { $status.MasterRoundTrip | Should -BeGreaterThan ([timespan]::Zero) }
            $status.Reason | Should -Match 'the server did not answer within 0.5 s'
        }
        finally { Resume-TestSshdConnection $sshd }
    }
}

Describe 'Stop-SshMux' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'ends masters from the pipeline, removes their sockets and their names' {
        $all = 1..2 | ForEach-Object { New-SshMaster localhost @login }
        $all | Stop-SshMux
        $all.State | Should -Be 'Ended', 'Ended'
        $all.EndReason | Should -Be 'the master was stopped', 'the master was stopped'
        $all.ControlPath.Where{ $_ -and (Test-Path $_) } | Should -BeNullOrEmpty
        Get-SshMaster | Should -BeNullOrEmpty
    }

    It 'ends masters by name and wildcard, and does nothing with -WhatIf' {
        $all = 'a1', 'a2' | ForEach-Object { New-SshMaster localhost -Name $_ @login }
        Stop-SshMux a* -WhatIf
        $all.State | Should -Be 'Open', 'Open'
        Stop-SshMux a*
        $all.State | Should -Be 'Ended', 'Ended'
    }

    It 'ends an OpenSSH master by its path' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        Stop-SshMux -ControlPath $path -Force
        Test-Path $path | Should -BeFalse
        $sshd.Masters[-1].WaitForExit(10000) | Should -BeTrue
        Test-SshMux -ControlPath $path -Quiet | Should -BeFalse
    }

    It 'can be repeated' {
        $m = New-SshMaster localhost @login
        Stop-SshMux $m
        Stop-SshMux $m -ErrorAction Stop
    }

    It 'lets the sessions finish with -Graceful' {
        $m = New-SshMaster localhost @login
        $long = New-Shell { param($m) $m | Invoke-SshMux 'echo started; sleep 2; echo done' } $m
        $running = $long.BeginInvoke()
        Wait-Until { $m.Sessions -gt 0 }
        Stop-SshMux $m -Graceful
        $m.State | Should -Be 'Finishing'
        @($m.ControlPath).Where{ $_ -and (Test-Path $_) } | Should -BeNullOrEmpty
        $long.EndInvoke($running).Output | Should -Be 'started', 'done'
        $long.Dispose()
        Wait-Until { $m.State -eq 'Ended' }
        Wait-Until { -not (Get-SshMaster) }
    }
}

Describe 'The end of masters' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'shows in the state and the reason when the server goes' {
        $m = New-SshMaster localhost @login
        Stop-TestSshdConnection $sshd
        Wait-Until { $m.State -eq 'Ended' }
        $m.EndReason | Should -Not -BeNullOrEmpty
        $m.Sessions | Should -Be 0
        @($m.ControlPath).Where{ $_ -and (Test-Path $_) } | Should -BeNullOrEmpty
        Get-SshMaster | Should -HaveCount 1
        $m | Stop-SshMux
        Get-SshMaster | Should -BeNullOrEmpty
    }

    It 'comes with the end of pwsh (<Name>)' -Tag Unix -TestCases @(
        @{ Name = 'exit'; End = { param($process) $process.StandardInput.Close() } }
        @{ Name = 'SIGTERM'; End = { param($process) & kill -TERM $process.Id } }
        @{ Name = 'SIGHUP'; End = { param($process) & kill -HUP $process.Id } }
    ) {
        $process = Start-MasterInPwsh $sshd
        $path = $process.StandardOutput.ReadLine()
        Test-Path $path | Should -BeTrue
        & $End $process
        $process.WaitForExit(20000) | Should -BeTrue
        Test-Path $path | Should -BeFalse
    }

    It 'comes with an exception that nobody catches' -Tag Unix {
        # A thread without a runspace cannot run a script block. pwsh's own dies so when its terminal was closed.
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            (New-SshMaster there -ConfigFile '$($sshd.SshConfig)' -ErrorAction Stop).ControlPath
            [Threading.Thread]::new([Threading.ThreadStart] { }).Start()
            Start-Sleep 60"
        # A core of it is of no use.
        $output = & sh -c 'ulimit -c 0; exec pwsh -NoProfile -Command "$1" 2> /dev/null' sh $script
        $LASTEXITCODE | Should -Be 134 -Because 'SIGABRT ends it'
        $output[0] | Should -BeLike "$env:XDG_RUNTIME_DIR/*"
        Test-Path $output[0] | Should -BeFalse
    }

    It 'comes with the removal of the module' {
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            `$m = New-SshMaster there -ConfigFile '$($sshd.SshConfig)' -ErrorAction Stop
            Remove-Module SshMux; `"`$(`$m.State) `$([bool]`$m.ControlPath -and (Test-Path `$m.ControlPath))`""
        & (Get-Process -Id $PID).Path -NoProfile -Command $script | Should -Be 'Ended False'
    }

    It 'leaves a stale socket behind when pwsh is killed, which the next master removes' -Tag Unix {
        $process = Start-MasterInPwsh $sshd
        $path = $process.StandardOutput.ReadLine()
        $process.Kill()
        $process.WaitForExit()
        Test-Path $path | Should -BeTrue
        Get-SshMaster | Should -BeNullOrEmpty
        $m = New-SshMaster localhost @login
        Test-Path $path | Should -BeFalse
    }
}
