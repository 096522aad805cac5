# Every failure is one error with a stable ErrorId, a category, a target and a message for people.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $login = @{ ConfigFile = $sshd.SshConfig }

    # Runs a script that must give nothing but one error; gives the error.
    function Get-OnlyError([scriptblock] $Script) {
        $PSDefaultParameterValues['*:ErrorAction'] = 'SilentlyContinue'
        $Error.Clear()
        $output = & $Script
        $PSDefaultParameterValues.Remove('*:ErrorAction')
        $output | Should -BeNullOrEmpty
        $Error.Count | Should -Be 1
        $failure = $Error[0]
        $failure.Exception.Message | Should -Not -BeNullOrEmpty
        $failure.Exception.Message | Should -Not -Match '(?m)^\s+at '
        $failure
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'New-SshMaster' {
    It 'tells a wrong host name' {
        $failure = Get-OnlyError { New-SshMaster no-such-host.invalid -ConfigFile none }
        $failure.FullyQualifiedErrorId | Should -Be 'HostNotFound,SshMux.PowerShell.NewSshMasterCommand'
        $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failure.TargetObject | Should -Be 'no-such-host.invalid'
        $failure.Exception.Message | Should -Match 'no-such-host\.invalid'
    }

    It 'tells a refused port' {
        $port = Get-FreePort
        $failure = Get-OnlyError { New-SshMaster 127.0.0.1 -Port $port -ConfigFile none }
        $failure.FullyQualifiedErrorId | Should -Be 'ConnectionRefused,SshMux.PowerShell.NewSshMasterCommand'
        $failure.CategoryInfo.Category | Should -Be 'ConnectionError'
        $failure.Exception.Message | Should -Match $port
    }

    It 'tells a wrong key' {
        $key = New-TestKey "$($sshd.Folder)/other_key"
        $options = @{
            UserKnownHostsFile = $sshd.KnownHosts; HostKeyAlias = "[127.0.0.1]:$($sshd.Port)"
            IdentityAgent = 'none'; IdentitiesOnly = $true; PreferredAuthentications = 'publickey'
        }
        $failure = Get-OnlyError {
            New-SshMaster localhost -ConfigFile none -Port $sshd.Port -KeyFilePath $key -Options $options
        }
        $failure.FullyQualifiedErrorId | Should -Be 'AuthenticationFailed,SshMux.PowerShell.NewSshMasterCommand'
        $failure.CategoryInfo.Category | Should -Be 'AuthenticationError'
    }

    It 'tells a key file that is not there, and one that is no key' {
        $failure = Get-OnlyError { New-SshMaster localhost @login -KeyFilePath "$($sshd.Folder)/nowhere" }
        $failure.FullyQualifiedErrorId | Should -Be 'KeyUnusable,SshMux.PowerShell.NewSshMasterCommand'
    }

    It 'tells a changed host key' {
        $changed = "$($sshd.Folder)/known_hosts_changed"
        "[127.0.0.1]:$($sshd.Port) $(Get-Content "$($sshd.Folder)/user_key.pub")" | Set-Content $changed
        $failure = Get-OnlyError { New-SshMaster localhost @login -Options @{ UserKnownHostsFile = $changed } }
        $failure.FullyQualifiedErrorId | Should -Be 'HostKeyChanged,SshMux.PowerShell.NewSshMasterCommand'
        $failure.CategoryInfo.Category | Should -Be 'SecurityError'
        $failure.Exception.Message | Should -Match ([regex]::Escape($changed))
    }

    It 'tells an unknown host key where nobody can be asked' {
        $failure = Get-OnlyError { New-SshMaster localhost @login -Options @{
                UserKnownHostsFile = "$($sshd.Folder)/none"; StrictHostKeyChecking = 'yes' } }
        $failure.FullyQualifiedErrorId | Should -Be 'HostKeyUnknown,SshMux.PowerShell.NewSshMasterCommand'
        $failure.CategoryInfo.Category | Should -Be 'SecurityError'
    }

    It 'tells a control path that is too long' -Tag Unix {
        $failure = Get-OnlyError { New-SshMaster localhost @login -ControlPath "/tmp/$('x' * 120)" }
        $failure.FullyQualifiedErrorId | Should -Be 'ControlPathInvalid,SshMux.PowerShell.NewSshMasterCommand'
        $failure.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $failure.Exception.Message | Should -Match '%C'
    }

    It 'tells a folder for the control socket that is not there, before any login' -Tag Unix {
        $failure = Get-OnlyError { New-SshMaster no-such-host.invalid -ConfigFile none -ControlPath /tmp/no-folder/x }
        $failure.FullyQualifiedErrorId | Should -Be 'ControlPathInvalid,SshMux.PowerShell.NewSshMasterCommand'
        $failure.Exception.Message | Should -Match '/tmp/no-folder; create it'
    }

    It 'tells a control path that is taken' -Tag Unix {
        $path = "$($sshd.Folder)/taken"
        $m = New-SshMaster localhost @login -ControlPath $path
        $failure = Get-OnlyError { New-SshMaster localhost @login -ControlPath $path }
        $failure.FullyQualifiedErrorId | Should -Be 'ControlSocketInUse,SshMux.PowerShell.NewSshMasterCommand'
        $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
        $m.State | Should -Be 'Open'
    }

    It 'tells a wrong option' {
        # Once for all hosts, before any login.
        { New-SshMaster one, two @login -Options @{ NoSuchOption = 1 } } |
            Should -Throw -ErrorId 'ConfigurationInvalid,SshMux.PowerShell.NewSshMasterCommand' `
                -ExpectedMessage "'NoSuchOption' in -Options is not a keyword of ssh_config"
        { New-SshMaster one @login -Options @{ ServerAliveIntervall = 1 } } |
            Should -Throw -ExpectedMessage '*; did you mean ServerAliveInterval?'
        { New-SshMaster one @login -Options @{ 'Two words' = 1 } } |
            Should -Throw -ErrorId 'ConfigurationInvalid,SshMux.PowerShell.NewSshMasterCommand'
    }

    It 'tells a wrong value of an option' {
        $failure = Get-OnlyError {
            New-SshMaster localhost @login -Options @{ Compression = $true; ServerAliveInterval = 'soon' }
        }
        $failure.FullyQualifiedErrorId | Should -Be 'ConfigurationInvalid,SshMux.PowerShell.NewSshMasterCommand'
        $failure.Exception.Message | Should -Be (
            "ServerAliveInterval in -Options cannot be 'soon': invalid time value; it must be a time such as 90, 2m or " +
            '1h30m')
    }

    It 'tells each of several hosts that fail, and connects to the others' {
        $port = Get-FreePort
        $Error.Clear()
        $hosts = "ssh://127.0.0.1:$port", 'localhost', "ssh://x@127.0.0.1:$port"
        $m = $hosts | New-SshMaster @login -ErrorAction SilentlyContinue -ErrorVariable failures
        $m | Should -HaveCount 1
        $m.HostName | Should -Be 'localhost'
        $failures.FullyQualifiedErrorId -replace ',.*' | Should -Be 'ConnectionRefused', 'ConnectionRefused'
        $failures.TargetObject | Sort-Object | Should -Be (@($hosts[0], $hosts[2]) | Sort-Object)
    }

    It 'tells what Windows has not' -Skip:(-not $IsWindows) {
        foreach ($more in @{ Background = $true }, @{ ControlPath = 'C:\x' }, @{ Background = $true; Persist = '10m' }) {
            { New-SshMaster no-such-host.invalid -ConfigFile none @more } |
                Should -Throw -ErrorId 'NotSupported,SshMux.PowerShell.NewSshMasterCommand'
        }
        { Invoke-SshMux -ControlPath 'C:\x' true } |
            Should -Throw -ErrorId 'NotSupported,SshMux.PowerShell.InvokeSshMuxCommand'
    }

    It 'stops a script with -ErrorAction Stop' {
        { New-SshMaster no-such-host.invalid -ConfigFile none -ErrorAction Stop } |
            Should -Throw -ErrorId 'HostNotFound,SshMux.PowerShell.NewSshMasterCommand'
    }
}

Describe 'Cmdlets on masters' {
    It '<Name> tells an unknown name' -TestCases @(
        @{ Name = 'Invoke-SshMux'; Script = { Invoke-SshMux -Master nobody 'true' }; Class = 'InvokeSshMuxCommand' }
        @{ Name = 'Stop-SshMux'; Script = { Stop-SshMux nobody }; Class = 'StopSshMuxCommand' }
        @{ Name = 'Test-SshMux'; Script = { Test-SshMux nobody }; Class = 'TestSshMuxCommand' }
        @{ Name = 'Add-SshMuxForward'; Script = { Add-SshMuxForward nobody -Local 0:x:1 }
            Class = 'AddSshMuxForwardCommand' }
    ) {
        $failure = Get-OnlyError $Script
        $failure.FullyQualifiedErrorId | Should -Be "MasterNotFound,SshMux.PowerShell.$Class"
        $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failure.TargetObject | Should -Be 'nobody'
    }

    It 'tell what is no master' {
        $failure = Get-OnlyError { Invoke-SshMux -Master 42 'true' }
        $failure.FullyQualifiedErrorId | Should -Be 'InvalidInput,SshMux.PowerShell.InvokeSshMuxCommand'
    }

    It '<Name> tells a missing socket' -Tag Unix -TestCases @(
        @{ Name = 'Invoke-SshMux'; Class = 'InvokeSshMuxCommand'
            Script = { Invoke-SshMux -ControlPath /tmp/no-such-socket 'true' } }
        @{ Name = 'Stop-SshMux'; Class = 'StopSshMuxCommand'
            Script = { Stop-SshMux -ControlPath /tmp/no-such-socket } }
        @{ Name = 'Get-SshMaster'; Class = 'GetSshMasterCommand'
            Script = { Get-SshMaster -ControlPath /tmp/no-such-socket } }
        @{ Name = 'Add-SshMuxForward'; Class = 'AddSshMuxForwardCommand'
            Script = { Add-SshMuxForward -ControlPath /tmp/no-such-socket -Local 1:x:1 } }
    ) {
        $failure = Get-OnlyError $Script
        $failure.FullyQualifiedErrorId | Should -Be "ControlSocketMissing,SshMux.PowerShell.$Class"
        $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failure.Exception.Message | Should -Match '/tmp/no-such-socket.*New-SshMaster'
    }

    It 'tell a stale socket' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $sshd.Masters[-1].Kill()
        $sshd.Masters[-1].WaitForExit()
        $failure = Get-OnlyError { Invoke-SshMux -ControlPath $path 'true' }
        $failure.FullyQualifiedErrorId | Should -Be 'ControlSocketStale,SshMux.PowerShell.InvokeSshMuxCommand'
        $failure.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        Remove-Item $path
    }

    It 'tell who else listens there, and send nothing' -Tag Unix {
        if ((& id -u) -ne 0) { Set-ItResult -Skipped -Because 'only root can be somebody else' }
        $open = New-TestFolder
        & chmod 777 $open
        Set-Content "$open/seen" '' -NoNewline
        & chmod 666 "$open/seen"
        $squatter = Start-Process setpriv -PassThru -ArgumentList (
            '--reuid', '65534', '--regid', '65534', '--clear-groups', 'socat', '-u',
            "UNIX-LISTEN:$open/s,mode=777,fork", "OPEN:$open/seen,append")
        try {
            Wait-Until { Test-Path "$open/s" }
            $failure = Get-OnlyError { 'secret' | Invoke-SshMux -ControlPath "$open/s" 'cat' }
            $failure.FullyQualifiedErrorId | Should -Be 'ControlSocketUntrusted,SshMux.PowerShell.InvokeSshMuxCommand'
            $failure.CategoryInfo.Category | Should -Be 'SecurityError'
            $failure.Exception.Message | Should -Match "$open/s.*uid 65534"
            Get-Content "$open/seen" | Should -BeNullOrEmpty
        }
        finally {
            Stop-Process -Id $squatter.Id
            Remove-Item -Recurse -Force $open
        }
    }

    It 'tell a path that is too long' -Tag Unix {
        $failure = Get-OnlyError { Invoke-SshMux -ControlPath "/tmp/$('x' * 120)" 'true' }
        $failure.FullyQualifiedErrorId | Should -Be 'ControlPathInvalid,SshMux.PowerShell.InvokeSshMuxCommand'
    }

    It 'tell a path that is not in the file system' -Tag Unix {
        $failure = Get-OnlyError { Invoke-SshMux -ControlPath 'env:PATH' 'true' }
        $failure.FullyQualifiedErrorId | Should -Be 'ControlPathInvalid,SshMux.PowerShell.InvokeSshMuxCommand'
    }
}

Describe 'Invoke-SshMux' {
    It 'refuses what is too long for a packet, and the master and its other sessions live' {
        $m = New-SshMaster there @login
        $other = Invoke-SshMux -Master $m 'read line; echo $line' -InputObject 'survived' -AsJob
        $paths = 1..12000 | ForEach-Object { "/srv/www/some/folder/file-$_.html" }
        foreach ($way in @{ Master = $m }, @{ ControlPath = $m.ControlPath }) {
            if ($IsWindows -and $way.Keys -eq 'ControlPath') { continue }
            $failure = Get-OnlyError { Invoke-SshMux @way 'stat --' -ArgumentList $paths }
            $failure.FullyQualifiedErrorId | Should -Be 'RequestTooLong,SshMux.PowerShell.InvokeSshMuxCommand'
            $failure.CategoryInfo.Category | Should -Be 'InvalidArgument'
            $failure.Exception.Message | Should -Match 'no more than \d+|at most \d+'
            $failure = Get-OnlyError { Invoke-SshMux @way 'true' -Environment @{ LONG = 'x' * 300000 } }
            $failure.FullyQualifiedErrorId | Should -Be 'RequestTooLong,SshMux.PowerShell.InvokeSshMuxCommand'
        }

        ($other | Wait-Job | Receive-Job).Output | Should -Be 'survived'
        $other | Remove-Job
        (Invoke-SshMux -Master $m 'echo ok').Output | Should -Be 'ok'
        Stop-SshMux $m
    }

    BeforeAll {
        # sshd ends only commands that have a terminal.
        $untilServerEnds = 'echo started; while kill -0 $PPID 2> /dev/null; do sleep 0.1; done'
    }

    It 'tells a server that is killed in the middle of a command' {
        $m = New-SshMaster localhost @login
        $failure = Get-OnlyError {
            Invoke-SshMux -Master $m $untilServerEnds -Stream | ForEach-Object { Stop-TestSshdConnection $sshd }
        }
        $failure.FullyQualifiedErrorId | Should -Match '^(ConnectionLost|Disconnected),SshMux.PowerShell.InvokeSshMux'
        $failure.CategoryInfo.Category | Should -Be 'ConnectionError'
        Wait-Until { $m.State -eq 'Ended' }
        $m | Stop-SshMux
    }

    It 'tells a server behind an OpenSSH master that is killed in the middle of a command' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $failure = Get-OnlyError {
            Invoke-SshMux -ControlPath $path $untilServerEnds -Stream |
                ForEach-Object { Stop-TestSshdConnection $sshd }
        }
        $failure.FullyQualifiedErrorId | Should -Be 'MasterGone,SshMux.PowerShell.InvokeSshMuxCommand'
    }

    It 'tells a subsystem that the server does not have' {
        $m = New-SshMaster localhost @login
        $failure = Get-OnlyError { Invoke-SshMux -Master $m -Subsystem no-such-subsystem }
        $failure.FullyQualifiedErrorId | Should -Be 'RequestRefused,SshMux.PowerShell.InvokeSshMuxCommand'
        $m | Stop-SshMux
    }

    It 'tells that a command took too long, and ends it' {
        $m = New-SshMaster localhost @login
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $failure = Get-OnlyError { Invoke-SshMux -Master $m 'sleep 6' -TimeoutSeconds 0.5 }
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        $failure.FullyQualifiedErrorId | Should -Be 'CommandTimeout,SshMux.PowerShell.InvokeSshMuxCommand'
        $failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
        $failure.TargetObject.Name | Should -Be $m.Name
        Wait-Until { $m.Sessions -eq 0 }
        (Invoke-SshMux -Master $m 'echo fine').Output | Should -Be 'fine'
        $m | Stop-SshMux
    }

    It 'tells an environment that cannot be one' {
        { Invoke-SshMux -Master nobody 'true' -Environment @{ 'A=B' = 1 } } |
            Should -Throw -ErrorId 'InvalidInput,SshMux.PowerShell.InvokeSshMuxCommand'
    }
}
