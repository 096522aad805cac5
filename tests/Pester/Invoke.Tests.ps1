# Invoke-SshMux over a master of this process.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Invoke-SshMux gives a result' {
    It 'with the output, the error output and the exit status' {
        $result = Invoke-SshMux -Master $m 'echo hi; echo there; echo oops >&2; exit 7'
        $result.PSTypeNames[0] | Should -Be 'SshMux.CommandResult'
        $result.HostName | Should -Be 'localhost'
        $result.Command | Should -Be 'echo hi; echo there; echo oops >&2; exit 7'
        $result.Output | Should -Be 'hi', 'there'
        $result.ErrorOutput | Should -Be @('oops')
        $result.ExitStatus | Should -Be 7
        $result.ExitSignal | Should -BeNullOrEmpty
        $result.Success | Should -BeFalse
        $result.Duration | Should -BeGreaterThan ([timespan]::Zero)
    }

    It 'with a non-zero exit that is data and not an error' {
        $result = Invoke-SshMux -Master $m 'exit 3' -ErrorAction Stop
        $? | Should -BeTrue
        $result.ExitStatus | Should -Be 3
    }

    It 'with empty arrays where there is no output' {
        $result = Invoke-SshMux -Master $m 'true'
        $result.Success | Should -BeTrue
        , $result.Output | Should -BeOfType [string[]]
        $result.Output.Count | Should -Be 0
        $result.ErrorOutput.Count | Should -Be 0
    }

    It 'with the signal that killed the command' {
        $result = Invoke-SshMux -Master $m 'kill -TERM $$'
        $result.ExitSignal | Should -Be 'TERM'
        $result.ExitStatus | Should -BeNullOrEmpty
        $result.Success | Should -BeFalse
    }

    It 'with lines cut at LF and CR LF, and the last one without an end' {
        $result = Invoke-SshMux -Master $m 'printf "a\nb\r\n\n c \nend"'
        $result.Output | Should -Be 'a', 'b', '', ' c ', 'end'
    }

    It 'for a subsystem' {
        $result = Invoke-SshMux -Master $m -Subsystem sftp
        $result.ExitStatus | Should -Be 0
    }

    It 'with the variables of -Environment' {
        $result = Invoke-SshMux -Master $m 'echo "$SSHMUX_A/$SSHMUX_B"' -Environment @{ SSHMUX_A = 'x y'; SSHMUX_B = 5 }
        $result.Output | Should -Be 'x y/5'
    }

    It 'with the variables that SendEnv names' {
        $env:SSHMUX_SENT = 'sent'
        try { (Invoke-SshMux -Master $m 'echo $SSHMUX_SENT').Output | Should -Be 'sent' }
        finally { Remove-Item env:SSHMUX_SENT }
    }
}

Describe 'Invoke-SshMux finds its masters and its input' {
    It '200 times in a pipeline' {
        $results = 1..200 | ForEach-Object { Invoke-SshMux -Master $m 'true' }
        $results.Count | Should -Be 200
        $results.ExitStatus | Sort-Object -Unique | Should -Be 0
    }

    It 'with -InputObject' {
        $lines = 1..1000 | ForEach-Object { "line $_" }
        (Invoke-SshMux -Master $m 'cat' -InputObject $lines).Output | Should -Be $lines
    }

    It 'with lines through the pipeline' {
        $lines = 1..1000 | ForEach-Object { "line $_" }
        ($lines | Invoke-SshMux -Master $m 'cat').Output | Should -Be $lines
    }

    It 'with numbers and empty strings as lines' {
        (1, '', 2.5 | Invoke-SshMux -Master $m 'cat').Output | Should -Be '1', '', '2.5'
    }

    It 'with a name instead of an object' {
        (Invoke-SshMux -Master $m.Name 'echo hi').Output | Should -Be 'hi'
    }

    It 'with masters through the pipeline' {
        ($m | Invoke-SshMux 'echo hi').Output | Should -Be 'hi'
        ($m, $m | Invoke-SshMux 'echo hi').Count | Should -Be 2
        (Get-SshMaster | Invoke-SshMux 'echo hi').Output | Should -Be 'hi'
        ($m.Name | Invoke-SshMux 'echo hi').Output | Should -Be 'hi'
    }

    It 'with masters through the pipeline and lines in -InputObject, for each of them' {
        $results = $m, $m | Invoke-SshMux 'cat' -InputObject 'a', 'b'
        $results.Count | Should -Be 2
        $results[0].Output | Should -Be 'a', 'b'
        $results[1].Output | Should -Be 'a', 'b'
    }

    It 'with an end of input at once if there is none' {
        (Invoke-SshMux -Master $m 'cat' -TimeoutSeconds 20).Output.Count | Should -Be 0
    }

    It 'with a path' -Tag Unix {
        (Invoke-SshMux -ControlPath $m.ControlPath 'echo hi').Output | Should -Be 'hi'
        Push-Location (Split-Path $m.ControlPath)
        try { (Invoke-SshMux -ControlPath (Split-Path -Leaf $m.ControlPath) 'echo hi').Output | Should -Be 'hi' }
        finally { Pop-Location }
    }

    It 'says that a master among the input is a mistake' {
        $m | Invoke-SshMux -Master $m 'cat' -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure.Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'InvalidInput,SshMux.PowerShell.InvokeSshMuxCommand'
    }
}

Describe 'Invoke-SshMux moves text intact' {
    It 'of several alphabets' {
        $lines = 'Grüße', '日本語', '🙂🙃', 'Ελληνικά', "a`tb", ' '
        (Invoke-SshMux -Master $m 'cat' -InputObject $lines).Output | Should -Be $lines
    }

    It 'when characters are cut between packets' {
        $result = Invoke-SshMux -Master $m (
            'printf "\303"; sleep 0.3; printf "\274\360\237"; sleep 0.3; printf "\231\202\n"')
        $result.Output | Should -Be 'ü🙂'
    }

    It '5 MB of it, there and back' {
        $lines = 1..50000 | ForEach-Object { "$_ " + 'ä' * 48 }
        $result = $lines | Invoke-SshMux -Master $m 'cat'
        $result.Output.Count | Should -Be 50000
        0..49999 | Where-Object { -not [string]::Equals($result.Output[$_], $lines[$_]) } |
            ForEach-Object { "$_ $($result.Output[$_])" } | Should -BeNullOrEmpty
    }

    It 'with bytes that are no text, as U+FFFD' {
        (Invoke-SshMux -Master $m 'printf "a\377b\n"').Output | Should -Be "a$([char]0xFFFD)b"
    }

    It 'that a command does not read to its end' {
        $result = 1..100000 | Invoke-SshMux -Master $m 'head -n 1'
        $result.Output | Should -Be '1'
        $result.ExitStatus | Should -Be 0
    }
}

Describe 'Invoke-SshMux -Stream' {
    It 'gives lines while the command runs' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $first = Invoke-SshMux -Master $m 'echo now; sleep 30' -Stream | Select-Object -First 1
        $first | Should -Be 'now'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 15
    }

    It 'gives strings that know their host' {
        $lines = @(Invoke-SshMux -Master $m 'echo a; echo b' -Stream)
        $lines | Should -Be 'a', 'b'
        $lines[0] | Should -BeOfType [string]
        $lines.HostName | Should -Be 'localhost', 'localhost'
    }

    It 'keeps error lines apart, in the information stream' {
        $all = Invoke-SshMux -Master $m 'echo out; echo err >&2' -Stream -InformationVariable err 6> $null
        $all | Should -Be 'out'
        "$err" | Should -Be 'err'
        $err[0].MessageData.HostName | Should -Be 'localhost'
        $err[0].Tags | Should -Contain 'StandardError'
    }

    It 'leaves the exit status in $LASTEXITCODE' {
        Invoke-SshMux -Master $m 'exit 9' -Stream
        $global:LASTEXITCODE | Should -Be 9
        Invoke-SshMux -Master $m 'true' -Stream
        $global:LASTEXITCODE | Should -Be 0
    }

    It 'answers each line of input before the next one comes' {
        $seen = [Collections.Generic.List[string]]::new()
        1..3 | ForEach-Object {
            if ($_ -gt 1) { Wait-Until { $true } }
            $_
            Start-Sleep -Milliseconds 300
        } | Invoke-SshMux -Master $m 'while read x; do echo "got $x"; done' -Stream | ForEach-Object { $seen.Add($_) }
        $seen | Should -Be 'got 1', 'got 2', 'got 3'
    }
}

Describe 'Invoke-SshMux on many masters' {
    BeforeAll {
        $many = 1..4 | ForEach-Object { New-SshMaster localhost -ConfigFile $sshd.SshConfig }
    }

    AfterAll {
        $many | Stop-SshMux
    }

    It 'runs on all at once' {
        # Each waits for all the others.
        $folder = (Invoke-SshMux -Master $many[0] 'mktemp -d').Output[0]
        $command = "touch $folder/`$`$; while [ `$(ls $folder | wc -l) -lt 4 ]; do sleep 0.1; done; echo done"
        $results = Invoke-SshMux -Master $many $command -TimeoutSeconds 30
        $null = Invoke-SshMux -Master $many[0] "rm -r $folder"
        $results.Output | Should -Be 'done', 'done', 'done', 'done'
    }

    It 'gives results as they come' {
        $folder = (Invoke-SshMux -Master $many[0] 'mktemp -d').Output[0]
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $command = "mkdir $folder/first 2> /dev/null && echo quick || { sleep 3; echo slow; }"
        $results = Invoke-SshMux -Master $many $command | Select-Object Output, @{ n = 'At'; e = { $clock.Elapsed } }
        $null = Invoke-SshMux -Master $many[0] "rm -r $folder"
        $results.Output | Should -Be 'quick', 'slow', 'slow', 'slow'
        ($results[1].At - $results[0].At).TotalSeconds | Should -BeGreaterThan 1.5
    }

    It 'runs no more than -ThrottleLimit at once' {
        $folder = New-TestFolder
        $command = "mkdir $folder/`$`$; ls $folder | wc -l; sleep 0.4; rmdir $folder/`$`$"
        $results = Invoke-SshMux -Master ($many + $many) $command -ThrottleLimit 2
        Remove-Item -Recurse $folder
        $results.Count | Should -Be 8
        ($results.Output | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 2
    }

    It 'gives all of the input to each, also to those that start late' {
        $lines = 1..20000 | ForEach-Object { "line $_" }
        $results = $lines | Invoke-SshMux -Master ($many + $many) 'md5sum' -ThrottleLimit 3
        $results.Count | Should -Be 8
        $results.Output | Sort-Object -Unique | Should -HaveCount 1
    }

    It 'reports the one that fails, and goes on with the others' {
        $many[2] | Stop-SshMux
        $results = Invoke-SshMux -Master $many 'echo hi' -ErrorVariable failure -ErrorAction SilentlyContinue
        $results.Count | Should -Be 3
        $failure.Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'Stopped,SshMux.PowerShell.InvokeSshMuxCommand'
        $failure[0].TargetObject.Name | Should -Be $many[2].Name
    }
}

Describe 'Invoke-SshMux -HostName' {
    It 'logs in as -UserName' {
        $there = @{ HostName = 'there'; ConfigFile = $sshd.SshConfig }
        (Invoke-SshMux 'id -un' @there -UserName $sshd.UserName).Output | Should -Be $sshd.UserName
        Invoke-SshMux 'true' @there -UserName no-such-user -ErrorVariable failure -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed,*'
    }

    It 'makes a master, keeps it for the next time, and says so' -Tag Unix {
        $login = @{ ConfigFile = $sshd.SshConfig; Options = @{ ControlPath = "$($sshd.Folder)/%n" } }
        $before = @(Get-SshMaster).Count
        $all = Invoke-SshMux -HostName "$($sshd.UserName)@somewhere" 'echo hi' @login -Verbose 4>&1
        $verbose, $result = $all.Where({ $_ -is [Management.Automation.VerboseRecord] }, 'Split')
        "$verbose" | Should -Match 'somewhere: .* opening one'
        $result.Output | Should -Be 'hi'
        $result.HostName | Should -Be 'somewhere'
        (Invoke-SshMux -HostName somewhere 'echo again' @login).Output | Should -Be 'again'
        @(Get-SshMaster).Count | Should -Be ($before + 1)
        & ssh -F none -S "$($sshd.Folder)/somewhere" x 'echo from ssh' | Should -Be 'from ssh'
        Get-SshMaster -ControlPath "$($sshd.Folder)/somewhere" | Stop-SshMux
    }

    It 'uses a master that New-SshMaster opened' {
        $before = @(Get-SshMaster).Count
        (Invoke-SshMux -HostName other 'echo hi' -ConfigFile $sshd.SshConfig).HostName | Should -Be 'other'
        @(Get-SshMaster).Count | Should -Be $before
    }

    It 'uses the living master at the configured ControlPath' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $login = @{ ConfigFile = $sshd.SshConfig; Options = @{ ControlPath = $path } }
        $all = Invoke-SshMux -HostName x 'echo hi' @login -Verbose 4>&1
        $verbose, $result = $all.Where({ $_ -is [Management.Automation.VerboseRecord] }, 'Split')
        "$verbose" | Should -Match ([regex]::Escape($path))
        $result.Output | Should -Be 'hi'
        (Get-SshMaster).ControlPath | Should -Not -Contain $path
    }

    It 'runs on several hosts, with one login for each' -Tag Unix {
        $login = @{ ConfigFile = $sshd.SshConfig; Options = @{ ControlPath = "$($sshd.Folder)/%n" } }
        $before = @(Get-SshMaster).Count
        $results = Invoke-SshMux -HostName one, two, one 'echo hi' @login
        $results.Output | Should -Be 'hi', 'hi', 'hi'
        $results.HostName | Sort-Object | Should -Be 'one', 'one', 'two'
        @(Get-SshMaster).Count | Should -Be ($before + 2)
        Get-SshMaster -ControlPath "$($sshd.Folder)/one", "$($sshd.Folder)/two" | Stop-SshMux
    }
}
