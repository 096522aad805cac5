# Copy-SshMuxItem: to a server and from one, over masters of all kinds.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $sshd = Start-TestSshd
    $m = New-SshMaster localhost -ConfigFile $sshd.SshConfig
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
}

# What one machine can look at on both sides.
Describe 'Copy-SshMuxItem' -Tag Unix {
    BeforeAll {
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

    It 'takes a single [ for the character that it can only be' {
        foreach ($folder in 'brackets', 'up/brackets', 'down/brackets') {
            $null = New-Item -ItemType Directory "$data/$folder"
        }
        foreach ($name in 'a.txt', 'rep[ort.txt', 'z.txt') { [IO.File]::WriteAllText("$data/brackets/$name", $name) }
        $names = 'a.txt', 'rep[ort.txt', 'z.txt', 'mis[sing' | ForEach-Object { "$data/brackets/$_" }
        foreach ($way in @{ ToMaster = $m; Destination = "$data/up/brackets" },
            @{ FromMaster = $m; Destination = "$data/down/brackets" }) {
            $names | Copy-SshMuxItem @way -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem.FullyQualifiedErrorId | Should -Be 'FileNotFound,SshMux.PowerShell.CopySshMuxItemCommand'
            (Get-ChildItem $way.Destination).Name | Should -Be 'a.txt', 'rep[ort.txt', 'z.txt'
        }
        $found = Invoke-SshMux -Master 'x[', $m.Name true -ErrorVariable problem -ErrorAction SilentlyContinue
        $found.ExitStatus | Should -Be 0
        $problem.FullyQualifiedErrorId | Should -Be 'MasterNotFound,SshMux.PowerShell.InvokeSshMuxCommand'
    }

    It 'takes the destination of each row of a table, and none from an empty cell' {
        $null = New-Item -ItemType Directory "$data/rows"
        Push-Location $data/rows
        try {
            $copied = @"
Path,Destination
$data/tree/big,$data/down/big-row
$data/tree/nothing,
"@ | ConvertFrom-Csv | Copy-SshMuxItem -FromMaster $m -PassThru
        }
        finally { Pop-Location }
        $copied.Destination | Sort-Object | Should -Be "$data/down/big-row", "$data/rows/nothing"
        { Copy-SshMuxItem $data/tree/big '' -ToMaster $m } | Should -Throw -ErrorId 'InvalidInput,*'
    }

    It 'makes a folder for several things, and replaces no file with the last of them' {
        'old' > $data/up/a-file
        'old' > $data/down/a-file
        foreach ($way in @{ ToMaster = $m; Destination = "$data/up/several" },
            @{ FromMaster = $m; Destination = "$data/down/several" }) {
            Copy-SshMuxItem "$data/tree/big", "$data/tree/nothing" @way -ErrorAction Stop
            (Get-ChildItem $way.Destination).Name | Should -Be 'big', 'nothing'
            $way.Destination = $way.Destination -replace 'several$', 'a-file'
            "$data/tree/big", "$data/tree/nothing" |
                Copy-SshMuxItem @way -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem | Should -HaveCount 2
            Get-Content $way.Destination | Should -Be 'old'
        }
    }

    It 'limits modes from a server by the umask, unless all are asked for' {
        'open' > $data/wide
        & chmod 777 $data/wide
        Copy-SshMuxItem $data/wide $data/down/less -FromMaster $m
        Copy-SshMuxItem $data/wide $data/down/all -FromMaster $m -AllPermissions
        (Get-Item $data/down/less).UnixStat.Mode -band 0x1FF |
            Should -Be (0x1FF -band -bnot [Convert]::ToInt32((& sh -c umask), 8))
        (Get-Item $data/down/all).UnixStat.Mode -band 0x1FF | Should -Be 0x1FF
    }

    It 'shows names without what a terminal obeys' {
        $name = "bad`e]0;owned`a" + [char]0x9B + [char]0x202E
        $null = New-Item -ItemType Directory "$data/names"
        [IO.File]::WriteAllText("$data/names/$name", 'x')
        $null = New-Item -ItemType Directory "$data/down/refused/$name"
        $script = "Import-Module '$((Get-Module SshMux).ModuleBase)'
            `$PSStyle.OutputRendering = 'PlainText'
            `$way = @{ FromControlPath = '$openSsh'; Destination = '$data/down'; Recurse = `$true }
            Copy-SshMuxItem '$data/names/*' @way -WhatIf
            Copy-SshMuxItem '$data/names' @way -PassThru | ForEach-Object { `$_; `$_ | Format-List }
            `$way.Destination = '$data/down/refused'
            `$ErrorView = 'NormalView'
            Copy-SshMuxItem '$data/names/*' @way
            `$Error[0] | Format-List * -Force
            Get-Error"
        $shown = (& pwsh -NoProfile -NonInteractive -Command $script 2>&1) -join "`n"
        ($shown -split 'bad\?').Count | Should -BeGreaterThan 6
        # The target object of an error is the name as it is; it is shown where somebody asks for all that there is.
        ($shown -split "`n").Where{ $_ -notmatch '^\s*TargetObject\s*:' } -join '' |
            Should -Not -Match "[\p{Cc}\p{Cf}-[\r\n\t]]"
        Remove-Item -Recurse -LiteralPath $data/names, $data/down/names, $data/down/refused
    }

    It 'shows progress without what a terminal obeys' {
        $name = "$data/huge`e]0;owned`a"
        & truncate -s 30G $name
        $shell = New-Shell {
            param($m, $name, $data) Copy-SshMuxItem -LiteralPath $name $data/huge-copy -FromMaster $m
        } $m, $name, $data
        try {
            $null = $shell.BeginInvoke()
            Wait-Until { $shell.Streams.Progress.Where{ $_.CurrentOperation } } -Seconds 60
            $shell.Stop()
            $shell.Streams.Progress.CurrentOperation -join '' | Should -Match "^\S*/huge\?]0;owned\?"
        }
        finally { $shell.Dispose() }
        Remove-Item -LiteralPath $name
        Remove-Item $data/huge-copy.*
    }

    It 'writes in place' {
        'in place' > $data/down/in-place
        Copy-SshMuxItem $data/tree/nothing $data/down/in-place -FromMaster $m -InPlace -ErrorAction Stop
        (Get-Item $data/down/in-place).Length | Should -Be 0
        (Copy-SshMuxItem $data/tree/big $data/up/in-place -ToMaster $m -InPlace -PassThru).Length | Should -Be 3000000
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
            Wait-Until { (Get-Item $data/target.*.sshmux-partial).Length -gt 4MB } -Seconds 60
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
        }
        finally { $shell.Dispose() }
        Test-Path $data/target | Should -BeFalse
        Wait-Until { $m.Sessions -eq 0 } -Seconds 30
        Remove-Item $data/huge, $data/target.*.sshmux-partial
    }
}

Describe 'Between systems Copy-SshMuxItem' {
    BeforeAll {
        $there = "$($sshd.ServerFolder)/between"
        $null = Invoke-SshMux -Master $m "mkdir $there"
        $here = Join-Path $sshd.Folder between-here
        foreach ($folder in 'sub/empty', 'many') { $null = New-Item -ItemType Directory (Join-Path $here tree $folder) }
        [IO.File]::WriteAllText("$here/tree/a b.txt", "one`ntwo`r`n")
        [IO.File]::WriteAllText("$here/tree/ü.txt", 'ü')
        $bytes = [byte[]]::new(3000000)
        [Random]::new(5).NextBytes($bytes)
        [IO.File]::WriteAllBytes("$here/tree/sub/big", $bytes)
        1..200 | ForEach-Object { [IO.File]::WriteAllText("$here/tree/many/$_", "file $_") }
        $time = [datetime]::new(2001, 2, 3, 4, 5, 6, [DateTimeKind]::Utc)
        [IO.File]::SetLastWriteTimeUtc("$here/tree/a b.txt", $time)

        # Path, content and what it is, of all that is in a folder.
        function Get-Listing([string] $Folder) {
            Get-ChildItem -Recurse $Folder | ForEach-Object {
                $path = [IO.Path]::GetRelativePath($Folder, $_.FullName).Replace('\', '/')
                $_.PSIsContainer ? "$path/" : "$path $((Get-FileHash $_).Hash)"
            } | Sort-Object
        }
    }

    It 'brings a tree there and back, the same, with its times' {
        Copy-SshMuxItem "$here/tree" $there -ToMaster $m -Recurse -ErrorAction Stop
        $hash = (Get-FileHash "$here/tree/sub/big").Hash.ToLowerInvariant()
        (Invoke-SshMux -Master $m "sha256sum < $there/tree/sub/big").Output | Should -Be "$hash  -"
        (Invoke-SshMux -Master $m "stat -c %Y '$there/tree/a b.txt'").Output |
            Should -Be "$(([DateTimeOffset]$time).ToUnixTimeSeconds())"
        (Invoke-SshMux -Master $m "ls $there/tree/many | wc -l").Output.Trim() | Should -Be '200'
        Copy-SshMuxItem "$there/tree" "$here/back" -FromMaster $m -Recurse -ErrorAction Stop
        Get-Listing "$here/back" | Should -Be (Get-Listing "$here/tree")
        (Get-Item "$here/back/a b.txt").LastWriteTimeUtc | Should -Be $time
    }

    It 'gives an object for each file' {
        $sent = Get-ChildItem "$here/tree" -File | Copy-SshMuxItem -Destination $there -ToMaster $m -PassThru
        $sent.Destination | Sort-Object | Should -Be "$there/a b.txt", "$there/ü.txt"
        $got = Copy-SshMuxItem "$there/*.txt" $here -FromMaster $m -PassThru
        $got.Destination | Sort-Object | Should -Be (Join-Path $here 'a b.txt'), (Join-Path $here 'ü.txt')
        $got[0].PSTypeNames[0] | Should -Be 'SshMux.CopiedItem'
    }

    It 'goes on where a copy was cut short, both ways' {
        # So large that it takes longer than it does until progress is told.
        $file = [IO.File]::Create("$here/large")
        $file.SetLength(2GB)
        foreach ($at in 0, 100MB, 1GB, 2047MB) {
            $file.Position = $at
            $file.Write($bytes, 0, 1MB)
        }
        $file.Dispose()
        $hash = (Get-FileHash "$here/large").Hash
        foreach ($way in @{ ToMaster = $m; Path = "$here/large"; Destination = "$there/large" },
            @{ FromMaster = $m; Path = "$there/large"; Destination = "$here/copy" }) {
            $shell = New-Shell { param($way) Copy-SshMuxItem @way } @(, $way)
            try {
                $null = $shell.BeginInvoke()
                Wait-Until {
                    $shell.Streams.Progress.Where{
                        "$($_.StatusDescription)" -match '([\d.]+) ([MG]B) of' -and
                            ($Matches[2] -eq 'GB' -or [double]$Matches[1] -gt 40)
                    }
                } -Seconds 60 -What 'a part is there'
                $shell.Stop()
            }
            finally { $shell.Dispose() }
            $copied = Copy-SshMuxItem @way -Resume -PassThru
            $copied.ResumedAt | Should -BeGreaterThan 0
            $copied.Length | Should -Be 2GB
        }
        (Get-FileHash "$here/copy").Hash | Should -Be $hash
    }

    It 'gives one error for what is not there, and goes on' {
        foreach ($way in @{ ToMaster = $m; Destination = $there }, @{ FromMaster = $m; Destination = $here }) {
            $folder = $way.ToMaster ? "$here/tree" : "$there/tree"
            $copied = Copy-SshMuxItem "$folder/missing", "$folder/a b.txt" @way -PassThru -ErrorVariable problem `
                -ErrorAction SilentlyContinue
            $copied | Should -HaveCount 1
            $problem.FullyQualifiedErrorId | Should -Be 'FileNotFound,SshMux.PowerShell.CopySshMuxItemCommand'
        }
    }

    It 'gives one error for each name that Windows cannot have, and brings the rest' -Skip:(-not $IsWindows) {
        $null = Invoke-SshMux -Master $m "mkdir $there/names; cd $there/names; echo x | tee good 'a:b' con 'end.' > /dev/null"
        Copy-SshMuxItem "$there/names" "$here/names" -FromMaster $m -Recurse -ErrorVariable problem -ErrorAction SilentlyContinue
        (Get-ChildItem "$here/names").Name | Should -Be 'good'
        $problem | Should -HaveCount 3
    }
}
