# For Unix alone: it is about the command.
# out/bin as it is published: one file, which runs alone wherever it is copied.

BeforeDiscovery {
    # Without Native AOT's compiler (build.sh says so) it is a folder that needs the .NET runtime.
    $isNative = -not (Test-Path "$PSScriptRoot/../../out/bin/sshmux.dll")
}

Describe 'The command' -Skip:(-not $isNative) {
    BeforeAll {
        Import-Module $PSScriptRoot/Support/TestSshd.psm1
        Import-SshMux
        $sshd = Start-TestSshd
        $published = (Resolve-Path "$PSScriptRoot/../../out/bin").Path
        $folder = New-Item -ItemType Directory "$($sshd.Folder)/alone"
        $command = Copy-Item $published/sshmux $folder -PassThru
        $only = '-F', 'none', '-o', 'ProxyCommand=false'
    }

    AfterAll {
        Assert-NothingLeft $sshd
        Stop-TestSshd $sshd
    }

    It 'is one file' {
        (Get-ChildItem -Recurse -Force $published).Name | Should -Be 'sshmux'
    }

    It 'is linked with nothing but the C library' {
        $libraries = & ldd $command | ForEach-Object { Split-Path -Leaf (-split $_)[0] }
        $libraries | Should -Not -BeNullOrEmpty
        $libraries | Should -Match '^(linux-vdso|ld-linux.*|libc|libm|libdl|libpthread|librt)\.so\.\d$'
    }

    It 'alone in a folder runs a command over a master of ssh' {
        $path = Start-OpenSshMaster $sshd
        & $command $only -S $path x 'echo over ssh; exit 7' | Should -Be 'over ssh'
        $LASTEXITCODE | Should -Be 7
    }

    It 'alone in a folder is a master in the background, for ssh and for itself' {
        $path = "$($sshd.Folder)/alone.sock"
        & $command -F $sshd.SshConfig -M -f -N -S $path x
        $LASTEXITCODE | Should -Be 0
        try {
            & ssh $only -S $path x 'echo by ssh' | Should -Be 'by ssh'
            'by itself' | & $command $only -S $path x cat | Should -Be 'by itself'
        }
        finally { & $command -S $path -O exit x 2>&1 | Should -Match 'Exit request sent' }
        (Get-ChildItem -Force $folder).Name | Should -Be 'sshmux'
    }
}
