# For Unix alone: it is about control sockets, and ssh.
# Other programs over a master, by what Get-SshMuxOption gives for each: pwsh's own remoting, ssh, scp, sftp, rsync,
# git, Ansible and VS Code's section of ssh_config. The master's path has spaces, quotes and a percent sign.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $pwsh = (Get-Process -Id $PID).Path
    $sshd = Start-TestSshd -ExtraConfig "Subsystem powershell $pwsh -sshs -NoLogo -NoProfile"
    $login = @{ ConfigFile = $sshd.SshConfig; ErrorAction = 'Stop' }
    $path = "$($sshd.Folder)/it's a `"path`" 100%"
    $m = New-SshMaster web1 @login -ControlPath $path.Replace('%', '%%')
    $there = New-Item -ItemType Directory "$($sshd.Folder)/there"
    $here = New-Item -ItemType Directory "$($sshd.Folder)/here"
    "a line" | Set-Content $here/file

    function Get-LoginCount { @(Select-String 'Accepted publickey' $sshd.Log).Count }

    function Assert-Success { if ($LASTEXITCODE) { throw "the program ended with $LASTEXITCODE" } }
}

AfterAll {
    Get-PSSession | Where-Object ComputerName -EQ web1 | Remove-PSSession
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Over one login' {
    AfterAll { Get-LoginCount | Should -Be 1 }

    It 'New-PSSession opens sessions: Invoke-Command, Copy-Item' {
        $m.ControlPath | Should -Be $path
        $all = 1..2 | ForEach-Object { New-PSSession -HostName web1 -Options (Get-SshMuxOption $m) -ErrorAction Stop }
        $ids = Invoke-Command -Session $all { [Environment]::ProcessId }
        ($ids | Sort-Object -Unique).Count | Should -Be 2
        foreach ($id in $ids) { $id | Should -BeIn (Get-ProcessTree $sshd.Process.Id) }
        Invoke-Command -Session $all[0] { $kept = 'kept' }
        Invoke-Command -Session $all[0] { $kept } | Should -Be 'kept'
        Copy-Item $here/file $there/sent -ToSession $all[0]
        Get-Content $there/sent | Should -Be 'a line'
        Copy-Item $there/sent $here/received -FromSession $all[0]
        Get-Content $here/received | Should -Be 'a line'
        $all | Remove-PSSession
        Wait-Until { $m.Sessions -eq 0 }
    }

    It 'Enter-PSSession makes the prompt a remote one' {
        @"
Import-Module '$((Get-Module SshMux).ModuleBase)'
`$s = New-PSSession -HostName web1 -Options (Get-SshMuxOption -ControlPath '$($path.Replace("'", "''"))')
Enter-PSSession `$s
"remote: `$PID of `$((Get-Process -Id `$PID).Parent.Name)"
Exit-PSSession
"@ | & $pwsh -NoProfile -NoLogo -Command - 2>&1 | Out-String | Should -Match 'remote: \d+ of sshd'
    }

    It 'Invoke-SshMux runs beside them, and ssh: <Name>' -TestCases @(
        @{ Name = 'ssh'; Script = { ssh (Get-SshMuxOption $m -For Ssh) web1 'echo hi' | Should -Be 'hi' } }
        @{ Name = 'scp'; Script = {
                scp -q (Get-SshMuxOption $m -For Scp) $here/file "web1:$there/scp"
                Assert-Success
                Get-Content $there/scp | Should -Be 'a line'
            }
        }
        @{ Name = 'sftp'; Script = {
                "put $here/file $there/sftp" | sftp -q -b - (Get-SshMuxOption $m -For Sftp) web1
                Assert-Success
                Get-Content $there/sftp | Should -Be 'a line'
            }
        }
        @{ Name = 'rsync'; Script = {
                rsync -a -e (Get-SshMuxOption $m -For Rsync) $here/ "web1:$there/rsync/"
                Assert-Success
                Get-Content $there/rsync/file | Should -Be 'a line'
            }
        }
        @{ Name = 'git'; Script = {
                git init -q --bare $there/repo.git
                try {
                    $env:GIT_SSH_COMMAND = Get-SshMuxOption $m -For Git
                    git ls-remote "web1:$there/repo.git" | Should -BeNullOrEmpty
                    Assert-Success
                    git -c init.defaultBranch=main clone -q "web1:$there/repo.git" $here/repo 2>&1
                    Assert-Success
                }
                finally { $env:GIT_SSH_COMMAND = $null }
                Test-Path $here/repo/.git | Should -BeTrue
            }
        }
        @{ Name = 'Ansible'; Script = {
                @{ all = @{ hosts = @{ web1 = @{ ansible_ssh_common_args = Get-SshMuxOption $m -For Ansible } } } } |
                    ConvertTo-Json -Depth 5 | Set-Content $here/inventory.yaml
                try {
                    $env:ANSIBLE_HOME = "$($sshd.Folder)/ansible"
                    $env:ANSIBLE_REMOTE_TEMP = "$($sshd.Folder)/ansible/remote"
                    ansible -i $here/inventory.yaml web1 -m ping | Out-String | Should -Match '"pong"'
                }
                finally { $env:ANSIBLE_HOME = $env:ANSIBLE_REMOTE_TEMP = $null }
            }
        }
        @{ Name = 'VS Code'; Script = {
                Get-SshMuxOption $m -For VSCode | Set-Content $here/config
                ssh -F $here/config -T web1-sshmux 'echo hi' | Should -Be 'hi'
            }
        }
    ) {
        & $Script
        (Invoke-SshMux -Master $m 'echo hi').Output | Should -Be 'hi'
    }
}

Describe 'Get-SshMuxOption -HostName' {
    BeforeAll {
        $config = "$here/settings"
        @"
Host web1
  User deploy
  Port 2022
  IdentityFile ~/.ssh/one
  IdentityFile ~/.ssh/two
Host *
  ServerAliveInterval 1m
"@ | Set-Content $config
    }

    It 'shows what a file says of a host, and in which line' {
        $user = Get-SshMuxOption -HostName web1 -ConfigFile $config -Keyword user
        $user.PSTypeNames[0] | Should -Be 'SshMux.HostSetting'
        "$user" | Should -Be 'User deploy'
        $user.Source, $user.File, $user.Line | Should -Be "${config}:2", $config, 2
        (Get-SshMuxOption -HostName web1 -ConfigFile $config -Keyword IdentityFile).Line | Should -Be 4, 5
        (Get-SshMuxOption -HostName web2 -ConfigFile $config -Keyword Server*Interval).Value | Should -Be '60'
    }

    It 'tells options and defaults from it' {
        $all = Get-SshMuxOption -HostName me@web1 -ConfigFile $config -Options @{ Port = 4 }
        $all.Count | Should -BeGreaterThan 70
        ($all | Where-Object Keyword -In User, Port).Source | Should -Be 'command line', 'command line'
        $compression = $all | Where-Object Keyword -EQ Compression
        $compression.Value, $compression.Source, $compression.Line | Should -Be 'no', 'default', $null
    }

    It 'takes hosts by property name, and is one error for each that is wrong' {
        $given = [pscustomobject]@{ HostName = 'web1' }, [pscustomobject]@{ HostName = 'a b' }
        $found = $given | Get-SshMuxOption -ConfigFile $config -Keyword HostName -ErrorVariable failure -ErrorAction SilentlyContinue
        $found.Value | Should -Be 'web1'
        $failure[0].FullyQualifiedErrorId | Should -Be 'ConfigurationInvalid,SshMux.PowerShell.GetSshMuxOptionCommand'
    }

    It 'says file and line of what is wrong' {
        'Port 1', 'Prt 22', 'Compression maybe' | Set-Content "$here/wrong"
        { Get-SshMuxOption -HostName web1 -ConfigFile "$here/wrong" -ErrorAction Stop } | Should -Throw (
            "$here/wrong: line 2: Bad configuration option: prt; did you mean Port?; " +
            "$here/wrong line 3: unsupported option `"maybe`"; it can be yes, no; *")
    }

    It 'starts no ssh' {
        $bin = New-Item -ItemType Directory "$here/bin"
        "#!/bin/sh`necho >> $here/started" | Set-Content $bin/ssh
        chmod +x $bin/ssh
        $old = $env:PATH
        try {
            $env:PATH = "${bin}:$old"
            Get-SshMuxOption -HostName web1 -ConfigFile $config | Should -Not -BeNullOrEmpty
            (Invoke-SshMux -HostName web1 -ConfigFile $sshd.SshConfig 'echo hi').Output | Should -Be 'hi'
        } finally { $env:PATH = $old }
        "$here/started" | Should -Not -Exist
    }
}

Describe 'Get-SshMuxOption' {
    It 'gives a hashtable that can be added to' {
        $options = Get-SshMuxOption $m
        $options | Should -BeOfType hashtable
        $options.Keys | Sort-Object | Should -Be 'ControlMaster', 'ControlPath', 'ProxyCommand'
        $options.Compression = 'no'
        (Get-SshMuxOption -ControlPath $path).ControlPath | Should -Be $options.ControlPath
        ($m.Name, $m | Get-SshMuxOption).Count | Should -Be 2
    }

    It "leads to OpenSSH's master, too" {
        $other = Start-OpenSshMaster $sshd
        $before = Get-LoginCount
        ssh (Get-SshMuxOption -ControlPath $other -For Ssh) x 'echo hi' | Should -Be 'hi'
        Get-LoginCount | Should -Be $before
    }

    It 'says that there is no such master' {
        Get-SshMuxOption nobody -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'MasterNotFound,*'
        Get-SshMuxOption -ControlPath $here/none -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'ControlSocketMissing,*'
    }

    It 'refuses a path that ssh would take for something else' {
        $odd = New-SshMaster web1 @login
        Move-Item $odd.ControlPath "$here/`${HOME}"
        try {
            Get-SshMuxOption -ControlPath "$here/`${HOME}" -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'ControlPathInvalid,*'
        }
        finally { Stop-SshMux $odd; Remove-Item "$here/`${HOME}" -ErrorAction Ignore }
    }
}

Describe 'Without its master' {
    BeforeAll {
        $gone = New-SshMaster web2 @login
        $options = Get-SshMuxOption $gone
        $arguments = Get-SshMuxOption $gone -For Ssh
        Stop-SshMux $gone
        $logins = Get-LoginCount
    }

    AfterAll { Get-LoginCount | Should -Be $logins }

    It 'ssh makes no login of its own, and says why' {
        ssh -F $sshd.SshConfig $arguments web2 true 2>&1 | Out-String |
            Should -Match 'the master at the ControlPath has ended or refused: no other login is made'
        $LASTEXITCODE | Should -Be 255
    }

    It 'New-PSSession fails' {
        { New-PSSession -HostName web2 -Options $options -ErrorAction Stop } | Should -Throw '*SSH*'
    }

    It 'Get-SshMuxOption says that it has ended' {
        Get-SshMuxOption $gone -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -Be 'ControlSocketMissing,SshMux.PowerShell.GetSshMuxOptionCommand'
        "$failure" | Should -Match 'the master was stopped'
    }
}
