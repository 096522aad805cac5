# Logins with certificates, and what -Credential answers.

BeforeDiscovery {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/AskingServer.psm1
    $canAsk = Test-AskingServer
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/AskingServer.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    $sshd = Start-TestSshd
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A key' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'logs in: <_>' -ForEach 'ed25519', 'ecdsa', 'rsa' {
        $key = New-TestKey "$($sshd.Folder)/key_$_" $_
        Add-AuthorizedKey $sshd (Get-Content "$key.pub")
        $config = "$($sshd.Folder)/ssh_config_key"
        (Get-Content $sshd.SshConfig) -notmatch 'IdentityFile' | Set-Content $config
        $m = New-SshMaster localhost -ConfigFile $config -KeyFilePath $key -ErrorAction Stop
        (Invoke-SshMux -Master $m 'echo hi').Output | Should -Be 'hi'
    }
}

Describe 'A certificate' -Tag Unix {
    BeforeAll {
        $folder = New-TestFolder
        $authority = New-TestKey "$folder/ca"
        $key = New-TestKey "$folder/key"
        $server = Start-TestSshd "TrustedUserCAKeys $authority.pub"
        $config = "$folder/ssh_config"
        (Get-Content $server.SshConfig) -notmatch 'IdentityFile' | Set-Content $config

        function New-Certificate([string] $Principal, [string] $Validity = '+1d') {
            & ssh-keygen -q -s $authority -I 'a test' -n $Principal -V $Validity "$key.pub"
        }
    }

    AfterEach { Get-SshMaster | Stop-SshMux }

    AfterAll {
        Stop-TestSshd $server
        Remove-Item -Recurse $folder
    }

    It 'beside the key of -KeyFilePath logs in' {
        New-Certificate $server.UserName
        $m = New-SshMaster localhost -ConfigFile $config -KeyFilePath $key -ErrorAction Stop
        (Invoke-SshMux -Master $m 'echo hi').Output | Should -Be 'hi'
        Get-Content $server.Log -Raw | Should -Match 'Accepted publickey .* ED25519-CERT .* ID a test'
    }

    It 'of the CertificateFile logs in' {
        New-Certificate $server.UserName
        Move-Item "$key-cert.pub" "$folder/elsewhere.pub" -Force
        $m = New-SshMaster localhost -ConfigFile $config -KeyFilePath $key -ErrorAction Stop `
            -Options @{ CertificateFile = "$folder/elsewhere.pub" }
        $m.State | Should -Be 'Open'
    }

    It 'that is for another user does not, and the error says for whom it is' {
        New-Certificate 'somebody-else'
        New-SshMaster localhost -ConfigFile $config -KeyFilePath $key -ErrorVariable failed `
            -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -Be 'AuthenticationFailed,SshMux.PowerShell.NewSshMasterCommand'
        $failed[0].Exception.Message | Should -BeLike '*key-cert.pub (it is for somebody-else*'
    }

    It 'that has expired does not, and the error says so' {
        New-Certificate $server.UserName '20200101:20200102'
        New-SshMaster localhost -ConfigFile $config -KeyFilePath $key -ErrorVariable failed `
            -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].Exception.Message | Should -BeLike '*key-cert.pub (it expired*'
    }
}

Describe '-Credential' -Skip:(-not $canAsk) {
    BeforeEach { $server = Start-AskingServer }

    AfterEach {
        Get-SshMaster | Stop-SshMux
        Stop-AskingServer $server
    }

    BeforeAll {
        $login = {
            param($config, $user)
            $password = ConvertTo-SecureString 'old password' -AsPlainText -Force
            New-SshMaster localhost -ConfigFile $config -Credential ([pscredential]::new($user, $password))
        }
    }

    It 'answers for a password that has expired, and the user for the new one' {
        $run = Invoke-WithUser 'new password', 'a slip', 'new password', 'new password' $login $server.SshConfig, 'me'
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        $run.Seen -match 'new password$' | Should -HaveCount 4
        $run.Seen | Should -Contain 'Your password has expired.'
    }

    It 'is not enough for a password that has expired where nobody can be asked' {
        $run = Invoke-WithUser @() $login $server.SshConfig, 'me'
        $run.Errors | Should -HaveCount 1
        $run.Errors[0].FullyQualifiedErrorId | Should -Be 'AuthenticationFailed,SshMux.PowerShell.NewSshMasterCommand'
        $run.Errors[0].Exception.Message | Should -BeLike '*the new password that the server demands*'
    }

    It 'answers for the password that keyboard-interactive asks for, and not for the code' {
        $run = Invoke-WithUser '123456' $login $server.SshConfig, 'kbd'
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        $run.Seen | Should -Be '(kbd@localhost) Verification code'
    }

    It 'answers for the current password there, and never for a new one' {
        $run = Invoke-WithUser 'new password', 'new password' $login $server.SshConfig, 'expired'
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open'
        $run.Seen -match 'password$' | Should -Be @(
            '(expired@localhost) New password', '(expired@localhost) Retype new password')
    }
}

Describe 'A key exchange that is not post-quantum' {
    BeforeAll { $server = Start-TestSshd 'KexAlgorithms curve25519-sha256' }

    AfterEach { Get-SshMaster | Stop-SshMux }

    AfterAll { Stop-TestSshd $server }

    It 'is warned of once, in the words of ssh, by a master here and in the background' {
        foreach ($options in @{}, @{ Background = $true }) {
            if ($IsWindows -and $options.Background) { continue }
            $null = New-SshMaster localhost -ConfigFile $server.SshConfig @options `
                -WarningVariable said -WarningAction SilentlyContinue
            "$said" | Should -BeLike '*WARNING: connection is not using a post-quantum key exchange algorithm.*'
            $said.Count | Should -Be 1
            Get-SshMaster | Stop-SshMux
        }
    }

    It 'is not warned of when the user has said so, or chosen the methods' {
        foreach ($options in @{ WarnWeakCrypto = 'no' }, @{ KexAlgorithms = 'curve25519-sha256' }) {
            $null = New-SshMaster localhost -ConfigFile $server.SshConfig -Options $options -WarningVariable said
            $said | Should -BeNullOrEmpty
            Get-SshMaster | Stop-SshMux
        }
    }

    It 'is not warned of where there is one' {
        $null = New-SshMaster localhost -ConfigFile $sshd.SshConfig -WarningVariable said
        $said | Should -BeNullOrEmpty
    }
}
