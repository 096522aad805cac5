# Errors behave as PowerShell's own do, read well, and tell nothing of the machine that built the module.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $login = @{ ConfigFile = $sshd.SshConfig }
    $null = New-SshMaster localhost @login -Name living
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe '<Name>' -ForEach @(
    @{ Name = 'New-SshMaster'; Id = 'HostNotFound'; Target = 'no-such-host.invalid'
        Command = 'New-SshMaster no-such-host.invalid -ConfigFile none' }
    @{ Name = 'Invoke-SshMux'; Id = 'MasterNotFound'; Target = 'nobody'; Command = 'Invoke-SshMux -Master nobody true' }
    @{ Name = 'Get-SshMaster'; Id = 'MasterNotFound'; Target = 'nobody'; Command = 'Get-SshMaster nobody' }
    if ($IsWindows) { @{ Name = 'Stop-SshMux'; Id = 'MasterNotFound'; Target = 'nobody'; Command = 'Stop-SshMux nobody' } }
    else {
        @{ Name = 'Stop-SshMux'; Id = 'ControlSocketMissing'; Target = '/tmp/no-such-socket'
            Command = 'Stop-SshMux -ControlPath /tmp/no-such-socket' }
    }
    @{ Name = 'Add-SshMuxForward'; Id = 'ConfigurationInvalid'; Target = '80'
        Command = 'Add-SshMuxForward living -Local 80' }
    @{ Name = 'Get-SshMuxForward'; Id = 'MasterNotFound'; Target = 'nobody'; Command = 'Get-SshMuxForward nobody' }
    @{ Name = 'Get-SshMuxOption'; Id = 'MasterNotFound'; Target = 'nobody'; Command = 'Get-SshMuxOption nobody' }
    @{ Name = 'Test-SshMux'; Id = 'MasterNotFound'; Target = 'nobody'; Command = 'Test-SshMux nobody' }
) {
    BeforeEach { $Error.Clear() }

    It 'writes one error with its id, category and target, goes on, and shows it in $?' {
        $output = & ([scriptblock]::Create(
                "`$null = $Command -ErrorAction SilentlyContinue -ErrorVariable failed; `$?; `$failed"))
        $output | Should -HaveCount 2
        $output[0] | Should -BeFalse
        $failure = $output[1]
        $Error | Should -HaveCount 1
        $Error[0] | Should -Be $failure
        $failure.FullyQualifiedErrorId | Should -Match "^$Id,SshMux\.PowerShell\."
        $failure.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
        "$($failure.TargetObject)" | Should -Be $Target
        $failure.InvocationInfo.MyCommand.Name | Should -Be $Name
    }

    It 'leaves no error with -ErrorAction Ignore' {
        & ([scriptblock]::Create("`$null = $Command -ErrorAction Ignore"))
        $Error | Should -HaveCount 0
    }

    It 'ends a script with -ErrorAction Stop, and is caught' {
        $caught = & ([scriptblock]::Create("try { $Command -ErrorAction Stop; 'not caught' } catch { `$_ }"))
        $caught | Should -HaveCount 1
        $caught.FullyQualifiedErrorId | Should -Match "^$Id,"
        $caught.Exception.Message | Should -Not -BeNullOrEmpty
    }
}

Describe 'An error' {
    BeforeAll {
        New-SshMaster 127.0.0.1 -Port (Get-FreePort) -ConfigFile none -ErrorAction SilentlyContinue `
            -ErrorVariable failed
        $root = (Resolve-Path "$PSScriptRoot/../..").Path
    }

    It 'is short in the view that pwsh shows' {
        $text = $failed[0] | Out-String -Width 400
        $text -replace '[\s|]+', ' ' | Should -Match 'connection refused; nothing listens there'
        $text | Should -Not -Match '(?m)^\s+at |Exception'
    }

    It 'tells no folder of the machine that built it, not even in full' {
        $full = ($failed[0] | Format-List * -Force | Out-String -Width 4000) + (Get-Error -InputObject $failed[0] |
            Out-String -Width 4000)
        $full | Should -Match 'SshMux\.Engine\.SshException'
        # The tests and what runs them are in that folder, and the error tells where it came from.
        $full -replace "$([regex]::Escape($root))/(tests|build|out/tools)/" | Should -Not -Match ([regex]::Escape("$root/"))
        foreach ($file in Get-ChildItem -Recurse (Get-Module SshMux).ModuleBase -Include SshMux*.dll, SshMux*.pdb) {
            $bytes = [IO.File]::ReadAllBytes($file.FullName)
            foreach ($encoding in [Text.Encoding]::UTF8, [Text.Encoding]::Unicode) {
                [Text.Encoding]::Latin1.GetString($bytes).Contains(
                    [Text.Encoding]::Latin1.GetString($encoding.GetBytes("$root/src"))) |
                    Should -BeFalse -Because "$($file.Name) is for everybody"
            }
        }
    }
}

Describe 'The engine' {
    It 'writes nothing to the console: it does not even know it' {
        $path = Join-Path (Get-Module SshMux).ModuleBase lib SshMux.Engine.dll
        $stream = [IO.File]::OpenRead($path)
        $reader = [Reflection.PortableExecutable.PEReader]::new($stream)
        try {
            $metadata = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($reader)
            $names = foreach ($handle in $metadata.TypeReferences) {
                $type = $metadata.GetTypeReference($handle)
                "$($metadata.GetString($type.Namespace)).$($metadata.GetString($type.Name))"
            }
        }
        finally {
            $reader.Dispose()
            $stream.Dispose()
        }
        $names | Should -Contain 'System.Net.Sockets.Socket'
        $names | Should -Not -Contain 'System.Console'
    }
}

Describe 'Where nobody can be asked' {
    BeforeAll {
        $key = New-TestKey (Join-Path $sshd.Folder encrypted) ed25519 'open sesame'
        Add-AuthorizedKey $sshd (Get-Content "$key.pub")
        $encrypted = "$($sshd.Folder)/ssh_config_encrypted"
        (Get-Content $sshd.SshConfig) -replace 'user_key', 'encrypted' | Set-Content $encrypted
        $pwsh = (Get-Process -Id $PID).Path
        $module = (Get-Module SshMux).ModuleBase
        $unknown = "@{ UserKnownHostsFile = '$($sshd.Folder)/none'; StrictHostKeyChecking = 'ask' }"
        $text = "Import-Module '$module'
            New-SshMaster one -ConfigFile '$($sshd.SshConfig)' -Options $unknown -ErrorAction SilentlyContinue
            New-SshMaster one -ConfigFile '$encrypted' -ErrorAction SilentlyContinue
            `$m = New-SshMaster one -ConfigFile '$($sshd.SshConfig)'
            (Invoke-SshMux -Master `$m 'echo works').Output
            `$m | Stop-SshMux
            `$Error[1, 0].ForEach{ `"`$(`$_.FullyQualifiedErrorId -replace ',.*') `$_`" }"
        $script = [scriptblock]::Create($text)

        function Assert-Clear([string[]] $Lines) {
            $Lines[0] | Should -Be 'works'
            $Lines[1] | Should -BeLike 'HostKeyUnknown *nobody can be asked: -AcceptNewHostKey *'
            $Lines[2] | Should -BeLike "KeyUnusable *'$key'; here nobody can be asked: *-Credential*"
            $Lines | Should -HaveCount 3
        }
    }

    It 'the error says so, in pwsh -NonInteractive' {
        Assert-Clear (& $pwsh -NoProfile -NonInteractive -Command $text)
    }

    It 'the error says so, and the script goes on, where standard input has ended' -Tag Unix {
        $text | Set-Content "$($sshd.Folder)/script.ps1"
        Assert-Clear (& sh -c "pwsh -NoProfile -File $($sshd.Folder)/script.ps1 < /dev/null")
    }

    It 'the error says so, in a job, and in ForEach-Object -Parallel' {
        $lines = & $pwsh -NoProfile -NonInteractive -Command "`$script = [scriptblock]::Create(
            [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String(
                '$([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($text)))')))
            Start-Job `$script | Receive-Job -Wait
            1 | ForEach-Object -Parallel `$script"
        # PowerShell itself warns of the question that comes from the job.
        $lines = $lines -notmatch 'WARNING: '
        $lines | Should -HaveCount 6
        Assert-Clear $lines[0..2]
        Assert-Clear $lines[3..5]
    }
}
