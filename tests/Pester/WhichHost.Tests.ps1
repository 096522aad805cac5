# Whose error or result it is, of many; and what it is called.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $config = "$($sshd.Folder)/which_config"
    @('Host gone, gone2', '  Port 1', 'Match all'; Get-Content $sshd.SshConfig) -replace 'gone, ', 'gone ' |
        Set-Content $config
    $login = @{ ConfigFile = $config }

    function Get-Failure([scriptblock] $Call) {
        try {
            & $Call -ErrorAction SilentlyContinue -ErrorVariable +global:failures | Out-Null
            $global:failures
        }
        finally { Remove-Variable -Scope Global failures -ErrorAction Ignore }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'The error of one of many' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'begins with its host: <Name>' -ForEach @(
        @{ Name = 'New-SshMaster'; Call = { New-SshMaster web1, gone, gone2 @login @args } }
        @{ Name = 'New-SshMaster, piped'; Call = { 'web1', 'gone', 'gone2' | New-SshMaster @login @args } }
        @{ Name = 'Invoke-SshMux'; Call = { Invoke-SshMux -HostName web1, gone, gone2 true @login @args } }
        @{ Name = 'New-SshMaster, a key that is not there'
            Call = { New-SshMaster gone, gone2 @login -KeyFilePath /nowhere @args } }
    ) {
        $failures = Get-Failure $Call
        $failures | Should -HaveCount 2
        $failures | ForEach-Object { "$_" } | Should -Match '^gone2?: '
        $failures.TargetObject | Sort-Object | Should -Be 'gone', 'gone2'
    }

    It 'is in a job, too' {
        $job = Invoke-SshMux -HostName gone, gone2 true @login -AsJob
        $null = $job | Wait-Job
        foreach ($child in $job.ChildJobs) { "$($child.Error[0])" | Should -Match "^$($child.Location): " }
        Remove-Job $job
    }

    It 'is without it where there is one' {
        "$(Get-Failure { New-SshMaster gone @login @args })" | Should -Match '^connect to host'
        "$(Get-Failure { 'input' | Invoke-SshMux -HostName gone cat @login @args })" | Should -Match '^connect to host'
    }

    It 'names its master: <Name>' -ForEach @(
        @{ Name = 'Add-SshMuxForward'; Call = { 'one', 'two' | Add-SshMuxForward -Local "127.0.0.1:$($sshd.Port):x:1" @args } }
        @{ Name = 'Open-SshMuxStream'; Call = { Open-SshMuxStream -Master one, two -Port 1 @args } }
        @{ Name = 'Invoke-SshMux'; Call = { Invoke-SshMux -Master * -Subsystem no-such @args } }
        @{ Name = 'Invoke-SshMux, a file'; Call = { Invoke-SshMux -Master one, two true -OutputFile "/nowhere/%h" @args } }
    ) {
        $null = New-SshMaster web1, web2 @login -Name one, two
        $failures = Get-Failure $Call
        $failures | Should -HaveCount 2
        $failures | ForEach-Object { "$_" -replace ':.*' } | Sort-Object | Should -Be 'web1', 'web2'
    }
}

Describe 'The id of a login that fails' {
    BeforeAll {
        $keys = "$($sshd.Folder)/keys_config"
        @(Get-Content $sshd.SshConfig) -notmatch 'IdentityFile' | Set-Content $keys
        $locked = New-TestKey "$($sshd.Folder)/locked" ed25519 'open sesame'
        Add-AuthorizedKey $sshd (Get-Content "$locked.pub")
        Write-TestKey "$($sshd.Folder)/damaged" 'no key'
        $null = New-TestKey "$($sshd.Folder)/stranger"
    }

    It 'is <Id> for a key that is <Key>' -ForEach @(
        @{ Key = 'missing'; Id = 'KeyUnusable' }
        @{ Key = 'damaged'; Id = 'KeyUnusable' }
        @{ Key = 'locked'; Id = 'KeyUnusable' }
        @{ Key = 'stranger'; Id = 'AuthenticationFailed' }
    ) {
        $failure = Get-Failure { New-SshMaster web1 -ConfigFile $keys -KeyFilePath "$($sshd.Folder)/$Key" @args }
        $failure[0].FullyQualifiedErrorId | Should -Be "$Id,SshMux.PowerShell.NewSshMasterCommand"
        $failure[0].CategoryInfo.Category | Should -Be ($Id -eq 'KeyUnusable' ? 'InvalidData' : 'AuthenticationError')
        if ($IsWindows) { return }
        $failure = Get-Failure {
            New-SshMaster web1 -Background -ConfigFile $keys -KeyFilePath "$($sshd.Folder)/$Key" @args
        }
        $failure[0].FullyQualifiedErrorId | Should -Match "^$Id,"
    }

    It 'is KeyUnusable for a passphrase that is wrong' {
        $run = Invoke-WithUser 'no', 'no', 'no' {
            param($config, $key) New-SshMaster web1 -ConfigFile $config -KeyFilePath $key
        } $keys, $locked
        $run.Errors[0].FullyQualifiedErrorId | Should -Match '^KeyUnusable,'
        "$($run.Errors[0])" | Should -Match 'there was no right passphrase'
    }

    It 'is AuthenticationFailed where another key was refused as well' {
        $both = "$($sshd.Folder)/damaged", "$($sshd.Folder)/stranger"
        $failure = Get-Failure { New-SshMaster web1 -ConfigFile $keys -KeyFilePath $both @args }
        $failure[0].FullyQualifiedErrorId | Should -Match '^AuthenticationFailed,'
    }
}

Describe 'Advice' {
    It 'is in the words of cmdlets (<Name>)' -ForEach @(
        @{ Name = 'in this process'; More = @{} }
        if (-not $IsWindows) { @{ Name = 'in the background'; More = @{ Background = $true } } }
    ) {
        $none = "$($sshd.Folder)/none_config"
        @(Get-Content $sshd.SshConfig) -replace 'IdentityFile.*', 'IdentityFile none' | Set-Content $none
        $text = "$(Get-Failure { New-SshMaster web1 -ConfigFile $none @More @args })"
        $text | Should -Match 'name one with -KeyFilePath or IdentityFile'
        $text | Should -Not -MatchExactly ' -i '
    }

    It 'says where no master is how one is opened' -Tag Unix {
        $text = "$(Get-Failure { Invoke-SshMux -ControlPath /tmp/no-such-socket true @args })"
        $text | Should -Match 'with New-SshMaster -ControlPath /tmp/no-such-socket'
        $text | Should -Not -Match 'sshmux -M'
    }

    It 'on a host key names the parameter' {
        $options = @{ UserKnownHostsFile = "$($sshd.Folder)/none" }
        $text = "$(Get-Failure { New-SshMaster web1 @login -Options $options @args })"
        $text | Should -Match 'accept it once with -AcceptNewHostKey'
    }
}

Describe 'A host key that the user declines' {
    It 'is said to be declined (<Name>)' -ForEach @(
        @{ Name = 'in this process'; More = @{} }
        if (-not $IsWindows) { @{ Name = 'in the background'; More = @{ Background = $true } } }
    ) {
        $options = @{ UserKnownHostsFile = "$($sshd.Folder)/none"; StrictHostKeyChecking = 'ask' }
        $run = Invoke-WithUser 1 {
            param($config, $options, $more) New-SshMaster web1 -ConfigFile $config -Options $options @more
        } $sshd.SshConfig, $options, $More
        $run.Errors | Should -HaveCount 1
        $run.Errors[0].FullyQualifiedErrorId | Should -Match '^HostKeyUnknown,'
        "$($run.Errors[0])" | Should -Match '^you declined the host key'
        # Nobody is not somebody who declines.
        $run = Invoke-WithUser @() {
            param($config, $options, $more) New-SshMaster web1 -ConfigFile $config -Options $options @more
        } $sshd.SshConfig, $options, $More
        "$($run.Errors[0])" | Should -Match 'nobody can be asked'
        "$($run.Errors[0])" | Should -Not -Match 'declined'
    }
}

Describe 'A result' -Tag Unix {
    It 'has the host''s name over a control path of another process, and a file, too' {
        $other = Start-MasterInPwsh $sshd
        try {
            $path = $other.StandardOutput.ReadLine()
            (Invoke-SshMux -ControlPath $path 'echo hi').HostName | Should -Be 'there'
            (Invoke-SshMux -ControlPath $path 'echo hi' -Stream).HostName | Should -Be 'there'
            $null = Invoke-SshMux -ControlPath $path 'echo hi' -OutputFile "$($sshd.Folder)/%h.out"
            Get-Content "$($sshd.Folder)/there.out" | Should -Be 'hi'
            $job = Invoke-SshMux -ControlPath $path 'echo hi' -AsJob
            ($job | Wait-Job | Receive-Job).HostName | Should -Be 'there'
            Remove-Job $job
        }
        finally {
            $other.StandardInput.Close()
            $other.WaitForExit()
        }
    }

    It 'has the control path where the master tells no host' {
        # OpenSSH's tell the address from 10.3 on.
        $path = Start-OpenSshMaster $sshd
        (Invoke-SshMux -ControlPath $path 'echo hi').HostName | Should -BeIn $path, '127.0.0.1'
    }

    It 'cannot be changed' {
        $m = New-SshMaster web1 @login
        foreach ($object in (Invoke-SshMux -Master $m 'echo hi'), (Test-SshMux $m), $m,
            (Add-SshMuxForward $m -Local 0:localhost:22)) {
            foreach ($property in $object.PSObject.Properties) {
                $property.IsSettable | Should -BeFalse -Because "$($object.PSTypeNames[0]) $($property.Name)"
            }
        }
        Stop-SshMux $m
    }
}
