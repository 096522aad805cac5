# How Invoke-SshMux ends commands: Ctrl-C and -TimeoutSeconds send signals, and nothing stays on the server.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd -Unprivileged
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
    $pidFile = "$($sshd.ServerFolder)/pid"
    $said = "$($sshd.ServerFolder)/said"

    # Runs a script, waits until its command has written its process id, and stops it as Ctrl-C does.
    function Stop-Running([scriptblock] $Script, [object[]] $Arguments) {
        $shell = New-Shell $Script $Arguments
        try {
            $null = $shell.BeginInvoke()
            Wait-Until { Get-ServerFile $sshd $pidFile } -Seconds 60 -What 'the command runs'
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        }
        finally { $shell.Dispose() }
    }

    function Assert-CommandGone {
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60 -What 'the session has ended'
        Wait-Until { -not (Test-ServerProcess $sshd (Get-ServerFile $sshd $pidFile)) } -Seconds 60 -What 'the remote command has ended'
    }

    # A program that neither reads nor writes, so that only a signal ends it.
    $idle = "echo `$`$ > $pidFile; exec sleep 1000"
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Ctrl-C' {
    BeforeEach {
        $null = Invoke-SshMux -Master $m "rm -f $pidFile $said"
    }

    It 'ends a command that neither reads nor writes' {
        Stop-Running { param($m, $command) Invoke-SshMux -Master $m $command } $m, $idle
        Assert-CommandGone
    }

    It 'sends INT first, so that the command can clean up' {
        # What a shell runs in the background does not hear INT: only the trap ends the sleep.
        $command = "trap 'echo INT > $said; kill `$!; exit' INT; trap 'echo TERM > $said; kill `$!; exit' TERM; " +
            "sleep 1000 & echo `$`$ > $pidFile; wait"
        Stop-Running { param($m, $command) Invoke-SshMux -Master $m $command } $m, $command
        Assert-CommandGone
        Get-ServerFile $sshd $said | Should -Be 'INT'
    }

    It 'goes on to TERM and KILL where a command does not listen' {
        $command = "trap '' INT; trap 'echo TERM > $said' TERM; echo `$`$ > $pidFile; while :; do sleep 0.2; done"
        Stop-Running { param($m, $command) Invoke-SshMux -Master $m $command } $m, $command
        Assert-CommandGone
        Get-ServerFile $sshd $said | Should -Be 'TERM'
    }

    It 'ends a command of a master in another process, if it is ours' -Tag Unix {
        Stop-Running { param($path, $command) Invoke-SshMux -ControlPath $path $command } $m.ControlPath, $idle
        Assert-CommandGone
    }

    It 'closes the session over a master of OpenSSH, so that a command that writes ends' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $command = "echo `$`$ > $pidFile; while :; do echo x; sleep 0.1; done"
        Stop-Running { param($path, $command) Invoke-SshMux -ControlPath $path $command } $path, $command
        Assert-CommandGone
        (Invoke-SshMux -ControlPath $path 'echo alive').Output | Should -Be 'alive'
    }

    It 'only closes the session of a subsystem, which gets no signals' {
        $shell = New-Shell { param($m) Start-Sleep -Milliseconds 1 | Out-Null
            & { Start-Sleep 1000 } | Invoke-SshMux -Master $m -Subsystem sftp } @(, $m)
        try {
            $null = $shell.BeginInvoke()
            Wait-Until { $m.Sessions -eq 1 } -Seconds 60
            $shell.Stop()
        }
        finally { $shell.Dispose() }
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60
    }
}

Describe '-TimeoutSeconds' {
    BeforeEach {
        $null = Invoke-SshMux -Master $m "rm -f $pidFile $said"
    }

    It 'says so with the host, and ends the command' {
        Invoke-SshMux -Master $m $idle -TimeoutSeconds 1 -ErrorVariable failure -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $failure.Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'CommandTimeout,SshMux.PowerShell.InvokeSshMuxCommand'
        $failure[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        $failure[0].TargetObject.Name | Should -Be $m.Name
        "$($failure[0])" | Should -Be 'localhost: the command did not end within 1 s and is being ended'
        if (Get-ServerFile $sshd $pidFile) { Assert-CommandGone }
    }

    It 'sends TERM, and KILL to who does not listen' {
        $command = "trap 'echo INT > $said' INT; trap 'echo TERM > $said' TERM; echo `$`$ > $pidFile; " +
            'while :; do sleep 0.2; done'
        Invoke-SshMux -Master $m $command -TimeoutSeconds 3 -ErrorAction SilentlyContinue
        if (-not (Get-ServerFile $sshd $pidFile)) { Set-ItResult -Inconclusive -Because 'three seconds were too few to start'; return }
        Assert-CommandGone
        Get-ServerFile $sshd $said | Should -Be 'TERM'
    }

    It 'leaves a command alone that is quick enough' {
        (Invoke-SshMux -Master $m 'echo quick' -TimeoutSeconds 60).Output | Should -Be 'quick'
    }
}
