# For Unix alone: they run in a mount namespace.
# Every example of the help, of README and of the guide does what it says, in a world of its own (ExampleWorld.psm1).

BeforeDiscovery {
    Import-Module $PSScriptRoot/Support/ExampleWorld.psm1
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    # A namespace of its own, in which the server has its files, can only root have.
    $isRoot = [Environment]::UserName -eq 'root'
    $command = Test-Path $root/out/bin/sshmux
    $notRun = [Collections.Generic.List[object]]::new()
    $count = 0
    $files = foreach ($path in Get-Item $root/docs/help/*.md, $root/README.md, $root/docs/guide.md) {
        $all = @(Get-Example $path | Where-Object { $_.Language -eq 'powershell' -or $path.Name -eq 'README.md' })
        $count += $all.Count
        $all.Where{ $_.NotRun }.ForEach{ $notRun.Add($_) }
        $all = $all.Where{ -not $_.NotRun }
        if (-not $all) { continue }
        @{
            Path = $path.FullName; Name = $path.Name
            Examples = $all.ForEach{ @{ Example = $_; Line = $_.Line; Left = $_.Language -eq 'sh' -and -not $command } }
        }
    }
}

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-Module $PSScriptRoot/Support/ExampleWorld.psm1
    Import-SshMux
    if ([Environment]::UserName -eq 'root') { $world = Start-ExampleWorld (Resolve-Path "$PSScriptRoot/../..").Path }
}

AfterAll { if (Get-Variable world -ErrorAction Ignore) { Stop-ExampleWorld $world } }

Describe 'The examples of <Name>' -ForEach $files -Skip:(-not $isRoot) {
    BeforeAll {
        $results = @{}
        $run = @($Examples.Where{ -not $_.Left }.ForEach{ $_.Example })
        if ($run) { Invoke-Example $world $run | ForEach-Object { $results["$($_.Line)"] = $_ } }
    }

    It 'line <Line>: <Example.Title>' -ForEach $Examples {
        if ($Left) {
            Set-ItResult -Skipped -Because 'out/bin/sshmux is not built'
            return
        }
        $result = $results["$Line"]
        $result | Should -Not -BeNullOrEmpty -Because 'it was run'
        if ($Example.Test -match '^error (.*)') {
            $result.Errors | Should -Not -BeNullOrEmpty
            $result.Errors -notmatch "^$($Matches[1])[,:]" | Should -BeNullOrEmpty
        }
        else {
            $result.Errors -join "`n" | Should -BeNullOrEmpty
        }
        if ($Example.Output) {
            Test-ExampleOutput $Example.Output $result.Output -Beginning:($Example.Test -eq 'first output') |
                Should -BeTrue -Because "this is not as the page says:`n$($result.Output -join "`n")"
        }
    }
}

Describe 'The world of the examples' -Skip:(-not $isRoot) {
    It 'leaves no process of an example' {
        try { Wait-Until { -not (Get-ExampleProcess $world) } -Seconds 30 }
        catch {
            $left = foreach ($id in Get-ExampleProcess $world) {
                $command = (Get-Content /proc/$id/cmdline -ErrorAction Ignore) -replace '\0', ' '
                "$id $command"
            }
            throw "these have not ended: $($left -join '; ')"
        }
    }

    It 'finds an example that fails, in whichever way' {
        $results = Invoke-Example $world @('$m.Name', 'Stop-SshMux nobody', 'ssh web1 exit 3', 'throw "no"', 'if (').ForEach{
            [pscustomobject]@{
                File = 'x'; Line = 1; Title = 'x'; Language = 'powershell'; Number = 1; Code = $_; Output = $null
                Setup = @(); Test = ''; NotRun = $false
            }
        }
        $results[0].Output | Should -Be 'Master1'
        $results[0].Errors | Should -BeNullOrEmpty
        $results[1..4].ForEach{ $_.Errors | Should -Not -BeNullOrEmpty }
        Test-ExampleOutput 'one', '...', 'f*r' 'one', 'two', '', 'three', 'four' | Should -BeTrue
        Test-ExampleOutput 'one', 'f*r' 'one', 'two', 'four' | Should -BeFalse
    }

    It 'leaves out <NotRun.Count> of <Count>: <Names>' -ForEach @{
        NotRun = $notRun; Count = $count; Names = @($notRun).ForEach{ "$($_.File):$($_.Line), $($_.Test)" } -join '; '
    } {
        $NotRun.Count | Should -BeLessOrEqual 4
        $NotRun.Test | Should -Match '^not run: \w+ \w+'
    }
}
