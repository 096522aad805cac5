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

    It 'move data at a port that was named, both ways' {
        $port = Get-FreePort
        $forward = $m | Add-SshMuxForward -Local "127.0.0.1:${port}:localhost:$($sshd.Port)"
        $forward.ListenPort | Should -Be $port
        # A login through the forward carries a command's output.
        & ssh -F $sshd.SshConfig -p $port -o HostKeyAlias="[127.0.0.1]:$($sshd.Port)" x 'seq 20000 | md5sum' |
            Should -Be (& sh -c 'seq 20000 | md5sum')
    }

    It 'listen on unix sockets' {
        $forward = Add-SshMuxForward $m -Local "$($sshd.Folder)/fwd:127.0.0.1:$($sshd.Port)"
        $forward.ListenPort | Should -BeNullOrEmpty
        $forward.ListenAddress | Should -Be "$($sshd.Folder)/fwd"
        Test-Path $forward.ListenAddress | Should -BeTrue
        $forward | Remove-SshMuxForward
        Test-Path $forward.ListenAddress | Should -BeFalse
    }

    It 'are listed, with their ports, also those that ssh asked for' {
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

    It 'are not removed with -WhatIf, and only once' {
        $forward = Add-SshMuxForward $m -Local "0:127.0.0.1:$($sshd.Port)"
        $forward | Remove-SshMuxForward -WhatIf
        Test-Port $forward.ListenPort | Should -BeTrue
        $forward | Remove-SshMuxForward
        Test-Port $forward.ListenPort | Should -BeFalse
        $forward | Remove-SshMuxForward -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -Be 'ForwardFailed,SshMux.PowerShell.RemoveSshMuxForwardCommand'
    }

    It 'go through OpenSSH masters too' {
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
