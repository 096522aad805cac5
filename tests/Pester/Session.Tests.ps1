# Get-SshMuxSession, Send-SshMuxSignal, Stop-SshMuxSession, Rename-SshMuxSession, Watch-SshMuxSession.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig

    function Stop-Started {
        Get-SshMuxSession $m | Stop-SshMuxSession
        Get-Job | Wait-Job -Timeout 30 | Remove-Job -Force
    }

    # A command that runs until it is ended, with a name; the job, when the session is listed. It writes, so that it notices.
    function Start-Named([string] $Name, [string] $Command = 'while :; do echo; sleep 0.1; done') {
        $job = Invoke-SshMux -Master $m $Command -SessionName $Name -AsJob
        $limit = [datetime]::Now.AddSeconds(30)
        while (-not (Get-SshMuxSession $m -Name "$Name*") -and [datetime]::Now -lt $limit) { Start-Sleep -Milliseconds 20 }
        $job
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Get-SshMuxSession' {
    AfterEach { Stop-Started }

    It 'lists what runs, with its name, command and process' {
        $null = Start-Named build 'while echo; do sleep 0.2; done'
        $one = Get-SshMuxSession $m
        $one | Should -HaveCount 1
        $one.PSTypeNames[0] | Should -Be 'SshMux.Session'
        $one.Name, $one.Kind, $one.State, $one.Command, $one.ProcessId | Should -Be 'build', 'Exec', 'Open', 'while echo; do sleep 0.2; done', $PID
        $one.Number | Should -BeGreaterThan 0
        $one.Master | Should -Be $m
        ([datetime]::Now - $one.Started).TotalSeconds | Should -BeLessThan 60
        $one.Terminal | Should -BeNullOrEmpty
        "$one" | Should -Be 'build'
        $one | Out-String -Width 100 | Should -Match 'build\s+Exec\s+Open'
    }

    It 'counts what goes through' {
        $go = "$($sshd.ServerFolder)/counted-$PID"
        $null = Start-Named count "head -c 100000 /dev/zero; until [ -e '$go' ]; do sleep 0.05; done"
        $limit = [datetime]::Now.AddSeconds(30)
        do { $one = Get-SshMuxSession $m } until ($one.BytesReceived -eq 100000 -or [datetime]::Now -gt $limit)
        $one.BytesReceived | Should -Be 100000
        $one.BytesSent | Should -Be 0
        $null = Invoke-SshMux -Master $m "touch '$go'"
    }

    It 'finds by name, number and wildcard, and says what is not there' {
        $null = Start-Named one1
        $null = Start-Named one2
        (Get-SshMuxSession $m -Name one2).Name | Should -Be 'one2'
        (Get-SshMuxSession $m -Name one*).Name | Sort-Object | Should -Be 'one1', 'one2'
        $number = (Get-SshMuxSession $m -Name one1).Number
        (Get-SshMuxSession $m -Number $number).Name | Should -Be 'one1'
        Get-SshMuxSession $m -Name two* | Should -BeNullOrEmpty
        Get-SshMuxSession $m -Name two -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'SessionNotFound,*'
        "$failure" | Should -Be "web1: there is no session 'two' (any more)"
    }

    It 'lists all masters without a name, those in the background as well' -Tag Unix {
        $other = New-SshMaster web1 -ConfigFile $sshd.SshConfig -Background -Name back
        try {
            $null = Start-Named here
            $job = Invoke-SshMux -Master $other 'while echo; do sleep 0.1; done' -SessionName there -AsJob
            $limit = [datetime]::Now.AddSeconds(30)
            do { $all = Get-SshMuxSession } until ($all.Count -eq 2 -or [datetime]::Now -gt $limit)
            $all.Name | Sort-Object | Should -Be 'here', 'there'
            Stop-SshMuxSession -Master back -Name there
            Receive-Job $job -Wait -ErrorAction SilentlyContinue -ErrorVariable failure
            Get-SshMuxSession back | Should -BeNullOrEmpty
        }
        finally { Stop-SshMux $other }
    }

    It 'lists sessions of ssh, and what it says of a master of ssh is an error' -Tag Unix {
        $process = Start-Process ssh -PassThru -RedirectStandardOutput /dev/null -ArgumentList '-F', 'none', '-S',
            $m.ControlPath, 'x', 'while echo; do sleep 0.2; done'
        $limit = [datetime]::Now.AddSeconds(30)
        do { $one = Get-SshMuxSession -ControlPath $m.ControlPath | Where-Object State -EQ Open }
        until ($one -or [datetime]::Now -gt $limit)
        $one.ProcessId, $one.Command | Should -Be $process.Id, 'while echo; do sleep 0.2; done'
        $one | Stop-SshMuxSession
        $process.WaitForExit(30000) | Should -BeTrue
        $process.ExitCode | Should -Be 255

        $path = "$($sshd.Folder)/theirs"
        & ssh -F $sshd.SshConfig -fNM -S $path x
        try {
            Get-SshMuxSession -ControlPath $path -ErrorAction SilentlyContinue -ErrorVariable failure
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        }
        finally { & ssh -F none -S $path -O exit x 2> $null }
    }
}

Describe 'Stop-SshMuxSession' {
    AfterEach { Stop-Started }

    It 'ends one, tells its user why, and leaves the others' {
        $job = Start-Named victim
        $null = Start-Named other
        Stop-SshMuxSession -Master $m -Name victim
        Receive-Job $job -Wait -ErrorAction SilentlyContinue -ErrorVariable failure
        "$failure" | Should -Match 'session \d+ was closed at the master'
        (Get-SshMuxSession $m).Name | Should -Be 'other'
    }

    It 'does nothing with -WhatIf' {
        $null = Start-Named kept
        Get-SshMuxSession $m | Stop-SshMuxSession -WhatIf
        (Get-SshMuxSession $m).Name | Should -Be 'kept'
    }

    It 'says that there is no such session' {
        Stop-SshMuxSession -Master $m -Name nobody -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'MuxRefused,*'
        "$failure" | Should -Be "there is no session called 'nobody' (any more)"
    }
}

Describe 'A control path' {
    AfterEach { Stop-Started }

    It 'names a master for each of them' -Tag Unix {
        $null = Start-Named one
        Rename-SshMuxSession -ControlPath $m.ControlPath -Name one -NewName two
        Send-SshMuxSignal -ControlPath $m.ControlPath -Name two -Signal HUP -WhatIf
        Stop-SshMuxSession -ControlPath $m.ControlPath -Name t*
        Get-SshMuxSession $m | Should -BeNullOrEmpty
        Stop-SshMuxSession -ControlPath /tmp/no-such-socket -Name x -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'ControlSocketMissing,*'
    }
}

Describe 'Rename-SshMuxSession' {
    AfterEach { Stop-Started }

    It 'gives another name, and takes it away' {
        $null = Start-Named first
        Rename-SshMuxSession -Master $m -Name first -NewName second
        Get-SshMuxSession $m -Name second | Rename-SshMuxSession -NewName ''
        (Get-SshMuxSession $m).Name | Should -BeNullOrEmpty
        Get-SshMuxSession $m | Rename-SshMuxSession -NewName 17 -ErrorAction SilentlyContinue -ErrorVariable failure
        "$failure" | Should -Match "'17' is a number"
    }

    It 'has the same rule as -SessionName' {
        { Invoke-SshMux -Master $m true -SessionName 'a b' } | Should -Throw '*-SessionName: a name has no spaces*'
    }
}

Describe 'Send-SshMuxSignal' {
    AfterEach { Stop-Started }

    It 'reaches the program, or says why not' {
        $job = Start-Named trapped 'trap "exit 9" TERM; while echo up; do sleep 0.05; done'
        Send-SshMuxSignal -Master $m -Name trapped -Signal sigterm -ErrorAction SilentlyContinue -ErrorVariable failure
        Send-SshMuxSignal -Session (Get-SshMuxSession $m -Name trapped*) -Signal TERM -WhatIf
        if ($failure) { "$failure" | Should -Match 'did not send the signal TERM: OpenSSH' }
        else { (Receive-Job $job -Wait).ExitStatus | Should -Be 9 }
    }
}

Describe 'Watch-SshMuxSession' {
    AfterEach { Stop-Started }

    It 'shows what goes through a session, until it ends' {
        $go = "$($sshd.ServerFolder)/go-$PID"
        $null = Start-Named watched "until [ -e '$go' ]; do sleep 0.05; done; echo out; echo err >&2"
        $seen = Watch-SshMuxSession -Master $m -Name watched | ForEach-Object {
            if ($_.Kind -eq 'Begun') { $null = Invoke-SshMux -Master $m "touch '$go'" }
            $_
        }
        $seen[0].Kind, $seen[-1].Kind | Should -Be 'Begun', 'Ended'
        $seen[0].Text | Should -BeLike "until * '$go'*"
        $seen.Where{ $_.Kind -eq 'Output' }.Text | Should -Be "out`n"
        $seen.Where{ $_.Kind -eq 'Error' }.Text | Should -Be "err`n"
        $seen[0].PSTypeNames[0] | Should -Be 'SshMux.WatchedData'
        $seen | Out-String -Width 100 | Should -Match 'Output\s+4 out'
    }

    It 'gives bytes, and ends with its pipeline' -Tag Unix {
        $null = Start-Named zeros 'cat /dev/zero'
        $bytes = Watch-SshMuxSession -ControlPath $m.ControlPath -Name zeros -AsByteStream | Select-Object -First 3
        $one = Watch-SshMuxSession -Session (Get-SshMuxSession $m -Name zeros) -Kind Output | Select-Object -First 1
        $one.Kind | Should -Be 'Output'
        $bytes | Should -HaveCount 3
        $bytes[0].GetType() | Should -Be ([byte[]])
        $bytes[0][0] | Should -Be 0
    }

    It 'shows only the kinds that are named, of all sessions' {
        $go = "$($sshd.ServerFolder)/short-$PID"
        $null = Start-Named short "until [ -e '$go' ]; do sleep 0.05; done; echo x"
        $seen = Watch-SshMuxSession -Master $m -Kind Begun, Ended | ForEach-Object {
            if ($_.Text -like 'until*') { $null = Invoke-SshMux -Master $m "touch '$go'" }
            $_
        } | Select-Object -First 4
        $seen.Kind | Sort-Object | Should -Be 'Begun', 'Begun', 'Ended', 'Ended'
        @($seen.Session | Sort-Object -Unique) | Should -HaveCount 2
    }

    It 'says that there is no such session' {
        Watch-SshMuxSession -Master $m -Name nobody -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'MuxRefused,*'
    }
}
