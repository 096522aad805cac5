# For Unix alone: it is about the build.
# The package for a gallery, made of out/SshMux.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $source = $env:SSHMUX_MODULE ? $env:SSHMUX_MODULE : "$root/out/SshMux"
    $folder = New-TestFolder
    & $root/build/package.ps1 -Module $source -Destination $folder/package
    $version = (Import-PowerShellDataFile $root/SshMux.psd1).ModuleVersion
    $module = "$folder/package/SshMux/$version"
    $package = "$folder/package/SshMux.$version.nupkg"
    $files = @(
        'LICENSE'
        'SshMux.Format.ps1xml'
        'SshMux.PowerShell.Loader.dll'
        'SshMux.psd1'
        'SshMux.psm1'
        'en-US/SshMux-Help.xml'
        'en-US/about_SshMux.help.txt'
        'en-US/about_SshMux_Security.help.txt'
        'lib/BouncyCastle.Cryptography.dll'
        'lib/Microsoft.Extensions.DependencyInjection.Abstractions.dll'
        'lib/Microsoft.Extensions.Logging.Abstractions.dll'
        'lib/Mono.Unix.dll'
        'lib/Renci.SshNet.dll'
        'lib/SshMux.Engine.dll'
        'lib/SshMux.FrontEnds.dll'
        'lib/SshMux.PowerShell.deps.json'
        'lib/SshMux.PowerShell.dll'
        'lib/runtimes/linux-arm64/native/libMono.Unix.so'
        'lib/runtimes/linux-x64/native/libMono.Unix.so'
    )
}

AfterAll { Remove-Item -Recurse -Force $folder }

Describe 'The package' {
    It 'has the files that are needed, and no other' {
        $found = Get-ChildItem -Recurse -File -Force $module |
            ForEach-Object { [IO.Path]::GetRelativePath($module, $_.FullName) }
        $found | Sort-Object | Should -Be ($files | Sort-Object)
        $zip = [IO.Compression.ZipFile]::OpenRead($package)
        try {
            $zip.Entries.FullName | Sort-Object |
                Should -Be ($files + '[Content_Types].xml', '_rels/.rels', 'SshMux.nuspec' | Sort-Object)
        }
        finally { $zip.Dispose() }
    }

    It 'has a manifest that a gallery takes, without a warning' {
        $manifest = Test-ModuleManifest $module/SshMux.psd1 -ErrorAction Stop -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        foreach ($name in 'Author', 'Description', 'Copyright', 'Guid', 'ReleaseNotes', 'LicenseUri', 'Tags') {
            $manifest.$name | Should -Not -BeNullOrEmpty -Because $name
        }
        foreach ($tag in $manifest.Tags) { $tag | Should -Match '^\w+$' }
        $manifest.CompatiblePSEditions | Should -Be 'Core'
    }

    It 'does not tell where it was built' {
        foreach ($file in 'SshMux.PowerShell.Loader.dll', 'lib/SshMux.Engine.dll', 'lib/SshMux.PowerShell.dll',
            'lib/SshMux.PowerShell.deps.json') {
            $bytes = [IO.File]::ReadAllBytes("$module/$file")
            foreach ($text in [Text.Encoding]::Latin1.GetString($bytes), [Text.Encoding]::Unicode.GetString($bytes)) {
                $text.Contains("$root/") | Should -BeFalse -Because "$file is in every build the same"
                $text.Contains('/obj/Release/') | Should -BeFalse -Because "$file is in every build the same"
            }
        }
    }

    It 'is the same whenever it is made' {
        & $root/build/package.ps1 -Module $source -Destination $folder/again
        (Get-FileHash "$folder/again/SshMux.$version.nupkg").Hash | Should -Be (Get-FileHash $package).Hash
    }

    It 'is found and imported by its name from where a gallery installs it' {
        # As Install-PSResource does: the package unpacked, without the parts that make it one.
        $installed = "$folder/home/.local/share/powershell/Modules/SshMux/$version"
        [IO.Compression.ZipFile]::ExtractToDirectory($package, $installed)
        Set-Location $installed
        Remove-Item -Recurse -Force -LiteralPath '[Content_Types].xml', '_rels', 'SshMux.nuspec'
        Set-Location $root
        $script = {
            (Get-Command New-SshMaster).Source
            $found = Get-Module SshMux
            "$($found.Version) $($found.ModuleBase)"
            (Get-Help Invoke-SshMux).Synopsis
            Test-SshMux -ControlPath /nowhere -Quiet
        }
        $before = $env:PSModulePath, $env:HOME
        try {
            $env:PSModulePath, $env:HOME = "$folder/home/.local/share/powershell/Modules", "$folder/home"
            $lines = & (Get-Process -Id $PID).Path -NoProfile -Command $script
        }
        finally { $env:PSModulePath, $env:HOME = $before }
        $lines[0] | Should -Be 'SshMux'
        $lines[1] | Should -Be "$version $installed"
        $lines[2] | Should -Match '^Runs '
        $lines[3] | Should -Be $false
    }
}
