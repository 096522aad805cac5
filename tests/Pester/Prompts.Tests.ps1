# Questions go through the PowerShell host: passphrases, passwords, host keys.

BeforeDiscovery {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    $canHavePassword = Test-TestPassword
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $key = New-TestKey (Join-Path $sshd.Folder encrypted) ed25519 'open sesame'
    Add-AuthorizedKey $sshd (Get-Content "$key.pub")

    $login = {
        param($config, $options)
        New-SshMaster localhost -ConfigFile $config -Options $options
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A passphrase' {
    BeforeAll {
        $config = "$($sshd.Folder)/ssh_config_encrypted"
        (Get-Content $sshd.SshConfig) -replace 'user_key', 'encrypted' | Set-Content $config
    }

    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'is asked for, and asked for again if it is wrong' {
        $run = Invoke-WithUser 'wrong', 'open sesame' $login $config, @{}
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        $run.Seen | Should -HaveCount 2
        $run.Seen[0] | Should -Be "Enter passphrase for key '$key'"
    }

    It 'that nobody gives ends the login with an error' {
        $run = Invoke-WithUser @() $login $config, @{}
        $run.Output | Should -BeNullOrEmpty
        $run.Errors | Should -HaveCount 1
        $run.Errors[0].FullyQualifiedErrorId | Should -Be 'KeyUnusable,SshMux.PowerShell.NewSshMasterCommand'
    }
}

Describe 'An unknown host key' {
    BeforeAll {
        $known = "$($sshd.Folder)/known_hosts_asked"
        $options = @{ UserKnownHostsFile = $known; StrictHostKeyChecking = 'ask' }
    }

    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'that the user refuses is an error' {
        $run = Invoke-WithUser 1 $login $sshd.SshConfig, $options
        $run.Errors[0].FullyQualifiedErrorId | Should -Be 'HostKeyUnknown,SshMux.PowerShell.NewSshMasterCommand'
        $run.Seen[0] | Should -Match '(?s)authenticity.*SHA256:.*continue connecting\?$'
        Test-Path $known | Should -BeFalse
    }

    It 'where nobody can be asked is an error' {
        $run = Invoke-WithUser @() $login $sshd.SshConfig, $options
        $run.Errors[0].FullyQualifiedErrorId | Should -Be 'HostKeyUnknown,SshMux.PowerShell.NewSshMasterCommand'
    }

    It 'that the user takes is kept' {
        $run = Invoke-WithUser 0 $login $sshd.SshConfig, $options
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        $run.Seen[-1] | Should -Match 'Permanently added'
        Get-Content $known | Should -HaveCount 1
        (Invoke-WithUser @() $login $sshd.SshConfig, $options).Output.State | Should -Be 'Open'
    }
}

Describe 'A password' -Skip:(-not $canHavePassword) {
    BeforeAll {
        $server = Start-TestSshd -Password 'pass word'
        $options = @{ PreferredAuthentications = 'password'; PubkeyAuthentication = $false }
        $withCredential = {
            param($config, $options, $user, $password)
            $credential = [pscredential]::new($user, (ConvertTo-SecureString $password -AsPlainText -Force))
            New-SshMaster localhost -ConfigFile $config -Options $options -Credential $credential
        }
    }

    AfterEach { Get-SshMaster | Stop-SshMux }
    AfterAll { Stop-TestSshd $server }

    It 'is asked for' {
        $run = Invoke-WithUser 'wrong', 'pass word' $login $server.SshConfig, $options
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        $run.Seen -match 'password' | Should -HaveCount 2
    }

    It 'comes from -Credential without a question' {
        $run = Invoke-WithUser @() $withCredential $server.SshConfig, $options, $server.UserName, 'pass word'
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
    }

    It 'comes from -Credential for a master in the background, too' -Tag Unix {
        $inBackground = [scriptblock]::Create("$withCredential".Replace('-Options', '-Background -Options'))
        $arguments = $server.SshConfig, $options, $server.UserName
        $run = Invoke-WithUser @() $inBackground ($arguments + 'wrong')
        $run.Errors[0].FullyQualifiedErrorId | Should -Be 'AuthenticationFailed,SshMux.PowerShell.NewSshMasterCommand'
        $run = Invoke-WithUser @() $inBackground ($arguments + 'pass word')
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        Get-Content "/proc/$($run.Output.ProcessId)/environ" -Raw | Should -Not -Match 'pass word'
        Get-Content "/proc/$($run.Output.ProcessId)/cmdline" -Raw | Should -Not -Match 'pass word'
    }

    It 'that is wrong in -Credential is an error, without a question' {
        $run = Invoke-WithUser 'pass word' $withCredential $server.SshConfig, $options, $server.UserName, 'wrong'
        $run.Errors[0].FullyQualifiedErrorId | Should -Be 'AuthenticationFailed,SshMux.PowerShell.NewSshMasterCommand'
        $run.Seen -match 'password' | Should -BeNullOrEmpty
    }

    It 'has the user of the credential' {
        $config = "$($server.Folder)/ssh_config_without_user"
        Get-Content $server.SshConfig | Where-Object { $_ -notmatch '^  User ' } | Set-Content $config
        $run = Invoke-WithUser @() $withCredential $config, $options, 'somebody', 'pass word'
        $run.Errors[0].Exception.Message | Should -Match 'somebody'
    }
}
