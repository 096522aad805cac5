# For Unix alone: it is about the build.
# The help, and that a build cannot leave it behind the code.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $module = Get-Module SshMux
    $root = Resolve-Path "$PSScriptRoot/../.."
    $program = "$root/build/help/bin/Release/net10.0/SshMux.Help.dll"
    $folder = New-TestFolder
    Copy-Item -Recurse $root/docs/help $folder/help

    # Writes the help from a copy of its source in which a page is changed; gives what is said, and the exit status.
    function Write-ChangedHelp([string] $Page, [scriptblock] $Change) {
        $path = "$folder/help/$Page.md"
        $text = (Test-Path $path) ? (Get-Content -Raw $path) : ''
        try {
            $changed = & $Change $text
            if ($null -eq $changed) { Remove-Item $path } else { $changed | Set-Content $path }
            & dotnet $program "$($module.ModuleBase)/lib/SshMux.PowerShell.dll" $folder/help $folder/out 2>&1
            $LASTEXITCODE
        }
        finally {
            if ($text) { $text | Set-Content -NoNewline $path } else { Remove-Item $path }
        }
    }
}

AfterAll { Remove-Item -Recurse -Force $folder }

Describe 'Get-Help' {
    It 'knows every cmdlet: what it is for, every parameter, three examples, what it gives, its errors' {
        foreach ($name in $module.ExportedCmdlets.Keys) {
            $help = Get-Help $name -Full
            $help.Synopsis | Should -Not -Match '^\s*$|SshMux \[' -Because "$name has a synopsis"
            $help.description.Text | Should -Not -BeNullOrEmpty
            $common = [Management.Automation.Cmdlet]::CommonParameters
            foreach ($parameter in (Get-Command $name).Parameters.Values.Where{ $_.Name -notin $common }) {
                $one = $help.parameters.parameter | Where-Object name -EQ $parameter.Name
                $one.description.Text | Should -Not -BeNullOrEmpty -Because "$name has -$($parameter.Name)"
                $names = $one.aliases -split ', ' -ne 'none' | Sort-Object
                $names | Should -Be ($parameter.Aliases | Sort-Object) -Because "$name -$($parameter.Name)"
            }
            @($help.examples.example).Count | Should -BeGreaterOrEqual 3
            $help.examples.example.ForEach{ $_.code | Should -Not -BeNullOrEmpty }
            @($help.syntax.syntaxItem).Count | Should -Be (Get-Command $name).ParameterSets.Count
            $help.alertSet | Out-String | Should -Match 'ErrorIds'
        }
    }

    It 'has <_>, in lines that fit a terminal' -ForEach 'about_SshMux', 'about_SshMux_Security' {
        $text = Get-Help $_
        $text | Should -Match '(?m)^SHORT DESCRIPTION'
        $name = $_
        (Get-Help about_SshMux* | Where-Object Name -EQ $name).Synopsis | Should -Match '^[A-Z].*\.$'
        ($text -split '\n').Where{ $_.Length -gt 80 -and $_ -notmatch '^ {8}|^ {4}[A-Z].*[.]$' } | Should -BeNullOrEmpty
    }
}

Describe 'A build' {
    It 'writes the help without a complaint if nothing is wrong' {
        Write-ChangedHelp Stop-SshMux { $args[0] } | Should -Be 0
        Get-Content -Raw $folder/out/SshMux-Help.xml |
            Should -Be (Get-Content -Raw "$($module.ModuleBase)/en-US/SshMux-Help.xml")
    }

    It 'fails if <Case>' -ForEach @(
        @{
            Case = 'a parameter is not described'; Page = 'Stop-SshMux'
            Change = { $args[0] -replace '(?s)### -Graceful\n.*?(?=###|##)' }
            Says = 'Stop-SshMux\.md\(1\): error HELP: Stop-SshMux -Graceful is not described'
        }
        @{
            Case = 'a description is empty'; Page = 'Stop-SshMux'
            Change = { $args[0] -replace '(?s)(### -Graceful\n).*?(?=###|##)', '$1' }
            Says = 'Stop-SshMux\.md\(\d+\): error HELP: missing: the description of -Graceful'
        }
        @{
            Case = 'a parameter is described that is not there'; Page = 'Stop-SshMux'
            Change = { $args[0].Replace('### -Master', "### -Now`n`nStops it at once.`n`n### -Master") }
            Says = 'Stop-SshMux has no parameter -Now'
        }
        @{
            Case = 'a cmdlet has two examples'; Page = 'Stop-SshMux'
            Change = { $args[0] -replace '(?s)### End a master of ssh.*?(?=## Outputs)' }
            Says = 'Stop-SshMux has 2 examples, and needs 3'
        }
        @{
            Case = 'an example has no remark'; Page = 'Stop-SshMux'
            Change = { $args[0].Replace('Ends all masters of this process and in the background.', '') }
            Says = 'missing: a remark on the example'
        }
        @{
            Case = 'a cmdlet has no page'; Page = 'Stop-SshMux'; Change = { }
            Says = 'Stop-SshMux has no help'
        }
        @{
            Case = 'a page has no cmdlet'; Page = 'Start-SshMux'; Change = { '# Start-SshMux' }
            Says = 'there is no cmdlet Start-SshMux'
        }
        @{
            Case = 'an ErrorId is not one'; Page = 'Stop-SshMux'
            Change = { $args[0].Replace('- MuxRefused:', '- MasterRefused:') }
            Says = 'there is no ErrorId MasterRefused'
        }
        @{
            Case = 'an ErrorId is nowhere explained'; Page = 'about_SshMux'
            Change = { $args[0] -replace '\| `HostKeyChanged` .*\n' }
            Says = 'lacks the ErrorId HostKeyChanged'
        }
        @{
            Case = 'a type or a link leads nowhere'; Page = 'New-SshMaster'
            Change = { $args[0].Replace('### SshMux.Master', '### SshMux.Main').Replace('- Get-SshMaster', '- Get-It') }
            Says = '(?s)there is no type SshMux\.Main.*Get-It is no file'
        }
    ) {
        $said = @(Write-ChangedHelp $Page $Change)
        $said[-1] | Should -Be 1
        $said -join "`n" | Should -Match $Says
    }
}
