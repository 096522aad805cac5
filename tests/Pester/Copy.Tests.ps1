# Copy-SshMuxItem: to a server and from one, over masters of all kinds.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
    $openSsh = Start-OpenSshMaster $sshd
    $data = "$($sshd.Folder)/data"
    foreach ($folder in 'tree/sub/empty', 'up', 'down') { $null = New-Item -ItemType Directory "$data/$folder" }
    'one' > "$data/tree/a b.txt"
    [IO.File]::WriteAllText("$data/tree/ü`n[1].txt", "two`n")
    'three' > "$data/tree/sub/three.log"
    $null = New-Item "$data/tree/nothing"
    & chmod 640 "$data/tree/a b.txt"
    & touch -d 2001-02-03 "$data/tree/a b.txt" "$data/tree/sub"
    & sh -c "head -c 3000000 /dev/urandom > '$data/tree/big'"

    function Assert-Same($One, $Other) {
        & diff -r $One $Other | Should -BeNullOrEmpty
        (Get-Item "$Other/a b.txt").UnixStat.Mode -band 0x1FF | Should -Be 0x1A0
        foreach ($name in 'a b.txt', 'sub') {
            (Get-Item "$Other/$name").LastWriteTime | Should -Be ([datetime]'2001-02-03')
        }
    }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

Describe 'Copy-SshMuxItem' {
    It 'copies a tree there and back, with modes and times, and says nothing' {
        Copy-SshMuxItem $data/tree $data/up/ours -ToMaster $m -Recurse -ErrorAction Stop | Should -BeNullOrEmpty
        Assert-Same $data/tree $data/up/ours
        Copy-SshMuxItem $data/up/ours $data/down -FromMaster $m.Name -Recurse -ErrorAction Stop |
            Should -BeNullOrEmpty
        Assert-Same $data/tree $data/down/ours
    }

    It 'does the same over masters of OpenSSH' {
        Copy-SshMuxItem $data/tree $data/up/OpenSSH -ToControlPath $openSsh -Recurse -ErrorAction Stop |
            Should -BeNullOrEmpty
        Assert-Same $data/tree $data/up/OpenSSH
        Copy-SshMuxItem $data/up/OpenSSH $data/down -FromControlPath $openSsh -Recurse -ErrorAction Stop |
            Should -BeNullOrEmpty
        Assert-Same $data/tree $data/down/OpenSSH
    }

    It 'leaves no session behind, on a server that grants only one' {
        $one = Start-TestSshd 'MaxSessions 1'
        $single = New-SshMaster localhost -ConfigFile $one.SshConfig
        try {
            1..30 | ForEach-Object { Copy-SshMuxItem "$data/tree/a b.txt" $data/up -ToMaster $single -ErrorAction Stop }
            1..30 | ForEach-Object { Invoke-SshMux -Master $single true -ErrorAction Stop } |
                ForEach-Object ExitStatus | Sort-Object -Unique | Should -Be 0
        }
        finally {
            Stop-SshMux $single
            Stop-TestSshd $one
        }
    }

    It 'gives an object a file with -PassThru' {
        $item = Copy-SshMuxItem "$data/tree/a b.txt" $data/up -ToMaster $m -PassThru
        $item.PSTypeNames[0] | Should -Be 'SshMux.CopiedItem'
        $item.Length | Should -Be 4
        $item.Destination | Should -Be "$data/up/a b.txt"
    }

    It 'takes wildcards on both sides' {
        $there = Copy-SshMuxItem "$data/t*/[ab]*" $data/down -FromMaster $m -PassThru
        $there.Source | Sort-Object | Should -Be "$data/tree/a b.txt", "$data/tree/big"
        (Copy-SshMuxItem "$data/tree/*.txt" $data/up -ToMaster $m -PassThru).Count | Should -Be 2
    }

    It 'takes files through the pipeline' {
        (Get-ChildItem $data/tree -File | Copy-SshMuxItem -Destination $data/up -ToMaster $m -PassThru).Count |
            Should -Be 4
        $files = Get-ChildItem $data/tree -File
        ($files | Copy-SshMuxItem -Destination $data/up -ToControlPath $openSsh -PassThru).Count | Should -Be 4
        $names = "$data/tree/big", "$data/tree/nothing"
        # They are copied side by side, so the small one may be first.
        ($names | Copy-SshMuxItem -Destination $data/down -FromControlPath $openSsh -PassThru).Source | Sort-Object |
            Should -Be $names
    }

    It 'takes names as they are with -LiteralPath' {
        $odd = "$data/tree/ü`n[1].txt"
        $copied = @(
            Copy-SshMuxItem -LiteralPath $odd $data/up/1 -ToMaster $m -PassThru
            Copy-SshMuxItem -LiteralPath $odd $data/up/2 -ToControlPath $openSsh -PassThru
            Copy-SshMuxItem -LiteralPath $odd $data/up/3 -FromMaster $m -PassThru
            Copy-SshMuxItem -LiteralPath $odd $data/up/4 -FromControlPath $openSsh -PassThru
        )
        $copied.Destination | Should -Be "$data/up/1", "$data/up/2", "$data/up/3", "$data/up/4"
        Get-Content -Raw $copied.Destination | Should -Be (@("two`n") * 4)
    }

    It 'replaces read-only files and matches hidden names with -Force only' {
        $null = New-Item -ItemType Directory $data/force
        'new' > $data/force/file
        'new' > $data/force/.hidden
        'old' > $data/up/file
        'old' > $data/down/file
        & chmod 400 $data/up/file $data/down/file
        $up = @{ ToMaster = $m; Destination = "$data/up"; PassThru = $true }
        $down = @{ FromMaster = $m; Destination = "$data/down"; PassThru = $true }
        foreach ($way in $up, $down) {
            Copy-SshMuxItem $data/force/* @way -ErrorVariable problem -ErrorAction SilentlyContinue |
                Should -BeNullOrEmpty
            $problem.FullyQualifiedErrorId | Should -Be 'FileDenied,SshMux.PowerShell.CopySshMuxItemCommand'
            $copied = Copy-SshMuxItem $data/force/* @way -Force
            $copied.Source | Sort-Object | Should -Be "$data/force/.hidden", "$data/force/file"
            Get-Content "$($way.Destination)/file" | Should -Be 'new'
        }
    }

    It 'leaves mode and time to the umask and clock of the other side with -NoAttributes' {
        'open' > $data/open
        & chmod 666 $data/open
        & touch -d 2001-02-03 $data/open
        Copy-SshMuxItem $data/open $data/up/plain -ToMaster $m -NoAttributes
        $plain = Get-Item $data/up/plain
        $plain.UnixStat.Mode | Should -Be (Get-Item $data/tree/nothing).UnixStat.Mode
        $plain.LastWriteTime | Should -BeGreaterThan ([datetime]'2020-01-01')
    }

    It 'gives one error an item and goes on: <Id>' -ForEach @(
        @{ Id = 'FileNotFound'; Name = 'missing'; Like = '*no such file*' }
        @{ Id = 'FileFailed'; Name = 'sub'; Like = '*-Recurse*' }
    ) {
        $up = @{ ToMaster = $m; Destination = "$data/up" }
        $down = @{ FromMaster = $m; Destination = "$data/down" }
        foreach ($way in $up, $down) {
            $copied = Copy-SshMuxItem "$data/tree/$Name", "$data/tree/big" @way -PassThru -ErrorVariable problem `
                -ErrorAction SilentlyContinue
            $copied.Length | Should -Be 3000000
            $problem.Count | Should -Be 1
            $problem[0].FullyQualifiedErrorId | Should -Be "$Id,SshMux.PowerShell.CopySshMuxItemCommand"
            $problem[0].Exception.Message | Should -BeLike $Like
        }
    }

    It 'copies nothing with -WhatIf, and leaves out what is there with -Resume' {
        Copy-SshMuxItem $data/tree/big $data/up/other -ToMaster $m -WhatIf
        Test-Path $data/up/other | Should -BeFalse
        Copy-SshMuxItem $data/tree/big $data/up/other -ToMaster $m
        Copy-SshMuxItem $data/tree/big $data/up/other -ToMaster $m -Resume -PassThru | Should -BeNullOrEmpty
    }

    It 'ends at once with Ctrl-C, and leaves no broken file under its name' {
        & truncate -s 30G "$data/huge"
        $shell = New-Shell { param($m, $data) Copy-SshMuxItem $data/huge $data/target -ToMaster $m } $m, $data
        try {
            $null = $shell.BeginInvoke()
            Wait-Until { (Get-Item $data/target.sshmux-partial -ErrorAction Ignore).Length -gt 4MB } -Seconds 60
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
        }
        finally { $shell.Dispose() }
        Test-Path $data/target | Should -BeFalse
        Wait-Until { $m.Sessions -eq 0 } -Seconds 30
        Remove-Item $data/huge, $data/target.sshmux-partial
    }
}
