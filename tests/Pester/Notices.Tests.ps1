# What a master tells without being asked: warnings and information of the cmdlet at work, and the event of a master.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd

    # A forward to where nobody listens, and a command of the server's that tries it.
    function Add-DeadForward($Master) {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $dead = $listener.LocalEndpoint.Port
        $listener.Stop()
        (Add-SshMuxForward $Master -Local "127.0.0.1:0:127.0.0.1:$dead").ListenPort
    }

    function Connect-Port([int] $Port) {
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
        try { $client.GetStream().ReadByte() } catch { $null = $_ } finally { $client.Dispose() }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'What a master tells (<Kind>)' -ForEach @(
    @{ Kind = 'in this process'; Background = $false }
    if (-not $IsWindows) { @{ Kind = 'in the background'; Background = $true } }
) {
    BeforeEach {
        $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig -Background:$Background
        $port = Add-DeadForward $m
    }

    AfterEach {
        Get-EventSubscriber -SourceIdentifier notice -ErrorAction Ignore | Unregister-Event
        Get-Event -SourceIdentifier notice -ErrorAction Ignore | Remove-Event
        Get-SshMaster | Where-Object State -NE Ended | Stop-SshMux
        Get-SshMaster | Stop-SshMux
    }

    It 'is a warning of the command that is at work' {
        $result = Invoke-SshMux -Master $m "curl -s http://127.0.0.1:$port/; curl -s http://127.0.0.1:$port/; sleep 1; echo end" -WarningVariable warned -WarningAction SilentlyContinue
        $result.Output | Should -Be 'end'
        $warned | Should -HaveCount 1
        $warned[0].Message | Should -Match "^local forward 127\.0\.0\.1:0:127\.0\.0\.1:\d+: .*Connection refused"
        $quiet = Invoke-SshMux -Master $m 'echo quiet' -WarningVariable warned
        $quiet.Output, $warned.Count | Should -Be 'quiet', 0
    }

    It 'is a warning of a job' {
        $job = Invoke-SshMux -Master $m "curl -s http://127.0.0.1:$port/; sleep 1; echo end" -AsJob | Wait-Job -Timeout 30
        $job.ChildJobs[0].Warning.Message | Should -Match '^local forward .*Connection refused'
        $job | Remove-Job
    }

    It 'is an event of the master' {
        Register-ObjectEvent $m Notice -SourceIdentifier notice
        $null = Connect-Port $port
        $told = Wait-Event -SourceIdentifier notice -Timeout 20
        $told | Should -Not -BeNullOrEmpty
        $told.SourceEventArgs.Kind | Should -Be 'ForwardFailed'
        $told.SourceEventArgs.Text | Should -Match '^local forward .*Connection refused'
        $told.SourceEventArgs.Master, $told.Sender | Should -Be $m, $m
        "$($told.SourceEventArgs)" | Should -Be $told.SourceEventArgs.Text
        ([datetime]::Now - $told.SourceEventArgs.Time).TotalSeconds | Should -BeLessThan 60
        $told | Remove-Event
        Stop-SshMux $m
        $told = Wait-Event -SourceIdentifier notice -Timeout 20
        $told.SourceEventArgs.Kind | Should -Be 'Ending'
        $told.SourceEventArgs.Text | Should -Match '^the master ends: (the master was stopped|a client asked the master to exit)$'
    }

    It 'comes no more when nobody has subscribed any more' {
        Register-ObjectEvent $m Notice -SourceIdentifier notice
        Get-EventSubscriber -SourceIdentifier notice | Unregister-Event
        $null = Connect-Port $port
        (Invoke-SshMux -Master $m 'sleep 1' -WarningAction SilentlyContinue).ExitStatus | Should -Be 0
        Get-Event -SourceIdentifier notice -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}

Describe 'The end of a master' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'is told to the command that loses it' -Tag Unix {
        $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig -Background
        $job = Invoke-SshMux -Master $m 'sleep 100' -AsJob
        $limit = [datetime]::Now.AddSeconds(30)
        while (-not (Get-SshMuxSession $m | Where-Object State -EQ Open) -and [datetime]::Now -lt $limit) { Start-Sleep -Milliseconds 50 }
        Stop-SshMux $m
        $null = $job | Wait-Job -Timeout 30
        $job.ChildJobs[0].Warning.Message | Should -Be 'the master ends: a client asked the master to exit'
        $job | Remove-Job
    }
}

Describe 'A subscription' {
    It 'keeps no master that ends gracefully' -Tag Unix {
        $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig -Background
        Register-ObjectEvent $m Notice -SourceIdentifier notice
        try {
            Stop-SshMux $m -Graceful
            (Wait-Event -SourceIdentifier notice -Timeout 20).SourceEventArgs.Kind | Should -Be 'Ending'
        }
        finally {
            Get-EventSubscriber -SourceIdentifier notice | Unregister-Event
            Get-Event -SourceIdentifier notice | Remove-Event
            Get-SshMaster | Stop-SshMux
        }
    }
}

Describe 'A question that waits at the master' {
    It 'is information with a tag' -Tag Unix {
        $folder = New-TestFolder
        $answer = "$folder/askpass"
        "#!/bin/sh`nsleep 1`necho yes" | Set-Content $answer
        chmod 700 $answer
        $start = [Diagnostics.ProcessStartInfo]::new('sh')
        foreach ($word in '-c', 'exec env SSH_ASKPASS="$1" SSH_ASKPASS_REQUIRE=force sshmux -F "$2" -N -o ControlMaster=ask -S "$3" web1', 'sh', $answer, $sshd.SshConfig, "$folder/m") {
            $start.ArgumentList.Add($word)
        }
        $start.Environment['PATH'] = "$PSScriptRoot/../../out/bin:$env:PATH"
        $master = [Diagnostics.Process]::Start($start)
        try {
            $limit = [datetime]::Now.AddSeconds(30)
            while (-not (Test-Path "$folder/m") -and [datetime]::Now -lt $limit) { Start-Sleep -Milliseconds 50 }
            $result = Invoke-SshMux -ControlPath "$folder/m" 'echo hi' -InformationVariable told
            $result.Output | Should -Be 'hi'
            $told.Where{ $_.Tags -contains 'SshMuxNotice' }.MessageData |
                Should -Match '^waiting for an answer at the master: Allow shared connection to '
        }
        finally {
            $master.Kill()
            $master.WaitForExit()
            Remove-Item -Recurse $folder
        }
    }
}
