# For Unix alone: it is about the tests.
# The tests call every cmdlet in every way: each of its parameter sets, and each of its parameters. What they call is
# read from their source, so a way that only a computed call takes does not count.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $commands = Get-Command -Module SshMux -CommandType Cmdlet
    $common = [Management.Automation.Cmdlet]::CommonParameters
    $common += [Management.Automation.Cmdlet]::OptionalCommonParameters

    # The names of the keys of the hashtables that a script assigns to a variable, for splatting.
    function Get-SplatKey([Management.Automation.Language.Ast] $Script, [string] $Variable) {
        $isAssignment = { $args[0] -is [Management.Automation.Language.AssignmentStatementAst] }
        foreach ($assignment in $Script.FindAll($isAssignment, $true)) {
            if ("$($assignment.Left)" -ne "`$$Variable") { continue }
            $table = $assignment.Right.Find({ $args[0] -is [Management.Automation.Language.HashtableAst] }, $false)
            if ($table) { $table.KeyValuePairs.Item1.Value }
        }
    }

    # What one call binds: the parameters that it names, and the parameter set that it comes to.
    function Get-Binding([Management.Automation.CommandInfo] $Command, $Call, $Script) {
        $elements = @($Call.CommandElements | Select-Object -Skip 1)
        $named = [Collections.Generic.List[string]]::new()
        $positional = 0
        for ($i = 0; $i -lt $elements.Count; $i++) {
            $element = $elements[$i]
            if ($element -is [Management.Automation.Language.CommandParameterAst]) {
                try { $parameter = $Command.ResolveParameter($element.ParameterName) } catch { return }
                $named.Add($parameter.Name)
                if (-not $element.Argument -and -not $parameter.SwitchParameter) { $i++ }
            }
            elseif ($element -is [Management.Automation.Language.VariableExpressionAst] -and $element.Splatted) {
                foreach ($key in Get-SplatKey $Script $element.VariablePath) {
                    if ($Command.Parameters.ContainsKey($key)) { $named.Add($key) }
                }
            }
            else { $positional++ }
        }

        $piped = $Call.Parent.PipelineElements -and $Call.Parent.PipelineElements[0] -ne $Call
        $sets = @($Command.ParameterSets.Where{
                $set = $_
                $own = $set.Parameters
                @($named.Where{ $_ -notin $own.Name }).Count -eq 0 -and
                    @($own.Where{ $_.Position -ge 0 -and $_.Name -notin $named }).Count -ge $positional -and
                    (-not $piped -or $own.Where{ $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName }) -and
                    # What the set must have is named, comes through the pipeline or stands in its place.
                    -not $own.Where{
                        $_.IsMandatory -and $_.Name -notin $named -and -not ($piped -and $_.ValueFromPipeline) -and
                            -not ($_.Position -ge 0 -and $positional -gt 0)
                    }
            })
        $one = $sets.Count -gt 1 ? $sets.Where{ $_.IsDefault } : $sets
        [pscustomobject]@{ Command = $Command.Name; Set = $one.Name; Parameters = @($named) }
    }

    function Get-Call([string] $Text) {
        $script = [Management.Automation.Language.Parser]::ParseInput($Text, [ref] $null, [ref] $null)
        foreach ($call in $script.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
            # What is typed at a terminal is a call, too; Enter-Remote types the name itself.
            $typed = switch ($call.GetCommandName()) {
                'Send-Line' { "$($call.CommandElements[-1].Value)" }
                'Enter-Remote' { "Enter-SshMux $($call.CommandElements[-1].Value)" }
            }
            if ($typed) { Get-Call $typed }
            $command = $commands.Where{ $_.Name -eq $call.GetCommandName() }
            if ($command) { Get-Binding $command[0] $call $script }
        }
    }

    $calls = Get-ChildItem $PSScriptRoot -Recurse -Include *.ps1, *.psm1 |
        ForEach-Object { Get-Call (Get-Content -Raw -LiteralPath $_) }
}

Describe 'The tests' {
    It 'call every parameter set' {
        $missing = foreach ($command in $commands) {
            foreach ($set in $command.ParameterSets.Name) {
                if (-not $calls.Where{ $_.Command -eq $command.Name -and $_.Set -eq $set }) { "$($command.Name): $set" }
            }
        }
        $missing | Should -BeNullOrEmpty
    }

    It 'use every parameter' {
        # The class that a parameter is from: what cmdlets inherit is one parameter.
        function Get-Origin($Command, [string] $Name) {
            "$($Command.ImplementingType.GetProperty($Name).DeclaringType.Name) -$Name"
        }
        $used = foreach ($call in $calls) {
            $command = $commands.Where{ $_.Name -eq $call.Command }[0]
            foreach ($name in $call.Parameters.Where{ $_ -notin $common }) { Get-Origin $command $name }
        }
        $missing = foreach ($command in $commands) {
            foreach ($parameter in $command.Parameters.Values.Where{ $_.Name -notin $common }) {
                # One that stands in its place, or comes through the pipeline, is part of its set.
                if ($parameter.Attributes.Where{ $_.Position -ge 0 -or $_.ValueFromPipeline }) { continue }
                if ((Get-Origin $command $parameter.Name) -notin $used) { "$($command.Name) -$($parameter.Name)" }
            }
        }
        $missing | Should -BeNullOrEmpty
    }

    It 'are read as PowerShell binds them' {
        $read = Get-Call @'
            $login = @{ ConfigFile = 'x'; ErrorAction = 'Stop' }
            Test-SshMux $m -Quiet
            $m | Test-SshMux
            Test-SshMux -ControlPath $path
            Invoke-SshMux -HostName web1 'true' -User me
            1..3 | Invoke-SshMux 'cat' -Master $m
            New-SshMaster web1 @login
            Get-SshMaster
            Stop-SshMux -NoSuchParameter
            Add-SshMuxForward -Local 1:x:1
'@
        $read.ForEach{ "$($_.Command) $($_.Set)" } | Should -Be @(
            'Test-SshMux Master', 'Test-SshMux Master', 'Test-SshMux ControlPath', 'Invoke-SshMux HostName'
            'Invoke-SshMux Master', 'New-SshMaster HostName', 'Get-SshMaster Name', 'Add-SshMuxForward ')
        $read[3].Parameters | Should -Be 'HostName', 'UserName'
        $read[5].Parameters | Should -Be 'ConfigFile', 'ErrorAction'
    }
}
