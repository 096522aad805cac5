# For Unix alone: the masters in it are in the background.
# The module without a build: from the .nupkg of build/package.ps1 in a folder, by PowerShell's own Install-PSResource; and
# what an update means to masters that live.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $source = (Get-Module SshMux).ModuleBase
    $folder = New-TestFolder
    $version = (Get-Module SshMux).Version
    $next = "$($version.Major).$($version.Minor).$($version.Build + 1)"

    # A version that comes later, of the same files.
    Copy-Item -Recurse $source $folder/next
    (Get-Content $folder/next/SshMux.psd1 -Raw) -replace "ModuleVersion = '.*?'", "ModuleVersion = '$next'" |
        Set-Content $folder/next/SshMux.psd1
    $null = New-Item -ItemType Directory $folder/repository, $folder/home

    function Publish-ToFolder([string] $Module) {
        & $root/build/package.ps1 -Module $Module -Destination $folder/package
        Copy-Item $folder/package/*.nupkg $folder/repository
    }

    # A pwsh of a user who has nothing yet: no module, no repository, no module of the build on its path.
    function Invoke-AsNewcomer([string] $Script) {
        $before = $env:HOME, $env:PSModulePath
        try {
            $env:HOME, $env:PSModulePath = "$folder/home", $null
            & pwsh -NoProfile -NonInteractive -Command "`$ErrorActionPreference = 'Stop'; `$config = '$($sshd.SshConfig)'
                $Script"
            if ($LASTEXITCODE) { throw "the script ended with status $LASTEXITCODE" }
        }
        finally { $env:HOME, $env:PSModulePath = $before }
    }

    $installed = "$folder/home/.local/share/powershell/Modules/SshMux"
    Publish-ToFolder $source
    Invoke-AsNewcomer "Register-PSResourceRepository -Name Here -Uri '$folder/repository' -Trusted"
}

AfterAll {
    Get-SshMaster | Stop-SshMux -Confirm:$false
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
    Remove-Item -Recurse -Force $folder
}

Describe 'The package in a folder' {
    It 'is installed by Install-PSResource, imported by its name, and logs in' {
        $lines = Invoke-AsNewcomer '
            Install-PSResource SshMux -Repository Here
            $m = New-SshMaster there -ConfigFile $config
            (Get-Module SshMux).ModuleBase
            (Invoke-SshMux -Master $m "echo by an installed module").Output
            (Get-Help Invoke-SshMux).Synopsis
            $m | Stop-SshMux -Confirm:$false'
        $lines[0] | Should -Be "$installed/$version"
        $lines[1] | Should -Be 'by an installed module'
        $lines[2] | Should -Match '^Runs '
    }

    It 'is updated while a master in the background lives, which goes on as what it was started with' {
        $id = Invoke-AsNewcomer '(New-SshMaster there -Background -ConfigFile $config).ProcessId'
        Publish-ToFolder $folder/next
        $lines = Invoke-AsNewcomer "
            Update-PSResource SshMux -Repository Here
            Uninstall-PSResource SshMux -Version $version
            (Get-SshMaster there).ProcessId
            (Get-Module SshMux).ModuleBase
            (Invoke-SshMux -Master there 'echo by the new one').Output"
        $lines | Should -Be "$id", "$installed/$next", 'by the new one'
        Test-Path "$installed/$version" | Should -BeFalse

        # What it has not done yet, its files being gone: other clients, forwards, much data, the end.
        $path = (Get-SshMaster there).ControlPath
        & ssh -F none -o ProxyCommand=false -S $path x 'head -c 3000000 /dev/zero' | Measure-Object -Character |
            ForEach-Object Characters | Should -Be 3000000
        $forward = Add-SshMuxForward there -Local "$(Get-FreePort):127.0.0.1:$($sshd.Port)"
        Test-Port $forward.ListenPort | Should -BeTrue
        & ssh -F none -S $path -O check x 2>&1 | Should -Match "pid=$id"
        Invoke-AsNewcomer 'Stop-SshMux there -Confirm:$false'
        Test-Path $path | Should -BeFalse
        Test-Running $id | Should -BeFalse
    }
}
