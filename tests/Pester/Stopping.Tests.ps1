# Ctrl-C: the pipeline ends at once, and nothing of the command stays.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig

    # Starts a script, waits until a condition is met, stops it as Ctrl-C does; gives the time that stopping took.
    function Measure-Stop([scriptblock] $Script, [object[]] $Arguments, [scriptblock] $Until) {
        $shell = New-Shell $Script $Arguments
        try {
            $null = $shell.BeginInvoke()
            Wait-Until $Until
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $clock.Elapsed
        }
        finally { $shell.Dispose() }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Stopping the pipeline' {
    It 'ends a command that runs' {
        $file = "$($sshd.ServerFolder)/pid"
        $script = { param($m, $file) 1..10000000 | Invoke-SshMux -Master $m "echo `$`$ > $file; exec cat" }
        (Measure-Stop $script $m, $file { Get-ServerFile $sshd $file }).TotalSeconds | Should -BeLessThan 5
        Wait-Until { $m.Sessions -eq 0 }
        Wait-Until { -not (Test-ServerProcess $sshd (Get-ServerFile $sshd $file)) } -What 'the remote command ends'
    }

    It 'ends a command that streams' {
        $script = { param($m) Invoke-SshMux -Master $m 'while :; do echo line; done' -Stream }
        (Measure-Stop $script $m { $m.Sessions -gt 0 }).TotalSeconds | Should -BeLessThan 5
        Wait-Until { $m.Sessions -eq 0 }
    }

    It 'ends commands on a control path' -Tag Unix {
        $script = { param($path) Invoke-SshMux -ControlPath $path 'sleep 6' }
        (Measure-Stop $script $m.ControlPath { $m.Sessions -gt 0 }).TotalSeconds | Should -BeLessThan 5
        Wait-Until { $m.Sessions -eq 0 }
    }

    It 'ends many commands' {
        $script = { param($m) Invoke-SshMux -Master (@($m) * 50) 'sleep 8' -ThrottleLimit 20 }
        (Measure-Stop $script $m { $m.Sessions -eq 20 }).TotalSeconds | Should -BeLessThan 5
        Wait-Until { $m.Sessions -eq 0 }
    }

    It 'gives up a login' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            # It accepts, and says nothing.
            $script = { param($port) New-SshMaster 127.0.0.1 -Port $port -ConfigFile none }
            (Measure-Stop $script $listener.LocalEndpoint.Port { $listener.Pending() }).TotalSeconds |
                Should -BeLessThan 5
        }
        finally { $listener.Stop() }
        Get-SshMaster | Should -HaveCount 1
    }

    It 'gives up a test' {
        Suspend-TestSshdConnection $sshd
        try {
            $script = { param($m, $file) 'begun' > $file; Test-SshMux $m -TimeoutSeconds 60 }
            $file = "$($sshd.Folder)/begun"
            (Measure-Stop $script $m, $file { Test-Path $file }).TotalSeconds | Should -BeLessThan 5
        }
        finally { Resume-TestSshdConnection $sshd }
    }

    It 'leaves the master well' {
        (Invoke-SshMux -Master $m 'echo fine').Output | Should -Be 'fine'
    }

    It 'happens when a later command wants no more' {
        $lines = Invoke-SshMux -Master $m 'while :; do echo line; done' -Stream | Select-Object -First 3
        $lines | Should -Be 'line', 'line', 'line'
        Wait-Until { $m.Sessions -eq 0 }
    }
}
