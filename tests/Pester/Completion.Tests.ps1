# What Tab offers after the cmdlets' parameters.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -Name 'my master' -ConfigFile $sshd.SshConfig
    $folder = $sshd.Folder
    @(
        'Host web1 web2 !web3 *.example', '  Port 22', 'Host "db1"', "Include $folder/more/*.conf"
        'Match host x', 'host=lower'
    ) | Set-Content $folder/config
    $null = New-Item -ItemType Directory $folder/more
    'Host web-included' | Set-Content $folder/more/one.conf

    # The texts that complete the line, whose end the cursor is at.
    function Get-Completion([string] $Line, [int] $Cursor = $Line.Length) {
        (TabExpansion2 $Line $Cursor).CompletionMatches.CompletionText
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Tab' {
    It 'completes -Master and -Name with masters, quoted where needed' {
        foreach ($line in 'Invoke-SshMux -Master m', 'Stop-SshMux m', 'Get-SshMaster -Name my', "Test-SshMux 'my") {
            Get-Completion $line | Should -Be "'my master'"
        }
        Get-Completion 'Test-SshMux -Master "m' | Should -Be '"my master"'
    }

    It 'completes -HostName with the hosts of the configuration and its included files, but no patterns' {
        $line = "New-SshMaster -ConfigFile $folder/config -HostName "
        Get-Completion ($line + 'we') | Should -Be 'web-included', 'web1', 'web2'
        Get-Completion ($line + 'd') | Should -Be 'db1'
        Get-Completion ($line + 'low') | Should -Be 'lower'
        Get-Completion ($line + 'admin@web1') | Should -Be 'admin@web1'
        Get-Completion "Invoke-SshMux -ConfigFile $folder/config -HostName web1, web2" | Should -Be 'web2'
        Get-Completion "New-SshMaster -ConfigFile $folder/config d" | Should -Be 'db1'
    }

    It 'completes -HostName with known hosts and living masters' {
        Get-Completion "Invoke-SshMux uptime -ConfigFile none -HostName localh" | Should -Contain 'localhost'
    }

    It 'completes -ControlPath with living control sockets' -Tag Unix {
        $path = $m.ControlPath
        Get-Completion "Invoke-SshMux uptime -ControlPath $($path.Substring(0, $path.Length - 3))" | Should -Be $path
        Get-Completion 'Stop-SshMux -ControlPath my_' | Should -Be $path
        '' | Set-Content -NoNewline "$(Split-Path $path)/my_dead"
        try { Get-Completion 'Stop-SshMux -ControlPath my_' | Should -Be $path }
        finally { Remove-Item "$(Split-Path $path)/my_dead" }
    }

    It 'completes -KeyFilePath with private keys, of every cmdlet that has it' -Tag Unix {
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            foreach (`$line in 'New-SshMaster x -KeyFilePath ', 'Invoke-SshMux x -HostName x -KeyFilePath id') {
                (TabExpansion2 `$line `$line.Length).CompletionMatches.CompletionText
            }"
        $null = New-Item -ItemType Directory $folder/home/.ssh
        Copy-Item $sshd.UserKey $folder/home/.ssh/id_test
        'Host x' | Set-Content $folder/home/.ssh/config
        & env HOME=$folder/home pwsh -NoProfile -Command $script | Should -Be '~/.ssh/id_test', '~/.ssh/id_test'
    }

    It 'completes the keywords of -Options, but for those that are there' {
        $line = 'New-SshMaster web1 -Options @{ ServerAliveI'
        Get-Completion "$line }" $line.Length | Should -Be 'ServerAliveInterval'
        $line = 'Invoke-SshMux -HostName web1 uptime -Options @{ Port = 1; P'
        $found = Get-Completion "$line }" $line.Length
        $found | Should -Contain 'ProxyJump'
        $found | Should -Not -Contain 'Port'
    }

    It 'completes -Command with subsystems if it is to be one' {
        Get-Completion 'Invoke-SshMux -Master x -Subsystem -Command s' | Should -Be 'sftp'
        Get-Completion 'Invoke-SshMux -Master x -Command sft' | Should -BeNullOrEmpty
    }

    It 'completes within a tenth of a second, whatever cannot be read' {
        'Include /proc/self/mem', "Include $folder", 'Host' | Set-Content $folder/bad
        Get-Completion "New-SshMaster -ConfigFile $folder/bad -HostName nothing-like-it" | Should -BeNullOrEmpty
        Get-Completion "New-SshMaster -ConfigFile '$folder/it''s not' -HostName nothing-like" | Should -BeNullOrEmpty
        $lines = 'New-SshMaster -HostName a', 'Stop-SshMux -ControlPath m', 'New-SshMaster x -KeyFilePath i'
        $times = foreach ($line in $lines) {
            # The best of some: the machine may have other things to do.
            (1..5).ForEach{ (Measure-Command { Get-Completion $line }).TotalMilliseconds } | Sort-Object |
                Select-Object -First 1
        }
        ($times | Measure-Object -Maximum).Maximum | Should -BeLessThan 100
    }
}

Describe '-Options' {
    It 'takes tables of any kind, and knows only keywords of ssh' -Tag Unix {
        $make = (Get-Command New-SshMaster).Parameters.Options.ParameterType
        foreach ($table in @{ port = 1 }, [ordered]@{ Port = 1 }) { ($table -as $make)['PORT'] | Should -Be 1 }
        $names = $make.GetProperties('Public, Instance, DeclaredOnly').Name
        $names.Count | Should -BeGreaterThan 50
        # An ssh that is not new does not know these.
        $names.Where{ $_ -notin 'ChannelTimeout', 'Tag', 'WarnWeakCrypto' }.Where{
            "$(& ssh -F none -G "-o$_=" x 2>&1)" -match 'Bad configuration option' } |
            Should -BeNullOrEmpty
    }
}
