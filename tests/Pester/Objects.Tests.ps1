# What is sent for an object: its text, a secret's content where nobody sees it, and never a class's name.

BeforeDiscovery {
    $secret = { ConvertTo-SecureString 's3cret wörd' -AsPlainText -Force }
    $secrets = @{ Kind = 'a SecureString'; Make = $secret }, @{
        Kind = 'a PSCredential'; Make = { [pscredential]::new('me', (ConvertTo-SecureString 's3cret wörd' -AsPlainText -Force)) }
    }
    $texts = @(
        @{ Kind = 'a number'; Make = { 12.5 }; Text = '12.5' }
        @{ Kind = 'a date'; Make = { [datetime]'2026-11-30' }; Text = '11/30/2026 00:00:00' }
        @{ Kind = 'a version'; Make = { [version]'1.2' }; Text = '1.2' }
        @{ Kind = 'an enum'; Make = { [DayOfWeek]::Monday }; Text = 'Monday' }
        @{ Kind = 'a Uri'; Make = { [uri]'http://x/' }; Text = 'http://x/' }
        @{ Kind = 'a character'; Make = { [char]'x' }; Text = 'x' }
        @{ Kind = 'a bool'; Make = { $true }; Text = 'True' }
        @{ Kind = 'a folder'; Make = { Get-Item / }; Text = (Get-Item /).FullName }
        @{ Kind = 'an error'; Make = { [Management.Automation.ErrorRecord]::new([Exception]'no', 'x', 0, $null) }; Text = 'no' }
        @{ Kind = 'an object that has made itself a text'
            Make = { [pscustomobject]@{ A = 1 } | Add-Member -PassThru -Force ScriptMethod ToString { 'mine' } }; Text = 'mine' }
    )
    $none = @(
        @{ Kind = 'a hashtable'; Make = { @{ A = 1 } } }
        @{ Kind = 'an ordered table'; Make = { [ordered]@{ A = 1 } } }
        @{ Kind = 'a custom object'; Make = { [pscustomobject]@{ A = 1 } } }
        @{ Kind = 'an empty custom object'; Make = { [pscustomobject]@{} } }
        @{ Kind = 'an object without a text'; Make = { [object]::new() } }
        @{ Kind = 'a process'; Make = { Get-Process -Id $PID } }
        @{ Kind = 'a task'; Make = { [Threading.Tasks.Task]::FromResult(1) } }
    )
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster web1 -ConfigFile $sshd.SshConfig

    # The error of a call, and that nothing was run.
    function Get-Refusal([scriptblock] $Call) {
        try {
            & $Call -ErrorAction SilentlyContinue -ErrorVariable +global:refused | Should -BeNullOrEmpty
            $global:refused[0]
        }
        catch { $_ }
        finally { $global:refused = $null }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'As input, <Kind>' -ForEach $secrets {
    It 'is sent as a line' {
        $result = & $Make | Invoke-SshMux -Master $m 'cat'
        $result.Output | Should -Be 's3cret wörd'
        (Invoke-SshMux -Master $m 'cat' -InputObject (& $Make)).Output | Should -Be 's3cret wörd'
    }

    It 'stands between other lines, for several commands, in the encoding that is asked for' {
        $all = 'before', (& $Make), 'after' | Invoke-SshMux -Master $m, $m 'cat' -Encoding unicode
        foreach ($one in $all) { $one.Output | Should -Be 'before', 's3cret wörd', 'after' }
        $all | Should -HaveCount 2
    }

    It 'is read by a program on a terminal' {
        $result = & $Make | Invoke-SshMux -Master $m 'read -r line; echo "<$line>"' -Tty
        $result.Output | Should -Contain '<s3cret wörd>'
    }

    It 'is refused where others would see it' {
        $value = & $Make
        $calls = @(
            { Invoke-SshMux -Master $m 'echo' -ArgumentList $value @args }
            { Invoke-SshMux -Master $m 'echo' -ArgumentList 'a', @('b', $value) @args }
            { Invoke-SshMux -Master $m 'env' -Environment @{ SSHMUX_A = $value } @args }
            { Invoke-SshMux -Master $m 'env' -Environment @{ SSHMUX_A = 'a', $value } @args }
            { Invoke-SshMux -Master $m $value @args }
            { Invoke-SshMux -HostName $value 'true' @args }
            { New-SshMaster web1 -Options @{ User = $value } @args }
            { New-SshMaster web1 -UserName $value @args }
        )
        foreach ($call in $calls) {
            $failure = Get-Refusal $call
            $failure | Should -Not -BeNullOrEmpty -Because $call
            "$failure" | Should -Not -Match 's3cret'
            "$failure" | Should -Match 'secret|no host name' -Because $call
        }
        "$(Get-Refusal $calls[0])" | Should -Match 'standard input'
        (Get-Refusal $calls[0]).FullyQualifiedErrorId | Should -Match '^InvalidInput,'
    }
}

Describe 'A secret as input' {
    It 'leaves no copy of it that was sent in this process' -Skip:(-not $IsLinux -or [Environment]::UserName -ne 'root') {
        # What is looked for must not be in the process that looks, nor come from a text.
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            `$m = New-SshMaster web1 -ConfigFile '$($sshd.SshConfig)'
            `$secret = [securestring]::new(); foreach (`$i in 1..40) { `$secret.AppendChar([char](0x30 + `$i * 29 % 64)) }
            `$made = `$secret
            `$null = `$made | Invoke-SshMux -Master `$m 'cat > /dev/null; sleep 0.2'
            `$null = 'other' * 20000 | Invoke-SshMux -Master `$m 'cat > /dev/null'
            'ready'; `$null = [Console]::ReadLine()"
        $start = [Diagnostics.ProcessStartInfo]::new('pwsh', [string[]]@('-NoProfile', '-Command', $script))
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $process = [Diagnostics.Process]::Start($start)
        try {
            $process.StandardOutput.ReadLine() | Should -Be 'ready'
            & python3 -c @'
import re, sys
secret = bytes(0x30 + i * 29 % 64 for i in range(1, 41))
found = 0
with open(f'/proc/{sys.argv[1]}/mem', 'rb', 0) as memory:
    for line in open(f'/proc/{sys.argv[1]}/maps'):
        start, end, mode = re.match(r'(\w+)-(\w+) (\S+)', line).groups()
        if not mode.startswith('rw'): continue
        try:
            memory.seek(int(start, 16))
            data = memory.read(int(end, 16) - int(start, 16))
        except (OSError, ValueError, OverflowError): continue
        found += data.count(secret) if data else 0
print(found)
'@ $process.Id | Should -Be '0'
        }
        finally {
            $process.StandardInput.Close()
            $process.WaitForExit()
        }
    }
}

Describe '<Kind>' -ForEach $texts {
    It 'is sent as its text: input, argument, variable' {
        $value = & $Make
        (, $value | Invoke-SshMux -Master $m 'cat').Output | Should -Be $Text
        (Invoke-SshMux -Master $m 'printf %s' -ArgumentList $value).Output | Should -Be $Text
        (Invoke-SshMux -Master $m 'printf %s "$SSHMUX_A"' -Environment @{ SSHMUX_A = $value }).Output | Should -Be $Text
    }
}

Describe '<Kind>' -ForEach $none {
    It 'has no text form, which is an error: input, argument, variable' {
        $value = & $Make
        $result = 'before', $value, 'after' |
            Invoke-SshMux -Master $m 'cat' -ErrorAction SilentlyContinue -ErrorVariable failure
        # The rest is sent.
        $result.Output | Should -Be 'before', 'after'
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -Match '^InvalidInput,'
        "$($failure[0])" | Should -Match 'has no text form; give the property that is meant'
        foreach ($call in { Invoke-SshMux -Master $m 'echo' -ArgumentList $value @args },
            { Invoke-SshMux -Master $m 'echo' -Environment @{ SSHMUX_A = $value } @args },
            { Invoke-SshMux -Master $m $value @args }) {
            "$(Get-Refusal $call)" | Should -Match 'has no text form' -Because $call
        }
    }
}

Describe 'Lists of every kind' {
    It 'are several arguments' {
        $list = [Collections.Generic.HashSet[string]]@('a b', 'c')
        (Invoke-SshMux -Master $m 'printf "<%s>"' -ArgumentList $list, ([Collections.ArrayList]@(1, 2))).Output |
            Should -Be '<a b><c><1><2>'
    }
}
