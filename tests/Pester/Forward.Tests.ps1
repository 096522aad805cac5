# Add-SshMuxForward, Get-SshMuxForward, Remove-SshMuxForward.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig

    # The sshd itself is what the forwards lead to: it greets.
    function Get-Greeting([int] $Port, [string] $Address = '127.0.0.1') {
        $client = [Net.Sockets.TcpClient]::new($Address, $Port)
        try { [IO.StreamReader]::new($client.GetStream()).ReadLine() } finally { $client.Dispose() }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Local forwards' {
    AfterEach { Get-SshMuxForward | Remove-SshMuxForward }

    It 'move data, at the port that the system chose' {
        $forward = Add-SshMuxForward $m -Local "0:127.0.0.1:$($sshd.Port)"
        $forward.PSTypeNames[0] | Should -Be 'SshMux.Forward'
        $forward.Kind | Should -Be 'Local'
        $forward.Master.Name | Should -Be $m.Name
        $forward.ListenAddress | Should -Be 'localhost'
        $forward.ListenPort | Should -BeGreaterThan 0
        $forward.ConnectHost | Should -Be '127.0.0.1'
        $forward.ConnectPort | Should -Be $sshd.Port
        Get-Greeting $forward.ListenPort | Should -BeLike 'SSH-2.0-OpenSSH*'
    }

    It 'move data at a port that was named, both ways' -Tag Unix {
        $port = Get-FreePort
        $forward = $m | Add-SshMuxForward -Local "127.0.0.1:${port}:localhost:$($sshd.Port)"
        $forward.ListenPort | Should -Be $port
        # A login through the forward carries a command's output.
        & ssh -F $sshd.SshConfig -p $port -o HostKeyAlias="[127.0.0.1]:$($sshd.Port)" x 'seq 20000 | md5sum' |
            Should -Be (& sh -c 'seq 20000 | md5sum')
    }

    It 'listen on unix sockets' -Tag Unix {
        $forward = Add-SshMuxForward $m -Local "$($sshd.Folder)/fwd:127.0.0.1:$($sshd.Port)"
        $forward.ListenPort | Should -BeNullOrEmpty
        $forward.ListenAddress | Should -Be "$($sshd.Folder)/fwd"
        Test-Path $forward.ListenAddress | Should -BeTrue
        $forward | Remove-SshMuxForward
        Test-Path $forward.ListenAddress | Should -BeFalse
    }

    It 'are listed, with their ports, also those that ssh asked for' -Tag Unix {
        $forward = Add-SshMuxForward $m -Local "0:127.0.0.1:$($sshd.Port)"
        $port = Get-FreePort
        & ssh -F none -S $m.ControlPath -O forward -L "${port}:127.0.0.1:$($sshd.Port)" x
        $all = Get-SshMuxForward
        $all.ListenPort | Sort-Object | Should -Be (@($forward.ListenPort, $port) | Sort-Object)
        Get-SshMuxForward $m.Name | Should -HaveCount 2
        Get-SshMuxForward -ControlPath $m.ControlPath | Should -HaveCount 2
        $all | Remove-SshMuxForward
        Get-SshMuxForward | Should -BeNullOrEmpty
        Test-Port $port | Should -BeFalse
    }

    It 'are listed, and all removed' {
        $both = '127.0.0.1', 'localhost' | ForEach-Object { Add-SshMuxForward $m -Local "0:${_}:$($sshd.Port)" }
        (Get-SshMuxForward $m).ListenPort | Sort-Object | Should -Be ($both.ListenPort | Sort-Object)
        Get-SshMuxForward | Remove-SshMuxForward
        Get-SshMuxForward | Should -BeNullOrEmpty
        foreach ($forward in $both) { Test-Port $forward.ListenPort | Should -BeFalse }
    }

    It 'are not removed with -WhatIf, and only once' {
        $forward = Add-SshMuxForward $m -Local "0:127.0.0.1:$($sshd.Port)"
        $forward | Remove-SshMuxForward -WhatIf
        Test-Port $forward.ListenPort | Should -BeTrue
        $forward | Remove-SshMuxForward
        Test-Port $forward.ListenPort | Should -BeFalse
        $forward | Remove-SshMuxForward -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -Be 'ForwardFailed,SshMux.PowerShell.RemoveSshMuxForwardCommand'
    }

    It 'go through OpenSSH masters too' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $port = Get-FreePort
        $forward = Add-SshMuxForward -ControlPath $path -Local "${port}:127.0.0.1:$($sshd.Port)"
        $forward.ListenPort | Should -Be $port
        Get-Greeting $port | Should -BeLike 'SSH-2.0-OpenSSH*'
        (Get-SshMuxForward).ListenPort | Should -Be $port
        $forward | Remove-SshMuxForward
        Test-Port $port | Should -BeFalse
        Get-SshMuxForward | Should -BeNullOrEmpty
    }

    It 'fail with one error: a port in use' {
        $spec = "127.0.0.1:$($sshd.Port):localhost:22"
        Add-SshMuxForward $m -Local $spec -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'ForwardFailed,SshMux.PowerShell.AddSshMuxForwardCommand'
        $failure[0].CategoryInfo.Category | Should -Be 'ResourceUnavailable'
    }

    It 'fail with one error: not ssh''s syntax' {
        Add-SshMuxForward $m -Local 'nonsense' -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'ConfigurationInvalid,SshMux.PowerShell.AddSshMuxForwardCommand'
        $failure[0].TargetObject | Should -Be 'nonsense'
    }
}

Describe 'Remote and dynamic forwards' {
    BeforeAll {
        $target = "127.0.0.1:$($sshd.Port)"

        # What lies behind a SOCKS server, as curl sees it: sshd's greeting is no HTTP, but it is the greeting.
        function Get-GreetingThroughSocks([int] $Port, [string] $Option = '--socks5') {
            if ($IsWindows) { return Get-GreetingThroughOwnSocks $Port $Option }
            & curl -q -s --http0.9 --noproxy '' -m 20 $Option "127.0.0.1:$Port" "http://$target/" --output - |
                Select-Object -First 1
        }

        # Wine has no curl.
        function Get-GreetingThroughOwnSocks([int] $Port, [string] $Option) {
            $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
            try {
                $stream = $client.GetStream()
                $address = [byte[]](127, 0, 0, 1)
                $behind = [byte[]](($sshd.Port -shr 8), ($sshd.Port -band 255))
                if ($Option -eq '--socks4') {
                    $stream.Write([byte[]](@(4, 1) + $behind + $address + 0))
                    $answer = [byte[]]::new(8)
                }
                else {
                    $stream.Write([byte[]](5, 1, 0))
                    $stream.ReadExactly([byte[]]::new(2))
                    $name = [Text.Encoding]::ASCII.GetBytes('127.0.0.1')
                    $to = $Option -eq '--socks5-hostname' ? (@(3, $name.Length) + $name) : (@(1) + $address)
                    $stream.Write([byte[]](@(5, 1, 0) + $to + $behind))
                    $answer = [byte[]]::new(10)
                }

                $stream.ReadExactly($answer)
                $answer[1] | Should -Be ($Option -eq '--socks4' ? 90 : 0)
                [IO.StreamReader]::new($stream).ReadLine()
            }
            finally { $client.Dispose() }
        }
    }

    AfterEach { Get-SshMuxForward | Remove-SshMuxForward }

    It 'listen on the server, at the port that it chose' {
        $forward = Add-SshMuxForward $m -Remote "0:$target"
        $forward.PSTypeNames[0] | Should -Be 'SshMux.Forward'
        $forward.Kind | Should -Be 'Remote'
        $forward.ListenPort | Should -BeGreaterThan 0
        $forward.Specification | Should -Be "0:$target"
        Get-Greeting $forward.ListenPort | Should -BeLike 'SSH-2.0-OpenSSH*'
        (Add-SshMuxForward $m -Remote "0:$target").ListenPort | Should -Be $forward.ListenPort
        (Get-SshMuxForward $m).ListenPort | Should -Be $forward.ListenPort
        $forward | Remove-SshMuxForward
        Test-Port $forward.ListenPort | Should -BeFalse
    }

    It 'are SOCKS servers on either side' {
        $both = Add-SshMuxForward $m -Dynamic 0 -Remote 0
        $both.Kind | Should -Be 'Remote', 'Dynamic'
        $both.ConnectHost | Should -Be $null, $null
        foreach ($forward in $both) {
            foreach ($option in '--socks4', '--socks5-hostname') {
                Get-GreetingThroughSocks $forward.ListenPort $option | Should -BeLike 'SSH-2.0-OpenSSH*'
            }
        }

        ($both | Out-String) | Should -Match '(?s)Remote +localhost:\d+ +SOCKS.*Dynamic +localhost:\d+ +SOCKS'
        $both | Remove-SshMuxForward
        foreach ($forward in $both) { Test-Port $forward.ListenPort | Should -BeFalse }
    }

    It 'listen on unix sockets of the server' -Tag Unix {
        $forward = Add-SshMuxForward $m -Remote "$($sshd.Folder)/rfwd:$target"
        $forward.ListenAddress | Should -Be "$($sshd.Folder)/rfwd"
        & sh -c "socat -t 5 - UNIX-CONNECT:$($forward.ListenAddress) < /dev/null | head -n 1" | Should -BeLike 'SSH-2.0-OpenSSH*'
        Remove-SshMuxForward $forward
        Remove-Item $forward.ListenAddress -ErrorAction Ignore
    }

    It 'go through OpenSSH masters as well' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $forward = Add-SshMuxForward -ControlPath $path -Remote "0:$target"
        Get-Greeting $forward.ListenPort | Should -BeLike 'SSH-2.0-OpenSSH*'
        $socks = Add-SshMuxForward -ControlPath $path -Dynamic (Get-FreePort)
        Get-GreetingThroughSocks $socks.ListenPort | Should -BeLike 'SSH-2.0-OpenSSH*'
        Get-SshMuxForward | Should -HaveCount 2
        $forward, $socks | Remove-SshMuxForward
        Wait-Until { -not (Test-Port $forward.ListenPort) }
        Test-Port $socks.ListenPort | Should -BeFalse
        Get-SshMuxForward | Should -BeNullOrEmpty
    }

    It 'are those of ssh, too' -Tag Unix {
        $port = & ssh -F none -S $m.ControlPath -O forward -R "0:$target" x
        (Get-SshMuxForward $m).ListenPort | Should -Be $port
        (Get-SshMuxForward $m).Kind | Should -Be 'Remote'
    }

    It 'fail with one error: the server refuses' {
        $forward = Add-SshMuxForward $m -Remote "0:$target"
        Add-SshMuxForward $m -Remote "$($forward.ListenPort):other:1" -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'ForwardFailed,SshMux.PowerShell.AddSshMuxForwardCommand'
        $failure[0].Exception.Message | Should -Match "listen port $($forward.ListenPort)"
    }

    It 'need a name' {
        { Add-SshMuxForward $m } | Should -Throw -ErrorId 'InvalidInput,SshMux.PowerShell.AddSshMuxForwardCommand'
    }

    It 'of the configuration are opened with the master; one that fails is a warning, or ends it' {
        $port = Get-FreePort
        $options = @{ RemoteForward = "0 $target"; DynamicForward = "127.0.0.1:$port" }
        $own = New-SshMaster localhost -ConfigFile $sshd.SshConfig -Options $options -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $remote = Get-SshMuxForward $own | Where-Object Kind -EQ Remote
        Get-Greeting $remote.ListenPort | Should -BeLike 'SSH-2.0-OpenSSH*'
        Get-GreetingThroughSocks $port | Should -BeLike 'SSH-2.0-OpenSSH*'

        $again = New-SshMaster localhost -ConfigFile $sshd.SshConfig -Options @{ DynamicForward = "127.0.0.1:$port" } `
            -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match "cannot listen on 127.0.0.1:$port"
        Stop-SshMux $again
        $options.ExitOnForwardFailure = 'yes'
        { New-SshMaster localhost -ConfigFile $sshd.SshConfig -Options $options -ErrorAction Stop } |
            Should -Throw -ErrorId 'ForwardFailed,SshMux.PowerShell.NewSshMasterCommand'
        Stop-SshMux $own
        Wait-Until { -not (Test-Port $remote.ListenPort) }
        Test-Port $port | Should -BeFalse
    }
}
