# Invoke-SshMux -AsJob: a job like those of PowerShell itself.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd -Unprivileged
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Invoke-SshMux -AsJob' {
    AfterEach {
        Get-Job | Remove-Job -Force
    }

    It 'gives a job that Get-Job lists, with a child for each target' {
        $job = Invoke-SshMux -Master $m, $m 'echo hi' -AsJob -JobName both
        $job | Should -BeOfType [Management.Automation.Job]
        $job.Name | Should -Be 'both'
        $job.PSJobTypeName | Should -Be 'SshMuxJob'
        $job.Command | Should -Be 'echo hi'
        $job.Location | Should -Be 'localhost,localhost'
        $job.ChildJobs.Count | Should -Be 2
        (Get-Job -Name both).Id | Should -Be $job.Id
        (Wait-Job $job -Timeout 60).State | Should -Be 'Completed'
        $job.PSBeginTime | Should -Not -BeNullOrEmpty
        $job.PSEndTime | Should -BeGreaterOrEqual $job.PSBeginTime
    }

    It 'gives living results to Receive-Job, once, or again with -Keep' {
        $job = Invoke-SshMux -Master $m 'echo hi; exit 3' -AsJob | Wait-Job -Timeout 60
        $job.HasMoreData | Should -BeTrue
        $result = Receive-Job $job -Keep
        $result.PSTypeNames[0] | Should -Be 'SshMux.CommandResult'
        $result.Duration | Should -BeOfType [timespan]
        $result.ExitStatus | Should -Be 3
        (Receive-Job $job).Output | Should -Be 'hi'
        Receive-Job $job | Should -BeNullOrEmpty
        $job.HasMoreData | Should -BeFalse
        $job.State | Should -Be 'Completed'
    }

    It 'gives lines while it runs with -Stream' {
        $gate = "$($sshd.ServerFolder)/gate"
        $job = Invoke-SshMux -Master $m "echo first; echo err >&2; while ! [ -e $gate ]; do sleep 0.1; done; echo last" `
            -AsJob -Stream
        Wait-Until { $job.ChildJobs[0].Output.Count -and $job.ChildJobs[0].Information.Count } -Seconds 60
        $lines = Receive-Job $job -InformationVariable err 6> $null
        $lines | Should -Be 'first'
        $lines.HostName | Should -Be 'localhost'
        "$err" | Should -Be 'err'
        $job.State | Should -Be 'Running'
        $null = Invoke-SshMux -Master $m "touch $gate"
        # Not -AutoRemoveJob: PowerShell 7.6 removes a job twice that ends between its two looks, which is an error.
        Receive-Job $job -Wait | Should -Be 'last'
        Remove-Job $job
        Get-Job | Should -BeNullOrEmpty
    }

    It 'fails where a command cannot be run, with the error in the child that it belongs to' -Tag Unix {
        $job = Invoke-SshMux -ControlPath $m.ControlPath, "$($sshd.Folder)/nobody" 'echo hi' -AsJob | Wait-Job -Timeout 60
        $job.State | Should -Be 'Failed'
        $job.ChildJobs.State | Should -Be 'Completed', 'Failed'
        $job.ChildJobs[1].Error[0].FullyQualifiedErrorId | Should -Be 'ControlSocketMissing'
        (Receive-Job $job -ErrorVariable failure -ErrorAction SilentlyContinue).Output | Should -Be 'hi'
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'ControlSocketMissing*'
    }

    It 'fails with -ErrorOnNonZeroExit where a command does' {
        $job = Invoke-SshMux -Master $m 'false' -AsJob -ErrorOnNonZeroExit | Wait-Job -Timeout 60
        $job.State | Should -Be 'Failed'
        (Receive-Job $job -ErrorAction SilentlyContinue).ExitStatus | Should -Be 1
    }

    It 'is stopped by Stop-Job, with the commands' {
        $pidFile = "$($sshd.ServerFolder)/pid"
        $job = Invoke-SshMux -Master $m, $m "echo `$`$ >> $pidFile; exec sleep 1000" -AsJob
        Wait-Until { @(Get-ServerFile $sshd $pidFile).Count -eq 2 } -Seconds 60
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Stop-Job $job
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        $job.State | Should -Be 'Stopped'
        $job.ChildJobs.State | Should -Be 'Stopped', 'Stopped'
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60
        foreach ($id in Get-ServerFile $sshd $pidFile) { Wait-Until { -not (Test-ServerProcess $sshd $id) } -Seconds 60 }
    }

    It 'does not start what waits for its turn when it is stopped' {
        $file = "$($sshd.ServerFolder)/count"
        $job = Invoke-SshMux -Master (@($m) * 5) "echo x >> $file; exec sleep 1000" -AsJob -ThrottleLimit 2
        Wait-Until { @(Get-ServerFile $sshd $file).Count -eq 2 } -Seconds 60
        $job.ChildJobs.State | Sort-Object | Should -Be 'NotStarted', 'NotStarted', 'NotStarted', 'Running', 'Running'
        Stop-Job $job
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60
        @(Get-ServerFile $sshd $file).Count | Should -Be 2
    }

    It 'is ended by Remove-Job -Force' {
        $job = Invoke-SshMux -Master $m 'exec sleep 1000' -AsJob
        Wait-Until { $m.Sessions -eq 1 } -Seconds 60
        { Remove-Job $job -ErrorAction Stop } | Should -Throw
        Remove-Job $job -Force
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60
    }

    It 'takes input from the pipeline' {
        $job = 1..1000 | Invoke-SshMux -Master $m, $m 'sort -rn | head -n 1' -AsJob
        (Receive-Job $job -Wait).Output | Should -Be '1000', '1000'
    }

    It 'takes masters from the pipeline' {
        $job = $m, $m.Name | Invoke-SshMux 'echo hi' -AsJob
        (Receive-Job $job -Wait).Output | Should -Be 'hi', 'hi'
    }

    It 'logs in where it must, and keeps the master' -Tag Unix {
        $login = @{ ConfigFile = $sshd.SshConfig; Options = @{ ControlPath = "$($sshd.Folder)/%n" } }
        $job = Invoke-SshMux -HostName jobhost 'echo hi' @login -AsJob
        (Receive-Job $job -Wait).HostName | Should -Be 'jobhost'
        $master = Get-SshMaster | Where-Object HostName -EQ jobhost
        $master.State | Should -Be 'Open'
        $master | Stop-SshMux
    }

    It 'asks nobody, and says why that fails' {
        $job = Invoke-SshMux -HostName "$($sshd.UserName)@127.0.0.1" true -Port $sshd.Port -ConfigFile none -AsJob `
            -KeyFilePath $sshd.UserKey -Options @{ UserKnownHostsFile = '/dev/null'; HostKeyAlias = 'nobody-knows-me' }
        $null = Receive-Job $job -Wait -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'HostKeyUnknown*'
        $job.State | Should -Be 'Failed'
    }

    It 'goes on while the runspace does other things, and after the cmdlet was forgotten' {
        $job = Invoke-SshMux -Master $m 'sleep 1; echo late' -AsJob
        (Invoke-SshMux -Master $m 'echo meanwhile').Output | Should -Be 'meanwhile'
        [GC]::Collect()
        (Receive-Job $job -Wait).Output | Should -Be 'late'
    }

    It 'ends no job of a pipeline that was stopped before it gave one' {
        { 1..3 | ForEach-Object { if ($_ -eq 3) { throw 'enough' }; $_ } | Invoke-SshMux -Master $m cat -AsJob } |
            Should -Throw enough
        Get-Job | Should -BeNullOrEmpty
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60
    }

    It 'wants -AsJob for -JobName' {
        { Invoke-SshMux -Master $m true -JobName x } | Should -Throw '*-AsJob*'
    }
}
