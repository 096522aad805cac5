# The module itself: what it exports, how it loads, what it shows.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $module = Get-Module SshMux
}

Describe 'The module' {
    It 'has a valid manifest, and exports just its cmdlets' {
        $manifest = Test-ModuleManifest (Join-Path $module.ModuleBase SshMux.psd1) -ErrorAction Stop
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be ($manifest.ExportedCmdlets.Keys | Sort-Object)
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
        $manifest.ExportedCmdlets.Keys | Sort-Object | Should -Be @(
            'Add-SshMuxForward', 'Copy-SshMuxItem', 'Get-SshMaster', 'Get-SshMuxForward', 'Invoke-SshMux', 'New-SshMaster'
            'Remove-SshMuxForward', 'Stop-SshMux', 'Test-SshMux')
    }

    It 'can be imported again, and after it was removed' {
        $script = "Import-Module '$($module.ModuleBase)'; Import-Module '$($module.ModuleBase)' -Force
            Remove-Module SshMux; Import-Module '$($module.ModuleBase)'; (Get-Command -Module SshMux).Count"
        & pwsh -NoProfile -Command $script | Should -Be $module.ExportedCmdlets.Count
    }

    It 'works beside another version of a library that it needs' {
        # A library of the same name and another version, loaded first where everybody's assemblies are.
        $folder = New-TestFolder
        $script = {
            param($folder, $module)
            $name = [Reflection.AssemblyName]'Microsoft.Extensions.Logging.Abstractions, Version=1.0.0.0'
            $builder = [Reflection.Emit.PersistedAssemblyBuilder]::new($name, [object].Assembly)
            $null = $builder.DefineDynamicModule('it').DefineType('Something', 'Public').CreateType()
            $builder.Save("$folder/$($name.Name).dll")
            Add-Type -LiteralPath "$folder/$($name.Name).dll"
            Import-Module $module -ErrorAction Stop
            Test-SshMux -ControlPath /tmp/no-such-socket -Quiet
            [AppDomain]::CurrentDomain.GetAssemblies().GetName().Where{ $_.Name -eq $name.Name }.Version.Major
        }
        try { & pwsh -NoProfile -Command $script -args $folder, $module.ModuleBase | Should -Be $false, 1, 10 }
        finally { Remove-Item -Recurse $folder }
    }

    It 'writes nothing but objects and errors: no warning, no output' {
        & pwsh -NoProfile -Command "Import-Module '$($module.ModuleBase)'; Get-SshMaster nobody* *>&1" |
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

    It 'show masters as a table' {
        & $render $m | Should -Match (
            '(?s)^Name +Host +State +Sessions +Pid +ControlPath.*my master +\S+@localhost:\d+ +Open +0 +\d+ +/')
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
            '(?s)^Name +Alive +Pid +Master +Server +Reason.*True +\d+ +[\d.]+ ms +[\d.]+ ms')
        & $render (Add-SshMuxForward $m -Local 0:db:5432) | Should -Match (
            '(?s)^Master +Kind +Listen +Connect.*my master +Local +localhost:\d+ +db:5432')
    }

    It 'complete names, quoted where needed' {
        foreach ($line in 'Invoke-SshMux -Master m', 'Stop-SshMux m', 'Get-SshMaster -Name my') {
            (TabExpansion2 $line $line.Length).CompletionMatches[0].CompletionText | Should -Be "'my master'"
        }
    }
}
