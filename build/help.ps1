# Writes the cmdlets' help, out/SshMux/en-US/SshMux-Help.xml, from their documentation comments: the class's <summary>
# is the description, its <example>s are the examples, a property's <summary> is the parameter's description.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
$root = Split-Path $PSScriptRoot
$comments = @{}
[xml] $source = Get-Content -Raw "$root/src/SshMux.PowerShell/bin/Release/net10.0/SshMux.PowerShell.xml"
foreach ($member in $source.doc.members.member) { $comments[$member.name] = $member }
Import-Module "$root/out/SshMux"

function Escape([string] $Text) { [Security.SecurityElement]::Escape($Text) }

# The text of a comment, without its line breaks and markup.
function Get-Text($Node) {
    if ($null -eq $Node) { return '' }
    foreach ($name in @($Node.SelectNodes('.//paramref|.//see'))) {
        $text = ($name.GetAttribute('name') + $name.GetAttribute('cref')) -replace '.*[.:]'
        $null = $name.ParentNode.ReplaceChild($source.CreateTextNode($text), $name)
    }
    ($Node.InnerText -replace '\s+', ' ').Trim()
}

function Get-Description([Management.Automation.CommandParameterInfo] $Parameter, [type] $Cmdlet) {
    $declaring = $Cmdlet.GetProperty($Parameter.Name).DeclaringType
    $member = $comments["P:$($declaring.FullName).$($Parameter.Name)"]
    if (-not $member) { throw "no description of $($Cmdlet.Name) -$($Parameter.Name)" }
    Get-Text $member.SelectSingleNode('summary')
}

function ConvertTo-Parameter([Management.Automation.CommandParameterInfo] $Parameter, [string] $Description) {
    $pipeline = @(
        if ($Parameter.ValueFromPipeline) { 'ByValue' }
        if ($Parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' }
    )
    $pipeline = if ($pipeline) { "True ($($pipeline -join ', '))" } else { 'False' }
    $position = if ($Parameter.Position -lt 0) { 'named' } else { $Parameter.Position }
    $wildcards = $Parameter.Attributes.Where{ $_ -is [SupportsWildcards] }.Count -gt 0
    $type = $Parameter.ParameterType.Name -replace '^SwitchParameter$'
    @(
        "<command:parameter required='$("$($Parameter.IsMandatory)".ToLowerInvariant())' position='$position'"
        " pipelineInput='$pipeline' globbing='$("$wildcards".ToLowerInvariant())'"
        " aliases='$($Parameter.Aliases -join ', ')'>"
        "<maml:name>$($Parameter.Name)</maml:name>"
        if ($Description) { "<maml:description><maml:para>$(Escape $Description)</maml:para></maml:description>" }
        if ($type) { "<command:parameterValue required='true'>$(Escape $type)</command:parameterValue>" }
        '</command:parameter>'
    ) -join ''
}

function ConvertTo-Help([Management.Automation.CmdletInfo] $Command) {
    $comment = $comments["T:$($Command.ImplementingType.FullName)"]
    $description = Get-Text $comment.SelectSingleNode('summary')
    $common = [Management.Automation.Cmdlet]::CommonParameters
    $common += [Management.Automation.Cmdlet]::OptionalCommonParameters
    $all = [ordered]@{}
    "<command:command xmlns:maml='http://schemas.microsoft.com/maml/2004/10'"
    " xmlns:command='http://schemas.microsoft.com/maml/dev/command/2004/10'"
    " xmlns:dev='http://schemas.microsoft.com/maml/dev/2004/10'>"
    "<command:details><command:name>$($Command.Name)</command:name><command:verb>$($Command.Verb)</command:verb>"
    "<command:noun>$($Command.Noun)</command:noun>"
    "<maml:description><maml:para>$(Escape ($description -replace '[.:] .*', '.'))</maml:para></maml:description>"
    '</command:details>'
    "<maml:description><maml:para>$(Escape $description)</maml:para></maml:description>"
    '<command:syntax>'
    foreach ($set in $Command.ParameterSets) {
        "<command:syntaxItem><maml:name>$($Command.Name)</maml:name>"
        foreach ($parameter in $set.Parameters.Where{ $_.Name -notin $common }) {
            ConvertTo-Parameter $parameter
            if (-not $all.Contains($parameter.Name)) { $all[$parameter.Name] = $parameter }
        }
        '</command:syntaxItem>'
    }
    '</command:syntax>'
    '<command:parameters>'
    foreach ($parameter in $all.Values) {
        ConvertTo-Parameter $parameter (Get-Description $parameter $Command.ImplementingType)
    }
    '</command:parameters>'
    '<command:returnValues>'
    foreach ($type in $Command.OutputType) {
        "<command:returnValue><dev:type><maml:name>$($type.Name)</maml:name></dev:type></command:returnValue>"
    }
    '</command:returnValues>'
    '<command:examples>'
    $number = 0
    foreach ($example in $comment.SelectNodes('example')) {
        $number++
        $code = $example.SelectSingleNode('code')
        $null = $example.RemoveChild($code)
        $lines = ($code.InnerText.Trim() -split '\n').ForEach{ $_.Trim() } -join "`n"
        "<command:example><maml:title>Example $number</maml:title><dev:code>$(Escape $lines)</dev:code>"
        "<dev:remarks><maml:para>$(Escape (Get-Text $example))</maml:para></dev:remarks></command:example>"
    }
    if ($number -eq 0) { throw "no example of $($Command.Name)" }
    '</command:examples>'
    '</command:command>'
}

$folder = New-Item -ItemType Directory -Force "$root/out/SshMux/en-US"
@(
    "<?xml version='1.0' encoding='utf-8'?>"
    "<helpItems schema='maml' xmlns='http://msh'>"
    foreach ($command in Get-Command -Module SshMux -CommandType Cmdlet | Sort-Object Name) { ConvertTo-Help $command }
    '</helpItems>'
) | Set-Content "$folder/SshMux-Help.xml"
