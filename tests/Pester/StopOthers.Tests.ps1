# For Unix alone: there are no other processes with masters yet.
# Masters inside other processes are not ended by the way: Stop-SshMux asks first.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    $sshd = Start-TestSshd
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A master inside another process' {
    BeforeAll {
        $other = Start-MasterInPwsh $sshd
        $path = $other.StandardOutput.ReadLine()
        $ssh = Start-OpenSshMaster $sshd
    }

    AfterAll {
        $other.StandardInput.Close()
        $other.WaitForExit()
    }

    It 'is not among those that Get-SshMaster gives to Stop-SshMux' {
        $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig
        $background = New-SshMaster web1 -Background -ConfigFile $sshd.SshConfig
        Get-SshMaster | Stop-SshMux -ErrorAction Stop
        $m.State, $background.State | Should -Be 'Ended', 'Ended'
        Test-SshMux -ControlPath $path -Quiet | Should -BeTrue
    }

    It 'is not ended where nobody can be asked: <Way>' -ForEach @(
        @{ Way = 'from a list'; Stop = { Get-SshMaster -All | Stop-SshMux @args } }
        @{ Way = 'by its name'; Stop = { Stop-SshMux (Get-SshMaster -All).Name @args } }
        @{ Way = 'by its path'; Stop = { Stop-SshMux -ControlPath $path @args } }
        @{ Way = 'one of ssh'; Stop = { Stop-SshMux -ControlPath $ssh @args }; Program = 'ssh' }
        @{ Way = 'gracefully'; Stop = { Stop-SshMux -ControlPath $path -Graceful @args } }
    ) {
        try {
            & $Stop -ErrorVariable +global:refused -ErrorAction SilentlyContinue
            $global:refused | Should -HaveCount 1
            $global:refused[0].FullyQualifiedErrorId | Should -Be 'NotConfirmed,SshMux.PowerShell.StopSshMuxCommand'
            $number = $Program ? $sshd.Masters[-1].Id : $other.Id
            "$($global:refused[0])" |
                Should -Match "lives inside another process \($($Program ?? 'pwsh'), process $number\).*-Force stops it"
        }
        finally { Remove-Variable -Scope Global refused }
        Test-SshMux -ControlPath $path, $ssh -Quiet | Should -Be $true, $true
        & $Stop -WhatIf
        Test-SshMux -ControlPath $path, $ssh -Quiet | Should -Be $true, $true
    }

    It 'is not ended by a script that has no terminal' {
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'; Stop-SshMux -ControlPath '$path'; 'after'"
        $said = & sh -c 'exec pwsh -NoProfile -Command "$1" 2>&1 < /dev/null' sh $script
        "$said" | Should -Match 'standard input is not a terminal'
        $said[-1] | Should -Be 'after'
        Test-SshMux -ControlPath $path -Quiet | Should -BeTrue
    }

    It 'is asked about, and ended only with yes' {
        $stop = { param($paths, $parameters) Stop-SshMux -ControlPath $paths @parameters }
        # 0 yes, 1 yes to all, 2 no, 3 no to all.
        $run = Invoke-WithUser 2 $stop @($path), @{}
        $run.Errors | Should -BeNullOrEmpty
        $run.Seen | Should -HaveCount 1
        $run.Seen[0] | Should -Match "The master .* \(there\) lives inside another process \(pwsh, process $($other.Id)\)"
        $run = Invoke-WithUser 3 $stop @($path, $ssh), @{}
        $run.Seen | Should -HaveCount 1
        # Who has asked for each question is not asked twice.
        $run = Invoke-WithUser 2 $stop @($path), @{ Confirm = $true }
        $run.Seen | Should -HaveCount 1
        Test-SshMux -ControlPath $path, $ssh -Quiet | Should -Be $true, $true
        $run = Invoke-WithUser 0 $stop @($ssh), @{}
        Test-SshMux -ControlPath $path, $ssh -Quiet | Should -Be $true, $false
    }

    It 'is ended without a question by <Way>' -ForEach @(
        @{ Way = '-Force'; Stop = { Stop-SshMux -ControlPath $args[0] -Force -ErrorAction Stop } }
        @{ Way = '-Confirm:$false'; Stop = { Stop-SshMux -ControlPath $args[0] -Confirm:$false -ErrorAction Stop } }
        @{ Way = '$ConfirmPreference'; Stop = { $ConfirmPreference = 'None'; Stop-SshMux -ControlPath $args[0] -ErrorAction Stop } }
    ) {
        $one = Start-OpenSshMaster $sshd
        & $Stop $one
        Test-Path $one | Should -BeFalse
    }

    It 'that is gone is only gone' {
        Stop-SshMux -ControlPath "$($sshd.Folder)/nowhere" -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Match '^ControlSocketMissing,'
        $dead = Start-OpenSshMaster $sshd
        $sshd.Masters[-1].Kill()
        $sshd.Masters[-1].WaitForExit()
        Stop-SshMux -ControlPath $dead -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Match '^ControlSocketStale,'
    }
}
