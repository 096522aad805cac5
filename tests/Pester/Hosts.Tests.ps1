# New-SshMaster with several hosts, which it connects side by side.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $login = @{ ConfigFile = $sshd.SshConfig }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Hosts' {
    AfterEach { Get-SshMaster | Where-Object InThisProcess | Stop-SshMux }

    It 'are taken from a list and from the pipeline' {
        (New-SshMaster one, two @login).HostName | Sort-Object | Should -Be 'one', 'two'
        ('three', 'four' | New-SshMaster @login).HostName | Sort-Object | Should -Be 'four', 'three'
        (Get-SshMaster).Name | Sort-Object -Unique | Should -HaveCount 4
    }

    It 'are taken from objects by the properties <Names>' -TestCases @(
        @{ Names = 'HostName, UserName, Port'; Property = 'HostName' }
        @{ Names = 'ComputerName, UserName, Port'; Property = 'ComputerName' }
    ) {
        $config = "$($sshd.Folder)/ssh_config_bare"
        (Get-Content $sshd.SshConfig) -notmatch '^  (User|Port) ' | Set-Content $config
        # As Import-Csv gives them.
        $rows = "$Property,UserName,Port`none,$($sshd.UserName),$($sshd.Port)`ntwo,$($sshd.UserName),$($sshd.Port)" |
            ConvertFrom-Csv
        $all = $rows | New-SshMaster -ConfigFile $config -ErrorAction Stop
        $all.HostName | Sort-Object | Should -Be 'one', 'two'
        $all.Port | Should -Be $sshd.Port, $sshd.Port
    }

    It 'are reached whatever their section says of commands and the background' {
        $config = "$($sshd.Folder)/ssh_config_command"
        'Host *', '  ForkAfterAuthentication yes', '  RemoteCommand echo configured', "Include $($sshd.SshConfig)" |
            Set-Content $config
        (New-SshMaster one -ConfigFile $config -ErrorAction Stop).State | Should -Be 'Open'
        (Invoke-SshMux -HostName two 'echo mine' -ConfigFile $config -ErrorAction Stop).Output | Should -Be 'mine'
        (Invoke-SshMux -HostName two -Subsystem sftp -ConfigFile $config -InputObject '' -ErrorAction Stop).ExitStatus |
            Should -Not -BeNullOrEmpty
    }

    It 'are said to lack what a login does without' {
        $m = New-SshMaster one @login -Options @{ PKCS11Provider = '/lib/x.so' } -WarningVariable warnings 3> $null
        $m.State | Should -Be 'Open'
        "$warnings" | Should -BeLike 'PKCS11Provider is not supported: *'
        Invoke-SshMux 'true' -Master $m -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
    }

    It 'are taken from masters that have ended' {
        $m = New-SshMaster one @login
        Stop-TestSshdConnection $sshd
        Wait-Until { $m.State -eq 'Ended' }
        $again = Get-SshMaster | Where-Object State -EQ Ended | New-SshMaster @login
        $again.HostName | Should -Be 'one'
        $again.State | Should -Be 'Open'
    }

    It 'are not made of any object' {
        $Error.Clear()
        [pscustomobject]@{ Server = 'one' } | New-SshMaster @login -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $Error | Should -HaveCount 1
        $Error[0].FullyQualifiedErrorId | Should -BeLike '*,SshMux.PowerShell.NewSshMasterCommand'
    }

    It 'are connected side by side: one that hangs holds up nobody, and Ctrl-C leaves nothing of it' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $shell = New-Shell {
            param($config, $hanging)
            New-SshMaster $hanging, one, two -ConfigFile $config
        } $sshd.SshConfig, "ssh://127.0.0.1:$($listener.LocalEndpoint.Port)"
        try {
            $output = [Management.Automation.PSDataCollection[psobject]]::new()
            $null = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
            Wait-Until { $output.Count -eq 2 } -Seconds 60
            $output.ReadAll().HostName | Sort-Object | Should -Be 'one', 'two'
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
            Get-SshMaster | Should -HaveCount 2
            $client = $listener.AcceptSocket()
            $client.ReceiveTimeout = 30000
            # The line of our version, then the end.
            $buffer = [byte[]]::new(4096)
            while ($client.Receive($buffer)) { }
            $client.Dispose()
        }
        finally {
            $shell.Dispose()
            $listener.Stop()
        }
    }

    It 'log in no more than -ThrottleLimit at a time' {
        $listeners = 1..2 | ForEach-Object {
            $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
            $listener.Start()
            $listener
        }
        $shell = New-Shell {
            param($hosts)
            New-SshMaster $hosts -ConfigFile none -ThrottleLimit 1
        } (, $listeners.ForEach{ "ssh://127.0.0.1:$($_.LocalEndpoint.Port)" })
        try {
            $null = $shell.BeginInvoke()
            Wait-Until { $listeners.Where{ $_.Pending() } } -Seconds 60
            $first = $listeners.Where{ $_.Pending() }
            $first | Should -HaveCount 1
            $other = $listeners.Where{ $_ -ne $first[0] }[0]
            $other.Pending() | Should -BeFalse
            $first[0].AcceptSocket().Dispose()
            Wait-Until { $other.Pending() } -Seconds 60
        }
        finally {
            $shell.Stop()
            $shell.Dispose()
            $listeners.Stop()
        }
    }

    It 'that fail have one error each, which names them, and use up no number' {
        $port = Get-FreePort
        $before = [int]((New-SshMaster one @login).Name -replace '\D')
        $bad = "ssh://127.0.0.1:$port", "ssh://x@127.0.0.1:$port"
        $m = $bad[0], 'two', $bad[1] | New-SshMaster @login -ErrorAction SilentlyContinue -ErrorVariable failures
        $m.Name | Should -Be "Master$($before + 1)"
        $failures | Should -HaveCount 2
        $failures.TargetObject | Sort-Object | Should -Be ($bad | Sort-Object)
        foreach ($failure in $failures) { $failure.Exception.Message | Should -BeLike "$($failure.TargetObject): *" }
        (New-SshMaster three @login).Name | Should -Be "Master$($before + 2)"
    }

    It 'that fail after the login, or were stopped, use up no number' {
        $before = [int]((New-SshMaster one @login).Name -replace '\D')
        $options = @{ LocalForward = "$($sshd.Port) localhost:1"; ExitOnForwardFailure = $true }
        New-SshMaster two @login -Options $options -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        (New-SshMaster three @login).Name | Should -Be "Master$($before + 1)"
    }

    It 'can be given to a command that wants no more of them' {
        $m = 1..5 | ForEach-Object { "host$_" } | New-SshMaster @login | Select-Object -First 1
        $m.State | Should -Be 'Open'
        Wait-Until { @(Get-TestSshdConnection $sshd).Count -gt 0 }
        $m | Stop-SshMux
        (Get-SshMaster).Where{ $_.State -ne 'Open' } | Should -BeNullOrEmpty
    }
}

Describe '-Name' {
    AfterEach { Get-SshMaster | Where-Object InThisProcess | Stop-SshMux }

    It 'has one name for each host' {
        $all = New-SshMaster one, two @login -Name first, second
        $all | Sort-Object HostName | ForEach-Object Name | Should -Be 'first', 'second'
    }

    It 'with fewer or more names than hosts ends before any login' {
        { New-SshMaster one, two @login -Name only } | Should -Throw -ErrorId 'InvalidInput,*' `
            -ExpectedMessage '-Name has 1 name for 2 hosts; give one for each host, or none'
        { New-SshMaster one @login -Name a, b } | Should -Throw -ErrorId 'InvalidInput,*'
        Get-SshMaster | Should -BeNullOrEmpty
    }

    It 'is used up by hosts from the pipeline, and those after are errors' {
        $m = 'one', 'two' | New-SshMaster @login -Name only -ErrorAction SilentlyContinue -ErrorVariable failed
        $m.Name | Should -Be 'only'
        $failed | Should -HaveCount 1
        $failed[0].TargetObject | Should -Be 'two'
    }

    It 'is not given twice' {
        $m = New-SshMaster one, two @login -Name same, SAME -ErrorAction SilentlyContinue -ErrorVariable failed
        $m | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'MasterNameInUse,SshMux.PowerShell.NewSshMasterCommand'
    }
}

Describe 'A living master' -Tag Unix {
    AfterEach { Get-SshMaster | Where-Object InThisProcess | Stop-SshMux }

    It 'at the configured ControlPath is used' {
        $options = @{ ControlPath = "$($sshd.Folder)/shared-%n" }
        $m = New-SshMaster one @login -Options $options
        $again, $said = New-SshMaster one @login -Options $options -Verbose 4>&1 |
            Sort-Object { $_ -is [Management.Automation.VerboseRecord] }
        [object]::ReferenceEquals($again.PSObject.BaseObject, $m.PSObject.BaseObject) | Should -BeTrue
        "$said" | Should -Match ([regex]::Escape("using the master at $($m.ControlPath)"))
        @(Get-TestSshdConnection $sshd).Count | Should -BeGreaterThan 0
        Get-SshMaster | Should -HaveCount 1
    }

    It 'at the configured ControlPath is used once for a host that is named twice' {
        $options = @{ ControlPath = "$($sshd.Folder)/twice-%n" }
        $all = New-SshMaster one, one @login -Options $options
        $all | Should -HaveCount 2
        Get-SshMaster | Should -HaveCount 1
    }

    It 'of another program is used, and not ended with this process''s masters' {
        $path = Start-OpenSshMaster $sshd
        $m = New-SshMaster one @login -Options @{ ControlPath = $path } -ErrorAction Stop
        $m.InThisProcess | Should -BeFalse
        $m.ProcessId | Should -Be $sshd.Masters[-1].Id
        $m.HostName | Should -Be 'one'
        ($m | Invoke-SshMux 'echo hi').Output | Should -Be 'hi'
    }

    It 'at -ControlPath is used with ControlMaster auto' {
        $path = "$($sshd.Folder)/auto"
        $m = New-SshMaster one @login -ControlPath $path -Options @{ ControlMaster = 'auto' }
        $again = New-SshMaster one @login -ControlPath $path -Options @{ ControlMaster = 'auto' } -ErrorAction Stop
        $again.Name | Should -Be $m.Name
    }

    It 'at -ControlPath is an error without, which says how to use it' {
        $path = "$($sshd.Folder)/plain"
        $m = New-SshMaster one @login -ControlPath $path
        New-SshMaster one @login -ControlPath $path -ErrorAction SilentlyContinue -ErrorVariable failed |
            Should -BeNullOrEmpty
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'ControlSocketInUse,SshMux.PowerShell.NewSshMasterCommand'
        $failed[0].Exception.Message | Should -BeLike "a master (process $PID) listens at $path already.*ControlMaster*"
        $m.State | Should -Be 'Open'
    }

    It 'that has another name than was asked for is used with a warning' {
        $options = @{ ControlPath = "$($sshd.Folder)/named-%n" }
        $m = New-SshMaster one @login -Name first -Options $options
        $again = New-SshMaster one @login -Name second -Options $options -WarningAction SilentlyContinue `
            -WarningVariable said
        $again.Name | Should -Be 'first'
        "$said" | Should -BeLike "*it is called 'first', not 'second'"
    }

    It 'that does not live any more is replaced' {
        $path = Start-OpenSshMaster $sshd
        $sshd.Masters[-1].Kill()
        $sshd.Masters[-1].WaitForExit()
        $m = New-SshMaster one @login -Options @{ ControlPath = $path } -ErrorAction Stop
        $m.InThisProcess | Should -BeTrue
    }
}

Describe 'Questions of several hosts' {
    BeforeAll {
        $known = "$($sshd.Folder)/known_hosts_many"
        $options = @{ UserKnownHostsFile = $known; StrictHostKeyChecking = 'ask' }
        $open = { param($config, $options) New-SshMaster one, two -ConfigFile $config -Options $options }
    }

    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'are asked one after the other, each with its host' {
        $run = Invoke-WithUser 1, 1 $open $sshd.SshConfig, $options
        $run.Captions | Sort-Object | Should -Be 'one', 'two'
        $run.Errors | Should -HaveCount 2
        $run.Errors.ForEach{ $_.Exception.Message -replace ' .*' } | Sort-Object | Should -Be 'one:', 'two:'
        $run.Errors.ForEach{ $_.FullyQualifiedErrorId -replace ',.*' } | Should -Be 'HostKeyUnknown', 'HostKeyUnknown'
    }

    It 'about one key are asked once' {
        $key = New-TestKey "$($sshd.Folder)/shared_key" ed25519 'open sesame'
        Add-AuthorizedKey $sshd (Get-Content "$key.pub")
        $config = "$($sshd.Folder)/ssh_config_shared"
        (Get-Content $sshd.SshConfig) -replace 'user_key', 'shared_key' | Set-Content $config
        $run = Invoke-WithUser 'wrong', 'open sesame' $open $config, @{}
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.State | Should -Be 'Open', 'Open'
        $run.Seen -match 'passphrase' | Should -HaveCount 2
    }
}

Describe 'A question' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'about the agent has choices of its own' -Tag Unix {
        $socket = "$($sshd.Folder)/agent"
        $agent = Start-Process ssh-agent '-D', '-a', $socket -PassThru -RedirectStandardOutput /dev/null
        try {
            Wait-Until { & env "SSH_AUTH_SOCK=$socket" ssh-add -l *> $null; $LASTEXITCODE -eq 1 } -What 'the agent listens'
            $options = @{ IdentityAgent = $socket; AddKeysToAgent = 'ask' }
            $run = Invoke-WithUser 0 {
                param($config, $options) New-SshMaster one -ConfigFile $config -Options $options
            } $sshd.SshConfig, $options
            $run.Errors | Should -BeNullOrEmpty
            $run.Seen | Should -Contain "Add key $($sshd.UserKey) (test) to agent?"
            "$($run.Choices)" | Should -Match 'agent'
            "$($run.Choices)" | Should -Not -Match 'known_hosts'
            & env "SSH_AUTH_SOCK=$socket" ssh-add -l | Should -Match 'ED25519'
        }
        finally { Stop-Process $agent }
    }

    It 'about a host key has choices of its own' {
        $run = Invoke-WithUser 1 {
            param($config, $options) New-SshMaster one -ConfigFile $config -Options $options
        } $sshd.SshConfig, @{ UserKnownHostsFile = "$($sshd.Folder)/none"; StrictHostKeyChecking = 'ask' }
        "$($run.Choices)" | Should -Match 'known_hosts'
    }
}

Describe 'Progress' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'is shown when it takes a while, and taken away' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $shell = New-Shell {
            param($config, $hanging)
            New-SshMaster $hanging, one -ConfigFile $config
        } $sshd.SshConfig, "ssh://127.0.0.1:$($listener.LocalEndpoint.Port)"
        try {
            $null = $shell.BeginInvoke()
            $records = $shell.Streams.Progress
            $waiting = '1 of 2 connected, waiting for ssh://*'
            Wait-Until { $records.Where{ $_.StatusDescription -like $waiting } } -Seconds 60
            $records[-1].PercentComplete | Should -Be 50
            $listener.AcceptSocket().Dispose()
            Wait-Until { $records[-1].RecordType -eq 'Completed' } -Seconds 60
            $records.Where{ $_.StatusDescription -eq '1 of 2 connected, 1 failed' } | Should -Not -BeNullOrEmpty
        }
        finally {
            $shell.Stop()
            $shell.Dispose()
            $listener.Stop()
        }
    }
}
