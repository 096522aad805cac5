# Masters whose hosts are reached over others: ProxyJump and ProxyCommand in -Options.

BeforeDiscovery {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    $canHavePassword = Test-TestPassword
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    $sshd = Start-TestSshd

    # The jump host's section comes first; what it sets counts.
    function Write-Config($Hop, [string[]] $More = @()) {
        $path = "$($sshd.Folder)/ssh_config_jump"
        @(
            'Host hop'
            "  Port $($Hop.Port)"
            "  IdentityFile $($Hop.UserKey)"
            "  UserKnownHostsFile $($Hop.KnownHosts)"
            $More
            'Match !originalhost hop'
            (Get-Content $sshd.SshConfig | Where-Object { $_ -match 'IdentityFile|UserKnownHostsFile|Port' })
            (Get-Content $sshd.SshConfig | Where-Object { $_ -notmatch 'IdentityFile|UserKnownHostsFile|Port' })
        ) | Set-Content $path
        $path
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A host behind another' {
    BeforeAll { $hop = Start-TestSshd }
    AfterEach { Get-SshMaster | Stop-SshMux }
    AfterAll { Stop-TestSshd $hop }

    It 'is reached over it' {
        $config = Write-Config $hop
        $master = New-SshMaster target -ConfigFile $config -Options @{ ProxyJump = 'hop' }
        ($master | Invoke-SshMux 'echo hi').Output | Should -Be 'hi'
        (Get-ServerFile $hop $hop.Log) -join "`n" | Should -Match 'Accepted publickey'
        $master | Stop-SshMux
        Wait-Until { @(Get-TestSshdConnection $hop).Count -eq 0 } -What "the jump host's connection has ended, too"
    }

    It 'is not, and the error names the jump host' {
        $config = Write-Config $hop
        $failed = $null
        New-SshMaster target -ConfigFile $config -Options @{ ProxyJump = "hop:$(Get-FreePort)" } `
            -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -Be 'ConnectionRefused,SshMux.PowerShell.NewSshMasterCommand'
        $failed[0].Exception.Message | Should -BeLike 'jump host hop: *'
    }

    It 'is reached by a program' -Tag Unix {
        $master = New-SshMaster target -ConfigFile (Write-Config $hop) -Options @{ ProxyCommand = 'nc %h %p' }
        ($master | Invoke-SshMux 'echo hi').Output | Should -Be 'hi'
    }
}

Describe 'A jump host with a password' -Skip:(-not $canHavePassword) {
    BeforeAll {
        $hop = Start-TestSshd -Password 'pass word'
        $config = Write-Config $hop '  PreferredAuthentications password', '  PubkeyAuthentication no'
        $login = {
            param($config, $password)
            $credential = [pscredential]::new(
                [Environment]::UserName, (ConvertTo-SecureString $password -AsPlainText -Force))
            New-SshMaster target -ConfigFile $config -Options @{ ProxyJump = 'hop' } -Credential $credential
        }
    }

    AfterEach { Get-SshMaster | Stop-SshMux }
    AfterAll { Stop-TestSshd $hop }

    It 'is asked for, and not answered with the credential of the host behind it' {
        $run = Invoke-WithUser @() $login $config, 'pass word'
        $run.Errors[0].FullyQualifiedErrorId | Should -Be 'AuthenticationFailed,SshMux.PowerShell.NewSshMasterCommand'
        $run.Errors[0].Exception.Message | Should -BeLike 'jump host hop: *'

        $run = Invoke-WithUser 'pass word' $login $config, 'another'
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
    }
}
