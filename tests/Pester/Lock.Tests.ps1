# Lock-SshMaster, Unlock-SshMaster, and what a master does while it is locked.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $echo = Start-EchoServer $sshd
    $right, $wrong = 'right', 'wrong' | ForEach-Object { ConvertTo-SecureString -AsPlainText $_ }

    # The ErrorId and the message of the one error of a script.
    function Get-Failure([scriptblock] $Script) {
        $failure = @()
        & $Script -ErrorAction SilentlyContinue -ErrorVariable failure | Should -BeNullOrEmpty
        $failure | Should -HaveCount 1
        ($failure[0].FullyQualifiedErrorId -split ',')[0]
        "$($failure[0])"
    }

    # What comes back from a port that is forwarded to the echo server.
    function Get-Echo([int] $Port) {
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
        try {
            $stream = $client.GetStream()
            $stream.Write([byte[]](1, 2, 3))
            $client.Client.Shutdown('Send')
            $stream.ReadByte()
        }
        finally { $client.Dispose() }
    }
}

AfterAll {
    Stop-EchoServer $echo
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A master that is locked (<Kind>)' -ForEach @(
    @{ Kind = 'in this process'; Background = $false }
    if (-not $IsWindows) { @{ Kind = 'in the background'; Background = $true } }
) {
    BeforeAll { $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig -Background:$Background }

    AfterEach {
        if ($m.State -eq 'Locked') { Unlock-SshMaster $m -Passphrase $right }
        Get-SshMuxSession $m | Stop-SshMuxSession
        $null = Get-Job | Wait-Job -Timeout 30
        Get-Job | Remove-Job -Force
        Get-SshMuxForward $m | Remove-SshMuxForward
    }

    AfterAll { Stop-SshMux $m }

    It 'refuses what is new, and does it when it is unlocked' {
        Lock-SshMaster $m | Should -BeNullOrEmpty
        $id, $text = Get-Failure { [CmdletBinding()] param() Invoke-SshMux -Master $m 'echo hi' }
        $id | Should -Be 'MasterLocked'
        $text | Should -BeLike '*the master is locked; *Unlock-SshMaster unlocks it'
        Unlock-SshMaster $m | Should -BeNullOrEmpty
        (Invoke-SshMux -Master $m 'echo hi').Output | Should -Be 'hi'
    }

    It 'refuses streams, forwards and copies, too' {
        $from = New-Item -Force "$($sshd.Folder)/from" -Value 'some text'
        Lock-SshMaster $m
        foreach ($new in @(
                { [CmdletBinding()] param() Open-SshMuxStream $m -HostName 127.0.0.1 -Port $echo.Port }
                { [CmdletBinding()] param() Open-SshMuxStream $m -Path $echo.Path }
                { [CmdletBinding()] param() Add-SshMuxForward $m -Local "0:127.0.0.1:$($echo.Port)" }
                { [CmdletBinding()] param() Add-SshMuxForward $m -Remote "0:127.0.0.1:$($echo.Port)" }
                { [CmdletBinding()] param() Copy-SshMuxItem $from "$($sshd.ServerFolder)/to" -ToMaster $m })) {
            (Get-Failure $new)[0] | Should -Be 'MasterLocked' -Because "$new"
        }
        Get-SshMuxForward $m | Should -BeNullOrEmpty
        Get-ServerFile $sshd "$($sshd.ServerFolder)/to" | Should -BeNullOrEmpty
    }

    It 'goes on with a command that runs, and can end it' {
        $null = Invoke-SshMux -Master $m 'while echo; do sleep 0.1; done' -SessionName long -AsJob
        Wait-Until { @(Get-SshMuxSession $m | Where-Object State -EQ Open).Count -eq 1 } -What 'one runs'
        $short = Invoke-SshMux -Master $m 'sleep 4; echo done' -SessionName short -AsJob
        Wait-Until { @(Get-SshMuxSession $m | Where-Object State -EQ Open).Count -eq 2 } -What 'both run'
        Lock-SshMaster $m
        (Receive-Job $short -Wait).Output | Should -Be 'done'
        Rename-SshMuxSession -Master $m -Name long -NewName other
        Stop-SshMuxSession -Master $m -Name other
        Wait-Until { -not (Get-SshMuxSession $m) } -What 'it has ended'
        $m.State | Should -Be 'Locked'
    }

    It 'goes on with forwards that are open, for new connections too' {
        $forward = Add-SshMuxForward $m -Local "0:127.0.0.1:$($echo.Port)"
        Get-Echo $forward.ListenPort | Should -Be 1
        Lock-SshMaster $m
        Get-Echo $forward.ListenPort | Should -Be 1
        Remove-SshMuxForward $forward
        Get-SshMuxForward $m | Should -BeNullOrEmpty
    }

    It 'lets wait with -Mode Wait, and tells who waits' {
        Lock-SshMaster $m -Mode Wait
        $job = Invoke-SshMux -Master $m 'echo at last' -AsJob
        Wait-Until { $job.ChildJobs[0].Information.Count } -What 'the job was told'
        $job.ChildJobs[0].Information[0].MessageData | Should -Be 'the master is locked; waiting until it is unlocked'
        $job.ChildJobs[0].Information[0].Tags | Should -Contain 'SshMuxNotice'
        $job.State | Should -Be 'Running'
        if ($Background) { (Get-SshMuxSession $m).State | Should -Be 'Waiting' }
        Unlock-SshMaster $m
        (Receive-Job $job -Wait).Output | Should -Be 'at last'
    }

    It 'lets forwards and streams wait, and who gives up waits no more' {
        Lock-SshMaster $m -Mode Wait
        (Get-Failure { [CmdletBinding()] param() Invoke-SshMux -Master $m 'echo no' -TimeoutSeconds 0.5 })[0] |
            Should -Be 'CommandTimeout'
        $shell = New-Shell {
            param($m, $port)
            (Add-SshMuxForward $m -Local "0:127.0.0.1:$port").ListenPort
            $stream = Open-SshMuxStream $m -HostName 127.0.0.1 -Port $port
            $stream.Write([byte[]](7, 8))
            $stream.CompleteWriting()
            $stream.ReadByte()
            $stream.Dispose()
        } $m, $echo.Port
        $running = $shell.BeginInvoke()
        Start-Sleep 0.5
        $running.IsCompleted | Should -BeFalse
        Unlock-SshMaster $m
        $listens, $byte = $shell.EndInvoke($running)
        $shell.Dispose()
        Get-Echo $listens | Should -Be 1
        $byte | Should -Be 7
    }

    It 'is unlocked by the right passphrase only' {
        Lock-SshMaster $m -Passphrase $right
        $id, $text = Get-Failure { [CmdletBinding()] param() Unlock-SshMaster $m }
        $id | Should -Be 'MuxRefused'
        $text | Should -BeLike '*the master was locked with a passphrase, which is needed to unlock it'
        $id, $text = Get-Failure { [CmdletBinding()] param() Unlock-SshMaster $m -Passphrase $wrong }
        $id | Should -Be 'MuxRefused'
        $text | Should -BeLike '*wrong passphrase'
        $m.State | Should -Be 'Locked'
        # No sooner than a second after the wrong one.
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Unlock-SshMaster $m -Passphrase $right
        $clock.Elapsed.TotalSeconds | Should -BeGreaterThan 0.7
        $m.State | Should -Be 'Open'
    }

    It 'shows that it is locked, and is alive' {
        Lock-SshMaster $m
        $m.State | Should -Be 'Locked'
        (Get-SshMaster $m.Name).State | Should -Be 'Locked'
        $m | Format-Table | Out-String -Width 120 | Should -BeLike '*Locked*'
        $status = Test-SshMux $m
        $status.Alive, $status.Locked | Should -Be $true, $true
        $status.Reason | Should -BeNullOrEmpty
        $status | Out-String -Width 120 | Should -Match '\slocked\s*$'
        $status | Format-List | Out-String | Should -Match '(?m)^Locked +: True'
        Test-SshMux $m -Quiet | Should -BeTrue
        Unlock-SshMaster $m
        $m.State | Should -Be 'Open'
        (Test-SshMux $m).Locked | Should -BeFalse
    }

    It 'is not locked twice, nor unlocked twice' {
        Lock-SshMaster $m
        (Get-Failure { [CmdletBinding()] param() Lock-SshMaster $m -Mode Wait }) |
            Should -Be 'MasterLocked', 'the master is locked already'
        Unlock-SshMaster $m
        $id, $text = Get-Failure { [CmdletBinding()] param() Unlock-SshMaster $m }
        $id | Should -Be 'MuxRefused'
        $text | Should -BeLike '*the master is not locked'
    }

    It 'is given with -PassThru, and stays as it is with -WhatIf' {
        Lock-SshMaster $m -WhatIf
        $m.State | Should -Be 'Open'
        $locked = Lock-SshMaster $m -PassThru
        $locked.PSTypeNames[0], $locked.Name, "$($locked.State)" | Should -Be 'SshMux.Master', $m.Name, 'Locked'
        Unlock-SshMaster $m -WhatIf
        $m.State | Should -Be 'Locked'
        (Get-SshMaster $m.Name | Unlock-SshMaster -PassThru).State | Should -Be 'Open'
    }
}

Describe 'The end of a master that is locked' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'is the end of those who wait' {
        $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig
        Lock-SshMaster $m -Mode Wait
        $job = Invoke-SshMux -Master $m 'echo no' -AsJob
        Wait-Until { $job.ChildJobs[0].Information.Count } -What 'the job waits'
        Stop-SshMux $m
        $m.State | Should -Be 'Ended'
        $quiet = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'SilentlyContinue' }
        Receive-Job $job -Wait -ErrorVariable failure @quiet | Should -BeNullOrEmpty
        "$failure" | Should -Match 'the master was stopped'
        $job | Remove-Job
        Lock-SshMaster $m -ErrorAction SilentlyContinue -ErrorVariable failure
        "$failure" | Should -Match 'has ended'
    }
}

Describe 'The lock of several masters' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'is by names and wildcards, one failure leaves the others' {
        $all = 'lock1', 'lock2', 'lock3' | ForEach-Object { New-SshMaster web1 -Name $_ -ConfigFile $sshd.SshConfig }
        Lock-SshMaster lock2
        Lock-SshMaster lock* -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'MasterLocked,SshMux.PowerShell.LockSshMasterCommand'
        $failure[0].CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $all.State | Should -Be 'Locked', 'Locked', 'Locked'
        $all | Unlock-SshMaster
        $all.State | Should -Be 'Open', 'Open', 'Open'
        Lock-SshMaster nobody -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'MasterNotFound,*'
    }
}

Describe 'The lock at a control path' -Tag Unix {
    BeforeAll {
        $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig
        $sshmux = "$PSScriptRoot/../../out/bin/sshmux"
    }

    AfterEach { if ($m.State -eq 'Locked') { Unlock-SshMaster $m } }

    AfterAll { Stop-SshMux $m }

    It 'is for other processes, and theirs for us' {
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            Lock-SshMaster -ControlPath '$($m.ControlPath)' -PassThru | ForEach-Object { `"`$(`$_.State)`" }
            Invoke-SshMux -ControlPath '$($m.ControlPath)' 'echo hi' -ErrorAction SilentlyContinue
            `$Error[0].FullyQualifiedErrorId
            (Test-SshMux -ControlPath '$($m.ControlPath)').Locked"
        & pwsh -NoProfile -Command $script |
            Should -Be 'Locked', 'MasterLocked,SshMux.PowerShell.InvokeSshMuxCommand', 'True'
        $m.State | Should -Be 'Locked'
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            Unlock-SshMaster -ControlPath '$($m.ControlPath)'"
        & pwsh -NoProfile -Command $script | Should -BeNullOrEmpty
        $m.State | Should -Be 'Open'
    }

    It 'is told to ssh in words, which then goes on by itself' {
        Lock-SshMaster $m
        $said = & ssh -F none -S $m.ControlPath -o ProxyCommand=false x 'echo hi' 2>&1
        $LASTEXITCODE | Should -Be 255
        "$said" | Should -Match 'session request failed: the master is locked; '
        & ssh -F $sshd.SshConfig -S $m.ControlPath x 'echo by itself' 2> $null | Should -Be 'by itself'
        & ssh -F none -S $m.ControlPath -O check x 2>&1 | Should -Match "pid=$PID"
    }

    It 'is that of the command' {
        & $sshmux -F none -S $m.ControlPath -O lock=wait x 2>&1 | Should -Be 'Master locked.'
        $m.State | Should -Be 'Locked'
        $said = @(& $sshmux -F none -S $m.ControlPath -O check x 2>&1)
        "$($said[0])" | Should -Be "Master running (pid=$PID)"
        "$($said[1])" | Should -Match '^the master is locked since [\dT:-]+, without a passphrase; what is asked for waits$'
        & $sshmux -F none -S $m.ControlPath -O unlock x 2>&1 | Should -Be 'Master unlocked.'
        $m.State | Should -Be 'Open'
        Lock-SshMaster $m -Passphrase $right
        "$(& $sshmux -F none -S $m.ControlPath -O check x 2>&1)" |
            Should -Match 'with a passphrase; what is asked for is refused$'
        Unlock-SshMaster $m -Passphrase $right
    }

    It 'is nothing that a master of ssh knows' {
        $path = Start-OpenSshMaster $sshd
        foreach ($do in { [CmdletBinding()] param() Lock-SshMaster -ControlPath $path },
            { [CmdletBinding()] param() Unlock-SshMaster -ControlPath $path }) {
            (Get-Failure $do)[0] | Should -Be 'NotSupported' -Because "$do"
        }
        (Test-SshMux -ControlPath $path).Locked | Should -BeFalse
    }

    It 'says that nobody is there' {
        (Get-Failure { [CmdletBinding()] param() Lock-SshMaster -ControlPath "$($sshd.Folder)/nowhere" })[0] |
            Should -Be 'ControlSocketMissing'
    }
}
