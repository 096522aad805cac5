# A PowerShell host whose user answers by a script, and that keeps what it was asked and shown.

using namespace System.Collections.Generic
using namespace System.Collections.ObjectModel
using namespace System.Management.Automation
using namespace System.Management.Automation.Host

# Called on the other runspace's thread, while this one waits for it.
[NoRunspaceAffinity()]
class ScriptedUI : PSHostUserInterface {
    [Queue[object]] $Answers
    [List[string]] $Seen = [List[string]]::new()
    [List[string]] $Captions = [List[string]]::new()
    [List[string]] $Choices = [List[string]]::new()

    ScriptedUI([object[]] $answers) { $this.Answers = [Queue[object]]::new($answers) }

    hidden [object] Answer() {
        if ($this.Answers.Count -eq 0) { throw [PSInvalidOperationException]::new('nobody is there') }
        return $this.Answers.Dequeue()
    }

    [PSHostRawUserInterface] get_RawUI() { return $null }
    [bool] get_SupportsVirtualTerminal() { return $false }
    [string] ReadLine() { return $this.Answer() }
    [securestring] ReadLineAsSecureString() { return $this.Answer() }
    [void] Write([string] $value) { $this.Seen.Add($value) }
    [void] Write([ConsoleColor] $foreground, [ConsoleColor] $background, [string] $value) { $this.Seen.Add($value) }
    [void] WriteLine([string] $value) { $this.Seen.Add($value) }
    [void] WriteErrorLine([string] $value) { $this.Seen.Add($value) }
    [void] WriteDebugLine([string] $message) { }
    [void] WriteProgress([long] $sourceId, [ProgressRecord] $record) { }
    [void] WriteVerboseLine([string] $message) { }
    [void] WriteWarningLine([string] $message) { $this.Seen.Add($message) }

    [Dictionary[string, psobject]] Prompt(
        [string] $caption, [string] $message, [Collection[FieldDescription]] $descriptions) {
        $this.Captions.Add($caption)
        $result = [Dictionary[string, psobject]]::new()
        foreach ($field in $descriptions) {
            $this.Seen.Add($field.Label)
            $answer = $this.Answer()
            if ($field.ParameterTypeName -eq 'SecureString') {
                $answer = ConvertTo-SecureString $answer -AsPlainText -Force
            }
            $result.Add($field.Name, $answer)
        }
        return $result
    }

    [PSCredential] PromptForCredential([string] $caption, [string] $message, [string] $user, [string] $target) {
        return $this.Answer()
    }

    [PSCredential] PromptForCredential(
        [string] $caption, [string] $message, [string] $user, [string] $target,
        [PSCredentialTypes] $types, [PSCredentialUIOptions] $options) {
        return $this.Answer()
    }

    [int] PromptForChoice(
        [string] $caption, [string] $message, [Collection[ChoiceDescription]] $choices, [int] $defaultChoice) {
        $this.Seen.Add($message)
        $this.Captions.Add($caption)
        foreach ($choice in $choices) { $this.Choices.Add($choice.HelpMessage) }
        return $this.Answer()
    }
}

# Called on the other runspace's thread, while this one waits for it.
[NoRunspaceAffinity()]
class ScriptedHost : PSHost {
    [ScriptedUI] $User
    hidden [guid] $Id = [guid]::NewGuid()

    ScriptedHost([object[]] $answers) { $this.User = [ScriptedUI]::new($answers) }

    [PSHostUserInterface] get_UI() { return $this.User }
    [string] get_Name() { return 'ScriptedHost' }
    [version] get_Version() { return '1.0' }
    [guid] get_InstanceId() { return $this.Id }
    [cultureinfo] get_CurrentCulture() { return [cultureinfo]::InvariantCulture }
    [cultureinfo] get_CurrentUICulture() { return [cultureinfo]::InvariantCulture }
    [void] EnterNestedPrompt() { }
    [void] ExitNestedPrompt() { }
    [void] NotifyBeginApplication() { }
    [void] NotifyEndApplication() { }
    [void] SetShouldExit([int] $exitCode) { }
}

# Runs a script where a user gives these answers; gives its output, its errors, and what the user has seen.
function Invoke-WithUser([object[]] $Answers, [scriptblock] $Script, [object[]] $Arguments) {
    $user = [ScriptedHost]::new($Answers)
    $state = [initialsessionstate]::CreateDefault()
    $state.ImportPSModule((Get-Module SshMux).ModuleBase)
    $runspace = [runspacefactory]::CreateRunspace($user, $state)
    $runspace.Open()
    $shell = [powershell]::Create($runspace).AddScript($Script)
    foreach ($argument in $Arguments) { $shell = $shell.AddArgument($argument) }
    try {
        $output = $shell.Invoke()
        [pscustomobject]@{
            Output = $output; Errors = @($shell.Streams.Error); Seen = $user.User.Seen
            Captions = $user.User.Captions; Choices = $user.User.Choices
        }
    }
    finally {
        $shell.Dispose()
        $runspace.Dispose()
    }
}

Export-ModuleMember -Function Invoke-WithUser
