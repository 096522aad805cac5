# For Unix alone: the agent is at a socket.
# The agent of this machine in sessions of cmdlets.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $agentSocket = "$($sshd.Folder)/agent"
    $agent = Start-Process ssh-agent '-D', '-a', $agentSocket -PassThru -RedirectStandardOutput /dev/null
    Wait-Until { & env "SSH_AUTH_SOCK=$agentSocket" ssh-add -l *> $null; $LASTEXITCODE -eq 1 } -What 'the agent listens'
    & env "SSH_AUTH_SOCK=$agentSocket" ssh-add -q $sshd.UserKey
    $forwarding = @{ ConfigFile = $sshd.SshConfig; Options = @{ ForwardAgent = $agentSocket } }
}

AfterAll {
    Stop-Process $agent
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'ForwardAgent' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'of New-SshMaster is for every command, and for ssh -S that asks' {
        $m = New-SshMaster localhost @forwarding
        (Invoke-SshMux -Master $m 'ssh-add -l').Output | Should -Match 'ED25519'
        & ssh -F none -S $m.ControlPath -o ProxyCommand=false -A x 'ssh-add -l' | Should -Match 'ED25519'
    }

    It 'is for commands that find the master of another program, too' {
        $path = Start-OpenSshMaster $sshd -Option '-o', "ForwardAgent=$agentSocket"
        $options = @{ ForwardAgent = $agentSocket; ControlPath = $path }
        (Invoke-SshMux -HostName localhost -ConfigFile $sshd.SshConfig -Options $options 'ssh-add -l').Output |
            Should -Match 'ED25519'
    }

    It 'without it there is no agent' {
        $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
        (Invoke-SshMux -Master $m 'echo ${SSH_AUTH_SOCK:-none}').Output | Should -Be 'none'
    }
}
