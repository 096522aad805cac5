# Names, copies and cells: what stands for a master or a host, wherever it comes from.

BeforeDiscovery {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
    # Copy-SshMuxItem says it in its own tests.
    $single = foreach ($command in Get-Command -Module SshMux -CommandType Cmdlet | Where-Object Name -NE Copy-SshMuxItem) {
        foreach ($parameter in $command.Parameters.Values.Where{ $_.Name -notin $common -and -not $_.SwitchParameter }) {
            if ($parameter.ParameterType.IsArray -or $parameter.Name -in 'InputObject', 'Options') { continue }
            @{ Command = $command.Name; Parameter = $parameter.Name }
        }
    }
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $login = @{ ConfigFile = $sshd.SshConfig; ErrorAction = 'Stop' }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'A list where one is meant' {
    It 'is an error that says so: <Command> -<Parameter>' -ForEach $single {
        $required = @{}
        $info = Get-Command $Command
        $set = $info.ParameterSets.Where{
            # A text is no session.
            $_.Parameters.Name -contains $Parameter -and ($Parameter -eq 'Session' -or $_.Parameters.Name -notcontains 'Session')
        }[0]
        foreach ($other in $set.Parameters.Where{ $_.IsMandatory -and $_.Name -ne $Parameter }) {
            $required[$other.Name] = $other.Name -eq 'Port' ? 22 : 'x'
        }
        # What would be right for each parameter, twice.
        $one = switch ($info.Parameters[$Parameter].ParameterType.Name) {
            'PSCredential' { [pscredential]::new('x', [securestring]::new()) }
            'IDictionary' { @{ A = 1 } }
            'Encoding' { 'utf8' }
            { $_ -in 'String', 'Object' } { 'Ssh' }
            default { 1 }
        }
        $required[$Parameter] = @($one, $one)
        $failure = try { & $Command @required -ErrorAction Stop } catch { $_ }
        "$failure" | Should -Match 'One value is meant here, and this is a list of 2'
    }

    It 'is that one if it has only one' {
        $m = New-SshMaster localhost @login -UserName @($sshd.UserName) -Port @($sshd.Port)
        (Invoke-SshMux -Master $m @('echo hi') -TimeoutSeconds @(10)).Output | Should -Be 'hi'
        Stop-SshMux $m
    }
}

Describe '-Options' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'takes <Form>' -ForEach @(
        @{ Form = 'a text'; Options = 'User=nobody-there' }
        @{ Form = 'a text with a blank'; Options = 'User nobody-there' }
        @{ Form = 'texts'; Options = 'Compression=no', 'User = nobody-there' }
        @{ Form = 'tables and texts'; Options = @{ Compression = $true }, 'User=nobody-there' }
        @{ Form = 'an object from JSON'; Options = '{"User": "nobody-there", "Compression": true}' | ConvertFrom-Json }
    ) {
        New-SshMaster localhost -ConfigFile $sshd.SshConfig -Options $Options -ErrorAction SilentlyContinue `
            -ErrorVariable failure
        "$failure" | Should -Match 'nobody-there@'
    }

    It 'gives a keyword that comes twice both values' {
        $options = 'SetEnv=SSHMUX_A=1', 'SetEnv=SSHMUX_B=2', @{ SendEnv = 'NONE' }
        $m = New-SshMaster localhost @login -Options $options
        (Invoke-SshMux -Master $m 'echo $SSHMUX_A').Output | Should -Be '1'
        $free = Get-FreePort
        $other = Get-FreePort
        $m = New-SshMaster localhost @login -Options "LocalForward=$free localhost:22", "LocalForward=$other localhost:22"
        (Get-SshMuxForward $m).ListenPort | Sort-Object | Should -Be (@($free, $other) | Sort-Object)
    }

    It 'says what is wrong with <Value>' -ForEach @(
        @{ Value = 'Compression'; Says = "'Compression' is no setting: write it as 'Keyword=value'" }
        @{ Value = '=yes'; Says = "'=yes' is no setting" }
        @{ Value = 17; Says = 'Settings are a table' }
        @{ Value = 'Compresion=yes'; Says = 'did you mean Compression' }
    ) {
        { New-SshMaster localhost @login -Options $Value } | Should -Throw "*$Says*"
        { New-SshMaster localhost @login -Options 'User=x', $Value } | Should -Throw "*$Says*"
    }
}

Describe 'A master that was copied' {
    BeforeAll {
        $m = New-SshMaster web1 @login -Name original
        $m | Export-Clixml "$($sshd.Folder)/m.xml"
        $copies = @{
            Clixml = Import-Clixml "$($sshd.Folder)/m.xml"; Json = $m | ConvertTo-Json | ConvertFrom-Json
            Selected = $m | Select-Object ControlPath; Named = $m | Select-Object Name
            Csv = $m | ConvertTo-Csv | ConvertFrom-Csv; Status = Test-SshMux $m
            Table = [pscustomobject]@{ ControlPath = $m.ControlPath; Name = 'another' }
        }
    }

    It 'is that master: <_>' -ForEach @(
        'Clixml', 'Json', 'Named', 'Csv', 'Status'
        if (-not $IsWindows) { 'Selected', 'Table' }
    ) {
        $copy = $copies[$_]
        (Invoke-SshMux -Master $copy 'echo hi').Output | Should -Be 'hi'
        ($copy | Invoke-SshMux 'echo hi').HostName | Should -Be 'web1'
        Test-SshMux $copy -Quiet | Should -BeTrue
        if (-not $IsWindows) { (Get-SshMuxOption $copy).ControlPath | Should -Match 'original' }
        $forward = Add-SshMuxForward $copy -Local '0:localhost:22'
        $forward.Master.Name | Should -Be 'original'
        Get-SshMuxForward $copy | Should -HaveCount 1
        $forward | Remove-SshMuxForward
        $stream = Open-SshMuxStream $copy -Port $sshd.Port
        $stream | Should -BeOfType [IO.Stream]
        $stream.Dispose()
    }

    It 'is used in a job, too' -Tag Unix {
        $module = (Get-Module SshMux).ModuleBase
        $job = Start-Job { Import-Module $using:module; (Invoke-SshMux -Master $using:m 'echo hi').Output }
        $job | Wait-Job | Receive-Job | Should -Be 'hi'
        Remove-Job $job
    }

    It 'that is none of a master is an error' {
        foreach ($value in [pscustomobject]@{ A = 1 }, [pscustomobject]@{ ControlPath = '' }, 17) {
            Test-SshMux $value -ErrorAction SilentlyContinue -ErrorVariable failure
            "$failure" | Should -Match 'give one of these, or an object with a ControlPath'
        }
        if ($IsWindows) { return }
        Test-SshMux ([pscustomobject]@{ ControlPath = 'env:x' }) -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Match '^ControlPathInvalid,'
    }
}

Describe 'A name that Get-SshMaster shows' {
    It 'is usable everywhere, for a master of another process' -Tag Unix {
        $other = Start-MasterInPwsh $sshd
        try {
            $path = $other.StandardOutput.ReadLine()
            $name = (Get-SshMaster -All | Where-Object ControlPath -EQ $path).Name
            (Get-SshMaster $name).ControlPath | Should -Be $path
            (Invoke-SshMux -Master $name 'echo hi').Output | Should -Be 'hi'
            Test-SshMux $name -Quiet | Should -BeTrue
            (Get-SshMuxOption $name).ControlPath | Should -Match $name
            Get-SshMuxForward $name | Should -BeNullOrEmpty
            Stop-SshMux $name -Force
            Test-Path $path | Should -BeFalse
        }
        finally {
            $other.StandardInput.Close()
            $other.WaitForExit()
        }
    }

    It 'is usable for a master at another path, once it was shown' -Tag Unix {
        $path = Start-OpenSshMaster $sshd
        $name = (Get-SshMaster -ControlPath $path).Name
        (Invoke-SshMux -Master $name 'echo hi').Output | Should -Be 'hi'
        $folder = New-TestFolder
        try {
            # Two of a name: which one is not guessed.
            $null = New-Item -ItemType SymbolicLink -Path "$folder/$name" -Target $path
            $null = Get-SshMaster -ControlPath "$folder/$name"
            Test-SshMux $name -ErrorAction SilentlyContinue -ErrorVariable failure
            "$failure" | Should -Match 'several masters are called .* name one of them with -ControlPath'
        }
        finally { Remove-Item -Recurse $folder }
        Stop-SshMux -ControlPath $path -Force
    }

    It 'may have wildcard characters in it, and means that master alone' {
        $null = 'a[12]', 'a1', 'a*' | ForEach-Object { New-SshMaster localhost @login -Name $_ }
        (Get-SshMaster 'a[12]').Name | Should -Be 'a[12]'
        (Get-SshMaster 'a*').Name | Should -Be 'a*'
        Stop-SshMux 'a*'
        Stop-SshMux 'a[12]'
        (Get-SshMaster 'a?').Name | Should -Be 'a1'
        Stop-SshMux a1
    }
}

Describe 'A cell of a table' {
    AfterEach { Get-SshMaster | Stop-SshMux }

    It 'that is empty says nothing' {
        $rows = @(
            'HostName,UserName,Port,KeyFilePath'
            'web1,,,'
            "web2,$($sshd.UserName),$($sshd.Port),$($sshd.UserKey)"
            'web3,,,'
        ) | ConvertFrom-Csv
        $all = $rows | New-SshMaster @login | Sort-Object HostName
        $all.HostName | Should -Be 'web1', 'web2', 'web3'
        $all.UserName | Should -Be (@($sshd.UserName) * 3)
    }

    It 'does not carry over to the next row' {
        $rows = @(
            [pscustomobject]@{ HostName = 'web1'; UserName = 'nobody-there'; Port = 1 }
            [pscustomobject]@{ HostName = 'web2'; UserName = $null; Port = $null }
            [pscustomobject]@{ HostName = 'web3' }
        )
        $all = $rows | New-SshMaster -ConfigFile $sshd.SshConfig -ErrorAction SilentlyContinue -ErrorVariable failure
        $all.HostName | Sort-Object | Should -Be 'web2', 'web3'
        $failure | Should -HaveCount 1
    }

    It 'that is null in JSON says nothing' {
        $rows = '[{"HostName":"web1","UserName":null,"Port":null,"KeyFilePath":null},
            {"ComputerName":"web2","KeyFilePath":["", null]}]' | ConvertFrom-Json
        ($rows | New-SshMaster @login).HostName | Sort-Object | Should -Be 'web1', 'web2'
    }

    It 'that is wrong is that row''s error' {
        $rows = "HostName,Port`nweb1,0`nweb2,70000`nweb3,x`nweb4," | ConvertFrom-Csv
        $all = $rows | New-SshMaster -ConfigFile $sshd.SshConfig -ErrorAction SilentlyContinue -ErrorVariable failure
        $all.HostName | Should -Be 'web4'
        $failure | Should -HaveCount 3
        "$($failure[0])" | Should -Match "'0' is no TCP port"
    }

    It 'is not what a parameter is: on the command line nothing is an error' {
        foreach ($empty in @{ UserName = '' }, @{ UserName = $null }, @{ Port = $null }, @{ Port = '' }, @{ KeyFilePath = @() }) {
            $failure = try { New-SshMaster web1 @login @empty } catch { $_ }
            "$failure" | Should -Match "-$($empty.Keys) is empty" -Because ($empty | Out-String)
            $failure = try { Invoke-SshMux -HostName web1 true @login @empty } catch { $_ }
            "$failure" | Should -Match "-$($empty.Keys) is empty" -Because ($empty | Out-String)
        }
    }
}

Describe '[pscredential]::Empty' {
    It 'is no credential' {
        $none = [pscredential]::Empty
        $m = New-SshMaster web1 @login -Credential $none
        $m.UserName | Should -Be $sshd.UserName
        Stop-SshMux $m
        (Invoke-SshMux -HostName web1 'echo hi' @login -Credential $none).Output | Should -Be 'hi'
        $job = Invoke-SshMux -HostName web1 'echo hi' @login -Credential $none -AsJob
        ($job | Wait-Job | Receive-Job).Output | Should -Be 'hi'
        Remove-Job $job
        # Where a password is asked for, it does not answer.
        New-SshMaster web1 -ConfigFile $sshd.SshConfig -Credential $none -Options @{ PreferredAuthentications = 'password' } `
            -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Match '^AuthenticationFailed,'
        Get-SshMaster | Stop-SshMux
    }
}

Describe 'A host' {
    It 'may be an object with a HostName' {
        $rows = [pscustomobject]@{ HostName = 'web1'; Role = 'x' }, [pscustomobject]@{ ComputerName = 'web2' }
        (Invoke-SshMux -HostName $rows 'echo hi' @login).HostName | Sort-Object | Should -Be 'web1', 'web2'
        { Invoke-SshMux -HostName @{ A = 1 } 'echo hi' @login } | Should -Throw '*is no host name*'
        Get-SshMaster | Stop-SshMux
    }
}
