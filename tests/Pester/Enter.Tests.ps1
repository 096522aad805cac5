# For Unix alone: a terminal is needed (tmux).
# Enter-SshMux, on a real terminal.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/Tmux.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $shell = 'env PS1="remote> " bash --norc --noprofile'
    $env:SSHMUX_WORD = 'sent'

    # Enters at PowerShell's prompt.
    function Enter-Remote($Tmux, [string] $Arguments) {
        Clear-Prompt $Tmux
        Send-Line $Tmux "Enter-SshMux $Arguments"
        Wait-Screen $Tmux '(?m)^remote> \z'
    }

    # PowerShell takes the terminal for its prompt a moment after it has shown it.
    function Wait-TerminalMode($Tmux, [string] $Modes) {
        Wait-Until { (Get-TerminalMode $Tmux) -eq $Modes } -What 'the terminal is as it was' -Seconds 20
    }

    function Exit-Remote($Tmux, [int] $Status) {
        Send-Line $Tmux "clear; exit $Status"
        Wait-Screen $Tmux '(?m)^PS> \z'
        Send-Line $Tmux '"status $LASTEXITCODE"'
        Wait-Screen $Tmux "(?m)^status $Status`$"
    }
}

AfterAll {
    $env:SSHMUX_WORD = $null
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A remote terminal' {
    BeforeAll {
        $open = "`$null = New-SshMaster web1 -Name web1 -ConfigFile $($sshd.SshConfig)"
        $script:tmux = $null
    }

    BeforeEach {
        # One terminal for all of them, unless one has failed and left it in the middle of something.
        if ($tmux -and (Get-Screen $tmux) -match 'PS> \z') { return }
        Stop-Tmux $tmux
        $script:tmux = Start-PwshInTmux $sshd.Folder
        Send-Line $tmux $open
        Wait-Screen $tmux '(?ms)New-SshMaster.*^PS> \z'
        $script:modes = Get-TerminalMode $tmux
    }

    AfterAll {
        Send-Line $tmux 'exit'
        Wait-Until { -not (Test-Path "/proc/$($tmux.Pid)") } -What 'PowerShell has ended' -Seconds 60
        Stop-Tmux $tmux
    }

    It 'is like the local one, gets every key, and gives the local one back as it was' {
        Enter-Remote $tmux "web1 '$shell'"
        Send-Line $tmux 'stty -a | grep -ow -e -icanon -e icanon -e echo -e ixon | tr \\n .; echo $TERM.$SSHMUX_WORD'
        Wait-Screen $tmux '(?m)^(ixon\.icanon\.echo|icanon\.echo\.ixon)\.(screen|tmux).*\.sent$'
        # A key that comes before the program runs is the shell's, and lost there.
        Send-Line $tmux 'sh -c "echo first; exec sleep 1000"'
        Wait-Screen $tmux '(?m)^first$'
        Send-Key $tmux C-c
        Send-Line $tmux 'echo "ended by $?"'
        Wait-Screen $tmux '(?m)^ended by 130$'
        Send-Line $tmux 'sh -c "echo second; exec sleep 1000"'
        Wait-Screen $tmux '(?m)^second$'
        Send-Key $tmux C-z
        Wait-Screen $tmux 'Stopped +sh -c'
        Send-Line $tmux 'fg'
        Send-Key $tmux C-\
        Wait-Screen $tmux '(?m)^\^\\Quit'
        Exit-Remote $tmux 7
        Wait-TerminalMode $tmux $modes
    }

    It 'shows full-screen programs, and follows the window''s size' {
        Enter-Remote $tmux "web1 '$shell'"
        Send-Line $tmux "vi -u NONE $($sshd.Folder)/edited"
        Wait-Screen $tmux '(?m)^~ ?$'
        Get-ScreenFlag $tmux alternate_on | Should -Be 1
        Send-Key $tmux i
        Send-Text $tmux 'Grüße, 漢字 und 🙂'
        Send-Key $tmux Escape
        Send-Line $tmux ':wq'
        Wait-Screen $tmux '(?m)^remote> \z'
        Get-Content "$($sshd.Folder)/edited" | Should -Be 'Grüße, 漢字 und 🙂'

        Send-Line $tmux 'top'
        Wait-Screen $tmux 'load average'
        Invoke-Tmux $tmux resize-window -x 83 -y 27
        Send-Key $tmux q
        Wait-Screen $tmux '(?m)^remote> \z'
        Send-Line $tmux 'until stty size | grep "27 83"; do sleep 0.1; done'
        Wait-Screen $tmux '(?m)^27 83$'
        Exit-Remote $tmux 0
        Get-ScreenFlag $tmux alternate_on | Should -Be 0
        Wait-TerminalMode $tmux $modes
    }

    It 'takes a large paste' {
        $text = (1..5000).ForEach{ "line $_ of a paste" }
        $text | Set-Content "$($sshd.Folder)/paste"
        Enter-Remote $tmux "web1 '$shell'"
        Send-Line $tmux "stty -echo; cat > $($sshd.Folder)/pasted"
        Invoke-Tmux $tmux load-buffer "$($sshd.Folder)/paste"
        Invoke-Tmux $tmux paste-buffer -r
        Send-Key $tmux C-d
        Wait-Screen $tmux '(?m)^remote> \z'
        Send-Line $tmux 'stty echo'
        Get-Content "$($sshd.Folder)/pasted" | Should -Be $text
        Exit-Remote $tmux 0
    }

    It 'knows ssh''s escapes' {
        Enter-Remote $tmux "web1 '$shell'"
        Send-Text $tmux '~?'
        Wait-Screen $tmux 'Supported escape sequences'
        Send-Key $tmux Enter
        Send-Text $tmux '~#'
        Wait-Screen $tmux 'client-session'
        Send-Key $tmux Enter
        Send-Text $tmux "~$([char]26)"
        Wait-Screen $tmux 'not available to multiplexed sessions'
        Send-Key $tmux Enter
        Send-Text $tmux '~.'
        Wait-Screen $tmux '(?m)^PS> \z'
        Send-Line $tmux '"status $LASTEXITCODE"; (Get-SshMaster web1).State'
        Wait-Screen $tmux '(?m)^status 255\nOpen$'
        Wait-TerminalMode $tmux $modes

        Enter-Remote $tmux "web1 '$shell' -EscapeCharacter '^]' -Environment @{ SSHMUX_KEY = 'told' }"
        Send-Line $tmux 'echo .$SSHMUX_KEY.'
        Wait-Screen $tmux '(?m)^\.told\.$'
        Send-Line $tmux '~.'
        Wait-Screen $tmux 'command not found|not found'
        Send-Key $tmux 'C-]', '.'
        Wait-Screen $tmux '(?m)^PS> \z'
    }

    It 'tells of a signal that killed the program' {
        Clear-Prompt $tmux
        Send-Line $tmux "Enter-SshMux web1 'kill -9 `$`$'; `"status `$LASTEXITCODE`""
        Wait-Screen $tmux '(?s)WARNING: SIGKILL killed the program on web1\nstatus 255'
    }

    It 'is left by Ctrl-C from outside' {
        Enter-Remote $tmux "web1 '$shell'"
        & kill -INT $tmux.Pid
        Wait-Screen $tmux '(?m)^PS> \z'
        Wait-TerminalMode $tmux $modes
    }

    It 'leaves a usable prompt when the connection is lost, and says why' {
        Enter-Remote $tmux "web1 '$shell'"
        Send-Line $tmux 'printf "\033[?1003h\033[?2004h"; vi -u NONE'
        Wait-Screen $tmux '(?m)^~ ?$'
        Stop-TestSshdConnection $sshd
        Wait-Screen $tmux '(?s)the session on web1 ended early: .*PS> \z'
        Get-ScreenFlag $tmux alternate_on | Should -Be 0
        Get-ScreenFlag $tmux mouse_any_flag | Should -Be 0
        Wait-TerminalMode $tmux $modes
        Send-Line $tmux '"status $LASTEXITCODE, $($Error[0].FullyQualifiedErrorId)"'
        Wait-Screen $tmux 'status 255, ConnectionLost,SshMux.PowerShell.EnterSshMuxCommand'
        Send-Line $tmux "Enter-SshMux web1"
        Wait-Screen $tmux 'the master web1 has ended'
        Send-Line $tmux 'Stop-SshMux web1'
        Send-Line $tmux $open
    }

    It 'is had over masters of OpenSSH, too' {
        $path = Start-OpenSshMaster $sshd
        Enter-Remote $tmux "-ControlPath $path '$shell'"
        Invoke-Tmux $tmux resize-window -x 90 -y 26
        Wait-Screen $tmux '(?m)^remote> '
        Send-Line $tmux 'until stty size | grep "26 90"; do sleep 0.1; done'
        Wait-Screen $tmux '(?m)^26 90$'
        Exit-Remote $tmux 3
        Wait-TerminalMode $tmux $modes

        Enter-Remote $tmux "-ControlPath $path '$shell'"
        Send-Line $tmux 'vi -u NONE'
        Wait-Screen $tmux '(?m)^~ ?$'
        Stop-ProcessTree $sshd.Masters[-1].Id
        Wait-Screen $tmux '(?s)ended early: the master at .*PS> \z'
        Get-ScreenFlag $tmux alternate_on | Should -Be 0
        Wait-TerminalMode $tmux $modes
    }

    It 'is one: of several masters none is taken' {
        Clear-Prompt $tmux
        Send-Line $tmux "`$null = New-SshMaster web2 -Name web2 -ConfigFile $($sshd.SshConfig); Get-SshMaster web* | Enter-SshMux"
        Wait-Screen $tmux '(?s)there is one terminal for 2 masters .*PS> \z'
    }

    It 'ends with this PowerShell, and leaves the terminal to its shell' {
        $outer = Start-PwshInTmux $sshd.Folder '' '; read -r _'
        try {
            Send-Line $outer "Enter-SshMux -HostName web1 -ConfigFile $($sshd.SshConfig) 'vi -u NONE'"
            Wait-Screen $outer '(?m)^~ ?$'
            $id = @(Get-ProcessTree $outer.Pid | Where-Object { (Get-Content "/proc/$_/comm") -eq 'pwsh' })[0]
            # The shell that started it goes on after it, to keep the terminal.
            & kill -TERM $id
            Wait-Until { -not (Test-Path "/proc/$id") } -What 'pwsh has ended' -Seconds 60
            Wait-Until { (Get-ScreenFlag $outer alternate_on) -eq 0 } -Seconds 60
            & stty -F $outer.Tty -a | Out-String | Should -Match '(?s)\sicrnl.*\sicanon.*\secho\s'
        }
        finally { Stop-Tmux $outer }
    }
}

Describe 'Where there is no terminal' {
    It 'one error says so: <Where>' -ForEach @(
        @{ Where = 'redirected input'; Arguments = , '-NoProfile'; Reason = 'standard input is not a terminal' }
        @{ Where = '-NonInteractive'; Arguments = '-noni', '-NoProfile'; Reason = 'started with -NonInteractive' }
    ) {
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            try { Enter-SshMux nobody } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
        $output = '' | & pwsh @Arguments -Command $script
        $output[0] | Should -Be 'NoTerminal,SshMux.PowerShell.EnterSshMuxCommand'
        $output[1] | Should -Match "$Reason; Invoke-SshMux runs commands without one"
    }

    It 'one error says so: in a job' {
        $shell = New-Shell { Enter-SshMux nobody }
        try {
            $shell.Invoke() | Should -BeNullOrEmpty
            # What comes first is told; the tests may run without anybody at a terminal themselves.
            "$($shell.Streams.Error)" | Should -Match (
                'needs a terminal .*(in a job or in a host without a console|started with -NonInteractive)')
        }
        finally { $shell.Dispose() }
    }
}
