# The module itself: what it exports, how it loads, what it shows.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $module = Get-Module SshMux
    $pwsh = (Get-Process -Id $PID).Path
}

Describe 'The module' {
    It 'has a valid manifest, and exports just its cmdlets' {
        $manifest = Test-ModuleManifest (Join-Path $module.ModuleBase SshMux.psd1) -ErrorAction Stop
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be ($manifest.ExportedCmdlets.Keys | Sort-Object)
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
        $manifest.ExportedCmdlets.Keys | Sort-Object | Should -Be @(
            'Add-SshMuxForward'
            'Copy-SshMuxItem'
            'Enter-SshMux'
            'Get-SshMaster'
            'Get-SshMuxForward'
            'Get-SshMuxOption'
            'Get-SshMuxSession'
            'Invoke-SshMux'
            'Lock-SshMaster'
            'New-SshMaster'
            'Open-SshMuxStream'
            'Remove-SshMuxForward'
            'Rename-SshMuxSession'
            'Send-SshMuxSignal'
            'Stop-SshMux'
            'Stop-SshMuxSession'
            'Test-SshMux'
            'Unlock-SshMaster'
            'Watch-SshMuxSession')
    }

    It 'can be imported again, and after it was removed' {
        $script = "Import-Module '$($module.ModuleBase)'; Import-Module '$($module.ModuleBase)' -Force
            Remove-Module SshMux; Import-Module '$($module.ModuleBase)'; (Get-Command -Module SshMux).Count"
        & $pwsh -NoProfile -Command $script | Should -Be $module.ExportedCmdlets.Count
    }

    It 'adds nothing to the session but its cmdlets, and takes all away again' {
        $script = {
            param($module)
            $look = {
                Get-Variable -Scope Global | ForEach-Object { "variable $($_.Name)" }
                Get-Command -ListImported -CommandType Alias, Function, Filter, Cmdlet, Script |
                    ForEach-Object { "$($_.CommandType) $($_.Name)" }
                Get-Module | ForEach-Object { "module $($_.Name)" }
                Get-PSDrive | ForEach-Object { "drive $($_.Name)" }
                Get-TypeData | ForEach-Object { "type $($_.TypeName)" }
                Get-ChildItem env: | ForEach-Object { "environment $($_.Name)" }
                Get-EventSubscriber | ForEach-Object { "event $($_.SourceIdentifier)" }
                "errors $($Error.Count)"
            }
            $before = & $look # the first time, modules are loaded for it
            $before = & $look
            Import-Module $module
            Compare-Object $before (& $look) | ForEach-Object { "$($_.SideIndicator) $($_.InputObject)" }
            Remove-Module SshMux
            Compare-Object $before (& $look) | ForEach-Object { "still $($_.SideIndicator) $($_.InputObject)" }
        }
        $lines = & $pwsh -NoProfile -Command $script -args $module.ModuleBase
        $expected = @($module.ExportedCmdlets.Keys.ForEach{ "=> Cmdlet $_" }) + '=> module SshMux'
        $lines | Sort-Object | Should -Be ($expected | Sort-Object)
    }

    It 'works beside other versions of its libraries, in one process with a module that brings them' -Tag Unix {
        $folder = New-TestFolder
        $sshd = Start-TestSshd
        $script = {
            param($folder, $module, $config)
            $libraries = 'Microsoft.Extensions.Logging.Abstractions', 'Mono.Unix'
            # Libraries of the same names and other versions, where everybody's assemblies are, and their module.
            $null = New-Item -ItemType Directory $folder/Other
            foreach ($library in $libraries) {
                $builder = [Reflection.Emit.PersistedAssemblyBuilder]::new(
                    [Reflection.AssemblyName]"$library, Version=99.0.0.0", [object].Assembly)
                $type = $builder.DefineDynamicModule('it').DefineType("Other.$($library -replace '.*\.')", 'Public')
                $null = $type.CreateType()
                $builder.Save("$folder/Other/$library.dll")
                "Add-Type -LiteralPath `$PSScriptRoot/$library.dll" | Add-Content $folder/Other/Other.psm1
            }
            'function Get-Other { [Other.Abstractions]::new(), [Other.Unix]::new() }' |
                Add-Content $folder/Other/Other.psm1

            Import-Module $folder/Other, $module -ErrorAction Stop
            (Get-Other).Count
            $m = New-SshMaster there -ConfigFile $config -ErrorAction Stop
            (Invoke-SshMux -Master $m 'echo hi').Output
            Stop-SshMux $m
            (Get-Other).Count
            foreach ($context in [Runtime.Loader.AssemblyLoadContext]::All) {
                foreach ($name in $context.Assemblies.GetName().Where{ $_.Name -in $libraries }) {
                    "$($context.Name) $($name.Name) $($name.Version.Major)"
                }
            }
        }
        try {
            & $pwsh -NoProfile -Command $script -args $folder, $module.ModuleBase, $sshd.SshConfig | Should -Be @(
                2, 'hi', 2
                'Default Microsoft.Extensions.Logging.Abstractions 99', 'Default Mono.Unix 99'
                'SshMux Microsoft.Extensions.Logging.Abstractions 10', 'SshMux Mono.Unix 7')
        }
        finally {
            Stop-TestSshd $sshd
            Remove-Item -Recurse $folder
        }
    }

    It 'writes nothing but objects and errors: no warning, no output' {
        & $pwsh -NoProfile -Command "Import-Module '$($module.ModuleBase)'; Get-SshMaster nobody* *>&1" |
            Should -BeNullOrEmpty
    }
}

Describe 'The views' {
    BeforeAll {
        $sshd = Start-TestSshd
        $m = New-SshMaster localhost -Name 'my master' -ConfigFile $sshd.SshConfig
        $render = { param($objects) $PSStyle.OutputRendering = 'PlainText'; ($objects | Out-String -Width 150).Trim() }
    }

    AfterAll {
        Assert-NothingLeft $sshd
        Stop-TestSshd $sshd
    }

    It 'show a master of <Age> as opened <Shown>' -ForEach @(
        @{ Age = '0:0:5'; Shown = '5 s ago' }
        @{ Age = '0:7:0'; Shown = '7 min ago' }
        @{ Age = '5:0:0'; Shown = '5 h ago' }
        @{ Age = '4.0:0:0'; Shown = '4 d ago' }
    ) {
        $old = [PSCustomObject]@{ PSTypeName = 'SshMux.Master'; Name = 'old'; Opened = [DateTime]::Now - [TimeSpan]$Age }
        & $render $old | Should -Match "\b$($Shown -replace '^5 s', '\d+ s')"
    }

    It 'show masters as a table' {
        & $render $m | Should -Match (
            '(?s)^Name +Host +State +Sessions +Opened +ControlPath.*my master +\S+@localhost:\d+ +Open +0 +\d+ s ago' +
            ($IsWindows ? '' : ' +/'))
        & $render ($m | Format-List) | Should -Match '(?m)^InThisProcess +: True'
    }

    It 'show results as a table with their output' {
        $text = & $render (Invoke-SshMux -Master $m 'echo one; echo two; echo bad >&2; exit 4')
        $text | Should -Match '(?s)^HostName +Exit +Time +Output.*localhost +4 +\d+ ms +one\s+two\s+bad$'
        & $render (Invoke-SshMux -Master $m 'seq 1 100') | Should -Match 'and 80 more lines'
        & $render (Invoke-SshMux -Master $m 'echo one; exit 4' | Format-List) | Should -Match '(?m)^Output +: one'
    }

    It 'show states and forwards' {
        & $render (Test-SshMux $m) | Should -Match (
            '(?s)^Name +Alive +Pid +Master +Server +Reason.*True +\d+ ' + ($IsWindows ? '' : '+[\d.]+ ms ') + '+[\d.]+ ms')
        & $render (Add-SshMuxForward $m -Local 0:db:5432) | Should -Match (
            '(?s)^Master +Kind +Listen +Connect.*my master +Local +localhost:\d+ +db:5432')
    }

    It 'complete names, quoted where needed' {
        foreach ($line in 'Invoke-SshMux -Master m', 'Stop-SshMux m', 'Get-SshMaster -Name my') {
            (TabExpansion2 $line $line.Length).CompletionMatches[0].CompletionText | Should -Be "'my master'"
        }
    }
}
