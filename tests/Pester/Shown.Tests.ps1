# What a server, a master, a file's name or another program says cannot drive the terminal, wherever it is shown: tables and
# lists, questions, -WhatIf, errors, messages, completions.

BeforeDiscovery {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    [xml] $format = Get-Content -Raw "$((Get-Module SshMux).ModuleBase)/SshMux.Format.ps1xml"
    $views = foreach ($view in $format.Configuration.ViewDefinitions.View) {
        @{ Type = $view.ViewSelectedBy.TypeName; Kind = $view.TableControl ? 'Table' : 'List'; Xml = $view.OuterXml }
    }
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ScriptedHost.psm1
    Import-SshMux
    # A window's title, the same in C1, a bell, a line that is written over, a text that runs backwards.
    $evil = "`e]0;title`a`u{9b}2J`u{9d}`r`b`e[2J`u{202e}`u{2028}z"
    if ($IsWindows) { $sshd = Start-TestSshd }
    else {
        $banner = "$(New-TestFolder)/banner"
        "$evil" | Set-Content $banner
        $sshd = Start-TestSshd -ExtraConfig "Banner $banner"
    }
    $login = @{ ConfigFile = $sshd.SshConfig }

    # Colours and line ends are all that may be left.
    function Assert-Safe([string] $Text, [string] $Because) {
        # A narrow column shows the beginning.
        $Text | Should -Match 'titl|\]0;' -Because "$Because is shown"
        ($Text -replace '\e\[[\d;:]*m') -match '[\p{Cc}\p{Cf}\p{Zl}\p{Zp}-[\n\r\t]]|\r(?!\n)' |
            Should -BeFalse -Because "$Because`: $($Text -replace '\p{C}', '#')"
    }

    function Get-Shown($Object, [string] $Kind) {
        $rendering = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'Ansi'
        try { $Object | & "Format-$Kind" | Out-String -Width 2000 }
        finally { $PSStyle.OutputRendering = $rendering }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
    if (-not $IsWindows) { Remove-Item -Recurse (Split-Path $banner) }
}

Describe 'The <Kind> of <Type>' -ForEach $views {
    It 'shows every text without what drives a terminal' {
        $names = [regex]::Matches($Xml, '\$_\.(\w+)|<PropertyName>(\w+)').ForEach{ $_.Groups[1].Value + $_.Groups[2].Value } |
            Where-Object { $_ -notmatch '^(Opened|Duration|\w+RoundTrip|ForEach|Count|ResumedAt|Time)$' } | Sort-Object -Unique
        foreach ($name in $names) {
            # One of them at a time, for others may stand in its way.
            $object = [pscustomobject]@{ PSTypeName = $Type }
            foreach ($other in $names) { $object.PSObject.Properties.Add([psnoteproperty]::new($other, 'x')) }
            $number = $name -in 'Port', 'Sessions', 'ProcessId', 'InThisProcess', 'ExitStatus', 'Success', 'ListenPort',
                'ConnectPort', 'Alive', 'Locked', 'MasterPid', 'Length', 'OutputBytes', 'Number', 'Session', 'BytesSent', 'BytesReceived'
            if ($number) { continue }
            $object.$name = $evil
            foreach ($blocking in 'OutputFile', 'OutputBytes', 'Alive', 'ExitStatus') {
                if ($object.PSObject.Properties[$blocking] -and $blocking -ne $name) { $object.$blocking = $null }
            }
            Assert-Safe (Get-Shown $object $Kind) "$Kind of $Type, $name"
        }
    }

    It 'has no other text than those' {
        # What is shown as it is, is no text.
        $plain = [regex]::Matches($Xml, '<PropertyName>(\w+)').ForEach{ $_.Groups[1].Value }
        $plain.Where{
            $_ -notin 'Port', 'Sessions', 'ProcessId', 'InThisProcess', 'Opened', 'ExitStatus', 'Success',
            'Duration', 'Alive', 'Locked', 'MasterPid', 'MasterRoundTrip', 'ServerRoundTrip', 'Length', 'ResumedAt', 'Number', 'Session',
            'Count'
        } | Should -BeNullOrEmpty
    }
}

Describe 'Output of a program' {
    It 'keeps its colours in tables and lists, and ends them' {
        $m = New-SshMaster web1 @login -InformationAction Ignore
        $result = Invoke-SshMux -Master $m 'printf "\033[31mred\033]0;title\007\n"; printf "\033[1mtitle\033c\n" >&2'
        foreach ($kind in 'Table', 'List') {
            $text = Get-Shown $result $kind
            Assert-Safe $text "output as $kind"
            $text | Should -Match '\e\[31mred\?\]0;title\?\e\[0m'
        }
        # As data it is what the program wrote.
        $result.Output | Should -Be "`e[31mred`e]0;title`a"
        Stop-SshMux $m
    }

    It 'is safe in the information stream, and in an error' {
        $m = New-SshMaster web1 @login -InformationAction Ignore
        $command = 'printf "\033[31mtitle\033]0;x\007\n" >&2; exit 3'
        $null = Invoke-SshMux -Master $m $command -Stream -InformationVariable said 6> $null
        Assert-Safe "$($said[0])" 'a line of standard error'
        $said[0].MessageData.Line | Should -Be "`e[31mtitle`e]0;x`a"
        $result = Invoke-SshMux -Master $m $command -ErrorOnNonZeroExit -ErrorAction SilentlyContinue -ErrorVariable failed
        Assert-Safe "$($failed[0])" 'the error'
        foreach ($view in 'ConciseView', 'NormalView', 'DetailedView') {
            $ErrorView = $view
            Assert-Safe ($failed[0] | Out-String) $view
        }
        $result.ExitStatus | Should -Be 3
        Stop-SshMux $m
    }
}

Describe 'What others have named' -Tag Unix {
    BeforeAll {
        $folder = "$env:XDG_RUNTIME_DIR/sshmux"
        $path = Start-OpenSshMaster $sshd
        $null = New-Item -ItemType Directory -Force $folder
        & chmod 700 $folder
        & ln -s $path "$folder/$evil"
        # A record's file has its master's name.
        $shown = $evil.Replace("`r", '') -replace '[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]', '?'
        $file = ($shown -replace '[^A-Za-z0-9.]', '_').ToLowerInvariant()
        $record = "$folder/$($file.Substring(0, [Math]::Min(40, $file.Length))).master"
        @("$evil", "host$evil", "user$evil", '22', "$folder/gone", 'x', '2026-11-30T00:00:00.0000000Z', '1 1', "why $evil") -replace
            "`r" | Set-Content $record
        # Any other mode, and it would not be believed.
        & chmod 600 $record
    }

    AfterAll { Remove-Item -Force -LiteralPath $record, "$folder/$evil" -ErrorAction Ignore }

    It 'is safe in the list of masters, and in what is done with them' {
        $all = Get-SshMaster -All
        $socket = $all.Where{ $_.ControlPath -like "*$([char]7)*" }
        $socket | Should -HaveCount 1
        $ended = $all.Where{ $_.EndReason -like 'why *' }
        $ended | Should -HaveCount 1
        foreach ($kind in 'Table', 'List') {
            foreach ($one in $socket, $ended) { Assert-Safe (Get-Shown $one $kind) "masters as $kind" }
        }
        foreach ($text in $socket.Name, $ended.Name, $ended.HostName, $ended.UserName, $ended.EndReason) {
            Assert-Safe $text 'a property'
        }
        # The path is a path: it has to lead there.
        (Invoke-SshMux -Master $socket 'echo hi').Output | Should -Be 'hi'
        Assert-Safe (Invoke-SshMux -Master $socket 'echo hi').HostName 'the host of a result'
        foreach ($kind in 'Table', 'List') {
            Assert-Safe (Get-Shown (Test-SshMux $socket) $kind) "a status as $kind"
            Assert-Safe (Get-Shown (Test-SshMux $ended) $kind) "a status as $kind"
        }
    }

    It 'is safe in questions, -WhatIf and errors' {
        $path = "$folder/$evil"
        $stop = { param($path, $parameters) Stop-SshMux -ControlPath $path @parameters }
        foreach ($parameters in @{ WhatIf = $true }, @{ Confirm = $true }, @{}) {
            $run = Invoke-WithUser 2 $stop $path, $parameters
            Assert-Safe ($run.Seen -join "`n") ($parameters | Out-String)
        }
        Stop-SshMux -ControlPath $path -ErrorAction SilentlyContinue -ErrorVariable failed
        Assert-Safe "$($failed[0])" 'NotConfirmed'
        Assert-Safe ($failed[0] | Out-String) 'its view'
        Assert-Safe ($failed[0].Exception) 'all of it'
    }

    It 'is safe in completions' {
        # A master in the background would be completed by its record's name.
        $found = [Management.Automation.CommandCompletion]::CompleteInput('Test-SshMux ', 12, @{}).CompletionMatches
        $found.ListItemText -join ' ' | Should -Match 'title'
        foreach ($one in $found) { "$($one.ListItemText) $($one.ToolTip)" | Should -Not -Match '[\p{Cc}\p{Cf}]' }
    }
}

Describe 'A login' {
    It 'shows a banner safely in every stream' -Tag Unix {
        $all = New-SshMaster web1 @login -Verbose -Debug -InformationVariable said 4>&1 5>&1 6>&1 3>&1
        Assert-Safe ($said -join "`n") 'the banner'
        @($all).Count | Should -BeGreaterThan 5
        foreach ($record in $all) {
            "$record" -match '[\p{Cc}\p{Cf}-[\n]]' | Should -BeFalse -Because ("$record" -replace '\p{C}', '#')
        }
        Get-SshMaster | Where-Object InThisProcess | Stop-SshMux
    }

    It 'that fails says why safely' {
        $name = "web`e]0;title`a"
        New-SshMaster $name -ConfigFile none -ErrorAction SilentlyContinue -ErrorVariable failed
        Invoke-SshMux -HostName $name, 'x.invalid' true -ConfigFile none -ErrorAction SilentlyContinue -ErrorVariable +failed
        foreach ($failure in $failed.Where{ "$_" -match 'title' }) {
            Assert-Safe "$failure" 'an error'
            Assert-Safe $failure.Exception 'all of it'
        }
        $failed | Should -HaveCount 3
    }
}

Describe 'A forward, and a file' -Tag Unix {
    It 'is shown safely' {
        $m = New-SshMaster web1 @login -InformationAction Ignore
        $listen = "$($sshd.Folder)/a`e]0;title`a"
        $forward = Add-SshMuxForward $m -Local "${listen}:localhost:22"
        foreach ($kind in 'Table', 'List') { Assert-Safe (Get-Shown $forward $kind) "a forward as $kind" }
        Assert-Safe "$forward $($forward.Specification) $($forward.ListenAddress)" 'its texts'
        $run = Invoke-WithUser 2 { param($forward) $forward | Remove-SshMuxForward -WhatIf } $forward
        Assert-Safe ($run.Seen -join "`n") '-WhatIf'
        Add-SshMuxForward $m -Local "${listen}:localhost:22", "/nowhere/`e]0;title`a:localhost:22" `
            -ErrorAction SilentlyContinue -ErrorVariable failed | Out-Null
        $null = Invoke-SshMux -Master $m true -OutputFile "/nowhere/`e]0;title`a" -ErrorAction SilentlyContinue `
            -ErrorVariable +failed
        $null = Invoke-SshMux -Master $m true -InputFile "/nowhere/`e]0;title`a" -ErrorAction SilentlyContinue `
            -ErrorVariable +failed
        $failed.Count | Should -BeGreaterOrEqual 3
        foreach ($failure in $failed) {
            Assert-Safe "$failure" 'an error'
            Assert-Safe $failure.Exception 'all of it'
        }
        $forward | Remove-SshMuxForward
        Stop-SshMux $m
    }
}
