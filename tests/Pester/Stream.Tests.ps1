# Open-SshMuxStream.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
    if (-not $IsWindows) { $theirs = Start-OpenSshMaster $sshd }
    $echo = Start-EchoServer $sshd
    $port, $path = $echo.Port, $echo.Path

    function Get-Answer($Stream, [string] $Text) {
        $Stream.Write([Text.Encoding]::UTF8.GetBytes($Text))
        $Stream.CompleteWriting()
        [IO.StreamReader]::new($Stream).ReadToEnd()
    }
}

AfterAll {
    Stop-EchoServer $echo
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A stream' {
    It 'leads to a port, both ways, and ends each way by itself, over a master of this process' {
        $stream = Open-SshMuxStream $m -HostName 127.0.0.1 -Port $port
        $stream | Should -BeOfType ([IO.Stream])
        Get-Answer $stream 'abc' | Should -BeExactly 'abc'
        $stream.Dispose()
        Wait-Until { $m.Sessions -eq 0 } -What 'the channel is closed' -Seconds 30
    }

    It 'leads to a unix socket' {
        $stream = $m | Open-SshMuxStream -Path $path
        Get-Answer $stream 'abc' | Should -BeExactly 'ABC'
        $stream.Dispose()
    }

    It 'is had over a master of OpenSSH, too' -Tag Unix {
        $stream = Open-SshMuxStream -ControlPath $theirs -HostName 127.0.0.1 -Port $port
        Get-Answer $stream 'abc' | Should -BeExactly 'abc'
        $stream.Dispose()
    }

    It 'leads to a unix socket over a control socket of ours' -Tag Unix {
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            `$stream = Open-SshMuxStream -ControlPath '$($m.ControlPath)' -Path '$path'
            `$stream.Write([byte[]](97, 98)); `$stream.CompleteWriting()
            [IO.StreamReader]::new(`$stream).ReadToEnd()"
        & pwsh -NoProfile -Command $script | Should -BeExactly 'AB'
        # The same path in the master's own process is no detour.
        $stream = Open-SshMuxStream -ControlPath $m.ControlPath -Path $path
        Get-Answer $stream 'abc' | Should -BeExactly 'ABC'
        $stream.Dispose()
    }

    It 'carries much data, read and written at the same time' {
        $stream = Open-SshMuxStream $m -HostName 127.0.0.1 -Port $port
        $data = [byte[]]::new(20MB)
        [Random]::new(1).NextBytes($data)
        $writing = $stream.WriteAsync($data, 0, $data.Length)
        $answer = [byte[]]::new($data.Length)
        $stream.ReadExactly($answer)
        $writing.GetAwaiter().GetResult()
        [Linq.Enumerable]::SequenceEqual($answer, $data) | Should -BeTrue
        $stream.Dispose()
    }

    It 'serves the classes of .NET' {
        $stream = Open-SshMuxStream $m -HostName 127.0.0.1 -Port $sshd.Port
        $reader = [IO.StreamReader]::new($stream)
        $reader.ReadLine() | Should -BeLike 'SSH-2.0-OpenSSH*'
        $reader.Dispose()
    }

    It 'can be waited for with a limit' {
        $stream = Open-SshMuxStream $m -HostName 127.0.0.1 -Port $port
        $limit = [Threading.CancellationTokenSource]::new(50)
        $reading = $stream.ReadAsync([byte[]]::new(1), 0, 1, $limit.Token)
        Wait-Until { $reading.IsCompleted } -What 'reading has been given up' -Seconds 30
        $reading.IsCanceled | Should -BeTrue
        $stream.Dispose()
    }

    It 'that the server refuses is an error with its reason' {
        $free = Get-FreePort
        Open-SshMuxStream $m -Port $free -ErrorAction SilentlyContinue -ErrorVariable refused | Should -BeNullOrEmpty
        $refused.FullyQualifiedErrorId | Should -BeLike 'ChannelOpenRefused,*'
        "$refused" | Should -Match 'connect failed'
    }

    It 'that the server behind a master of OpenSSH refuses is an error, too' -Tag Unix {
        Open-SshMuxStream -ControlPath $theirs -Port (Get-FreePort) -ErrorAction SilentlyContinue -ErrorVariable refused
        $refused.FullyQualifiedErrorId | Should -BeLike 'MuxRefused,*'
    }
}
