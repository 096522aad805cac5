# What Invoke-SshMux carries: arguments, bytes, files, encodings, terminals.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
    if (-not $IsWindows) { $openSsh = Start-OpenSshMaster $sshd }
    $random = [byte[]]::new(3MB)
    [Random]::new(7).NextBytes($random)
    $file = "$($sshd.Folder)/random"
    [IO.File]::WriteAllBytes($file, $random)
    $hash = (Get-FileHash $file).Hash
    $there = "$($sshd.ServerFolder)/there"
    $null = Invoke-SshMux -Master $m "cat > $there" -InputFile $file

    function Get-Hash([byte[]] $Bytes) { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($Bytes)) }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Invoke-SshMux -ArgumentList' {
    BeforeAll {
        # Writes each of its arguments as a line of hexadecimal numbers.
        $show = 'sh -c ''for a; do printf %s "$a" | od -An -v -tx1 | tr -d " \n"; echo; done'' sh'
    }

    It 'gives the command every text as it is' {
        $words = 'plain', 'a b', '', "it's", '"', '$HOME', '`id`', '\', '\\', "a`nb", "`t", '-n', '--', '~',
            '~root', '!', '!!', '*', '?', '[a]', '{a,b}', '#', ';', '&', '|', '<', '>', '(', ')', '$(id)', "''", "'",
            "`r`n", 'Grüße', '日本', '🙂', '='
        $result = Invoke-SshMux -Master $m $show -ArgumentList $words
        $expected = $words.ForEach{ [Convert]::ToHexString([Text.Encoding]::UTF8.GetBytes($_)).ToLowerInvariant() }
        $result.Output | Should -Be $expected
    }

    It 'gives the command every byte but NUL, in any order' {
        $maker = [Random]::new(20)
        $arguments = @(, [byte[]](1..255)) + @(1..60 | ForEach-Object {
            $bytes = [byte[]]::new($maker.Next(0, 30))
            for ($i = 0; $i -lt $bytes.Length; $i++) { $bytes[$i] = $maker.Next(1, 256) }
            , $bytes
        })
        $result = Invoke-SshMux -Master $m $show -ArgumentList $arguments
        $result.Output | Should -Be $arguments.ForEach{ [Convert]::ToHexString($_).ToLowerInvariant() }
    }

    It 'takes numbers, files, null and arrays' {
        $result = Invoke-SshMux -Master $m 'printf "<%s>"' -ArgumentList 1.5, (Get-Item $sshd.Folder), $null, ('a b', 'c')
        $result.Output | Should -Be "<1.5><$($sshd.Folder)><><a b><c>"
    }

    It 'refuses a NUL, and arguments for a subsystem' {
        { Invoke-SshMux -Master $m echo -ArgumentList "a`0b" } | Should -Throw '*NUL*'
        { Invoke-SshMux -Master $m sftp -Subsystem -ArgumentList x } | Should -Throw '*subsystem*'
    }
}

Describe 'Invoke-SshMux with bytes' {
    It 'gives them in OutputBytes' {
        $result = Invoke-SshMux -Master $m "cat $there; echo oops >&2" -AsByteStream
        $result.OutputBytes.GetType() | Should -Be ([byte[]])
        Get-Hash $result.OutputBytes | Should -Be $hash
        $result.Output.Count | Should -Be 0
        $result.ErrorOutput | Should -Be 'oops'
        (Invoke-SshMux -Master $m 'true').OutputBytes | Should -BeNullOrEmpty
    }

    It 'gives them in pieces with -Stream' {
        $copy = [IO.MemoryStream]::new()
        Invoke-SshMux -Master $m "cat $there" -AsByteStream -Stream | ForEach-Object {
            if ($_ -isnot [byte[]] -or $_.HostName -ne 'localhost') { throw "this is $_" }
            $copy.Write($_)
        }
        Get-Hash $copy.ToArray() | Should -Be $hash
    }

    It 'takes <What>' -ForEach @(
        @{ What = 'a byte[] as -InputObject'; Run = { Invoke-SshMux -Master $m sha256sum -InputObject $random } }
        @{ What = 'a byte[] through the pipeline'; Run = { , $random | Invoke-SshMux -Master $m sha256sum } }
        @{ What = 'a file through the pipeline'; Run = { Get-Item $file | Invoke-SshMux -Master $m sha256sum } }
        @{ What = 'a file as -InputFile'; Run = { Invoke-SshMux -Master $m sha256sum -InputFile $file } }
        @{ What = 'a stream'; Run = { [IO.MemoryStream]::new($random) | Invoke-SshMux -Master $m sha256sum } }
    ) {
        (& $Run).Output | Should -Be "$($hash.ToLowerInvariant())  -"
    }

    It 'takes a file for OpenSSH''s' -Tag Unix {
        (Invoke-SshMux -ControlPath $openSsh sha256sum -InputFile $file).Output |
            Should -Be "$($hash.ToLowerInvariant())  -"
    }

    It 'takes bytes one by one, and text among them' {
        $result = 1, 255, 'x', ([byte[]](0, 2)) | ForEach-Object { if ($_ -is [int]) { [byte] $_ } else { , $_ } } |
            Invoke-SshMux -Master $m 'od -An -tx1'
        $result.Output | Should -Be ' 01 ff 78 0a 00 02'
    }

    It 'gives a file to each of several targets' {
        $results = Invoke-SshMux -Master $m, $m, $m sha256sum -InputFile $file
        $results.Output | Sort-Object -Unique | Should -Be "$($hash.ToLowerInvariant())  -"
    }

    It 'refuses two inputs' {
        { 'x' | Invoke-SshMux -Master $m cat -InputFile $file } | Should -Throw '*-InputFile*'
    }

    It 'says which file is not there' {
        Invoke-SshMux -Master $m cat -InputFile /nowhere/at/all -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -Be 'FileFailed,SshMux.PowerShell.InvokeSshMuxCommand'
        "$($failure[0])" | Should -BeExactly "could not find a part of the path '$([IO.Path]::GetFullPath('/nowhere/at/all'))'"
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60
    }
}

Describe 'Invoke-SshMux -OutputFile' {
    It 'puts the bytes into the file, and the rest into the result' {
        $copy = Join-Path $sshd.Folder copy
        'an old one' > $copy
        $result = Invoke-SshMux -Master $m "cat $there; echo oops >&2; exit 3" -OutputFile $copy
        (Get-FileHash $copy).Hash | Should -Be $hash
        $result.OutputFile | Should -Be $copy
        $result | Out-String -Width 200 | Should -Match ([regex]::Escape("> $copy"))
        $result | Format-List | Out-String -Width 200 | Should -Match 'OutputFile *: '
        $result.ExitStatus | Should -Be 3
        $result.ErrorOutput | Should -Be 'oops'
    }

    It 'does so from OpenSSH''s master, below the current location' -Tag Unix {
        Push-Location $sshd.Folder
        try { (Invoke-SshMux -ControlPath $openSsh "cat $file" -OutputFile copy2).Success | Should -BeTrue }
        finally { Pop-Location }
        (Get-FileHash "$($sshd.Folder)/copy2").Hash | Should -Be $hash
    }

    It 'has a file for each host with %h' -Tag Unix {
        $login = @{ ConfigFile = $sshd.SshConfig; Options = @{ ControlPath = "$($sshd.Folder)/%n" } }
        $results = Invoke-SshMux -HostName one, two 'echo $SSH_CLIENT' -OutputFile "$($sshd.Folder)/of-%h" @login
        $results.Count | Should -Be 2
        Get-ChildItem "$($sshd.Folder)/of-*" | ForEach-Object Name | Should -Be 'of-one', 'of-two'
        Get-SshMaster -ControlPath "$($sshd.Folder)/one", "$($sshd.Folder)/two" | Stop-SshMux
    }

    It 'does not mix the output of two targets' {
        $results = Invoke-SshMux -Master $m, $m 'echo hi' -OutputFile "$($sshd.Folder)/mixed" -ErrorVariable failure `
            -ErrorAction SilentlyContinue
        @($results).Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'InvalidInput,*'
        "$($failure[0])" | Should -Match '%h'
    }

    It 'says that a file cannot be written, and runs nothing' {
        Invoke-SshMux -Master $m "touch $($sshd.ServerFolder)/ran" -OutputFile /nowhere/x -ErrorVariable failure `
            -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'FileFailed,*'
        (Invoke-SshMux -Master $m "test -e $($sshd.ServerFolder)/ran").ExitStatus | Should -Be 1
    }

    It 'ends the command when the disk is full' -Skip:(-not (Test-Path /dev/full)) {
        Invoke-SshMux -Master $m 'cat /dev/zero' -OutputFile /dev/full -ErrorVariable failure `
            -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'FileFailed,*'
        Wait-Until { $m.Sessions -eq 0 } -Seconds 60
    }
}

Describe 'Invoke-SshMux -Encoding' {
    It 'sends and reads text as <Name>' -ForEach @(
        @{ Name = 'latin1'; Bytes = ' 68 e9 0a' }
        @{ Name = 'unicode'; Bytes = ' ff fe 68 00 e9 00 0a 00' }
        @{ Name = 'utf8BOM'; Bytes = ' ef bb bf 68 c3 a9 0a' }
        @{ Name = 'utf8NoBOM'; Bytes = ' 68 c3 a9 0a' }
        @{ Name = '1252'; Bytes = ' 68 e9 0a' }
    ) {
        ('hé' | Invoke-SshMux -Master $m 'od -An -tx1' -Encoding $Name -AsByteStream).OutputBytes |
            ForEach-Object { $text = '' } { $text += [char] $_ } { $text.TrimEnd() } | Should -Be $Bytes
        ('hé', 'à' | Invoke-SshMux -Master $m 'cat' -Encoding $Name).Output | Should -Be 'hé', 'à'
    }

    It 'takes an encoding as an object, and completes names' {
        ('hé' | Invoke-SshMux -Master $m 'cat' -Encoding ([Text.Encoding]::UTF32)).Output | Should -Be 'hé'
        (TabExpansion2 'Invoke-SshMux -Encoding utf8' 28).CompletionMatches.CompletionText |
            Should -Be 'utf8', 'utf8BOM', 'utf8NoBOM'
        { Invoke-SshMux -Master $m true -Encoding klingon } | Should -Throw '*klingon*'
    }
}

Describe 'Invoke-SshMux -ErrorOnNonZeroExit' {
    It 'gives the result and an error with the command''s last words' {
        $result = Invoke-SshMux -Master $m 'echo a; echo one >&2; echo two >&2; echo >&2; exit 5' -ErrorOnNonZeroExit `
            -ErrorVariable failure -ErrorAction SilentlyContinue
        $? | Should -BeFalse
        $result.ExitStatus | Should -Be 5
        $failure.Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -Be 'NonZeroExit,SshMux.PowerShell.InvokeSshMuxCommand'
        "$($failure[0])" | Should -Be 'localhost: the command ended with exit status 5: two'
        $failure[0].TargetObject.Output | Should -Be 'a'
    }

    It 'names the signal, and has words without output, too' {
        $null = Invoke-SshMux -Master $m 'kill -TERM $$' -ErrorOnNonZeroExit -ErrorVariable failure `
            -ErrorAction SilentlyContinue
        "$($failure[0])" | Should -Be 'localhost: the command was killed by the signal TERM'
    }

    It 'works with -Stream, and stops a script with -ErrorAction Stop' {
        $lines = [Collections.Generic.List[string]]::new()
        {
            $command = 'echo out; echo why >&2; exit 2'
            Invoke-SshMux -Master $m $command -Stream -ErrorOnNonZeroExit -ErrorAction Stop 6> $null |
                ForEach-Object { $lines.Add($_) }
        } | Should -Throw '*exit status 2: why'
        $lines | Should -Be 'out'
    }

    It 'has nothing against success' {
        (Invoke-SshMux -Master $m true -ErrorOnNonZeroExit -ErrorAction Stop).Success | Should -BeTrue
    }
}

Describe 'Invoke-SshMux -Tty over <Over>' -ForEach @(
    @{ Over = 'our master' }
    if (-not $IsWindows) {
        @{ Over = 'the socket of ours' }
        @{ Over = 'OpenSSH''s' }
    }
) {
    BeforeAll {
        $target = switch ($Over) {
            'our master' { @{ Master = $m } }
            'the socket of ours' { @{ ControlPath = "$($sshd.Folder)/../$(Split-Path -Leaf $sshd.Folder)/socket" } }
            default { @{ ControlPath = $openSsh } }
        }
        if ($Over -eq 'the socket of ours') {
            # Another way to write the path would be found to be the master of this process.
            $null = New-Item -ItemType SymbolicLink "$($sshd.Folder)/socket" -Target $m.ControlPath
        }
    }

    It 'gives a terminal of the host''s size' {
        $result = Invoke-SshMux @target 'tty; stty size; echo "$TERM"; [ -t 1 ] && echo yes >&2' -Tty -TimeoutSeconds 60
        $result.Output[0] | Should -BeLike '/dev/pts/*'
        $result.Output[1] | Should -Match '^[1-9]\d* [1-9]\d*$'
        $result.Output[3] | Should -Be 'yes'
        $result.ErrorOutput.Count | Should -Be 0
    }

    It 'types the input without an echo, and then Ctrl-D' {
        $command = 'while read -r x; do echo "got $x"; done; echo end'
        $result = 'one', 'two' | Invoke-SshMux @target $command -Tty -TimeoutSeconds 60
        $result.Output | Should -Be 'got one', 'got two', 'end'
        (Invoke-SshMux @target 'cat; echo end' -Tty -TimeoutSeconds 60).Output | Should -Be 'end'
    }

    It 'knows the exit status' {
        (Invoke-SshMux @target 'exit 4' -Tty).ExitStatus | Should -Be 4
    }
}
