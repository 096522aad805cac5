# The agent of this machine, in logins and in sessions of cmdlets.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $agent = Start-TestAgent $sshd
    $forwarding = @{ ConfigFile = $sshd.SshConfig; Options = @{ ForwardAgent = $agent.Path } }
}

AfterAll {
    Stop-TestAgent $agent
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'IdentityAgent' {
    It 'logs in with a key that is in no file' {
        $config = "$($sshd.Folder)/ssh_config_agent"
        (Get-Content $sshd.SshConfig) -notmatch 'IdentityFile|IdentitiesOnly|IdentityAgent' | Set-Content $config
        $m = New-SshMaster localhost -ConfigFile $config -Options @{ IdentityAgent = $agent.Path } -ErrorAction Stop
        (Invoke-SshMux -Master $m 'echo hi').Output | Should -Be 'hi'
        Stop-SshMux $m
    }
}

Describe 'ForwardAgent' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'of New-SshMaster is for every command' {
        $m = New-SshMaster localhost @forwarding
        (Invoke-SshMux -Master $m 'ssh-add -l').Output | Should -Match 'ED25519'
    }

    It 'of New-SshMaster is for ssh -S that asks' -Tag Unix {
        $m = New-SshMaster localhost @forwarding
        & ssh -F none -S $m.ControlPath -o ProxyCommand=false -A x 'ssh-add -l' | Should -Match 'ED25519'
    }

    It 'is for commands that find the master of another program, too' -Tag Unix {
        $path = Start-OpenSshMaster $sshd -Option '-o', "ForwardAgent=$($agent.Path)"
        $options = @{ ForwardAgent = $agent.Path; ControlPath = $path }
        (Invoke-SshMux -HostName localhost -ConfigFile $sshd.SshConfig -Options $options 'ssh-add -l').Output |
            Should -Match 'ED25519'
    }

    It 'is the agent of the PowerShell that runs the command, whatever a master in another process has' -Tag Unix {
        $m = New-SshMaster localhost @forwarding -Background
        $other = Start-TestAgent $sshd -Name other -Empty
        try {
            $options = @{ ForwardAgent = $other.Path; ControlPath = $m.ControlPath }
            (Invoke-SshMux -HostName localhost -ConfigFile $sshd.SshConfig -Options $options 'ssh-add -l').Output |
                Should -Be 'The agent has no identities.'
            (Invoke-SshMux -Master $m 'ssh-add -l').Output | Should -Match 'ED25519'
        }
        finally {
            Stop-TestAgent $other
        }
    }

    It 'without it there is no agent' {
        $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
        (Invoke-SshMux -Master $m 'echo ${SSH_AUTH_SOCK:-none}').Output | Should -Be 'none'
    }
}
