# The cmdlets and the engine live in an AssemblyLoadContext of their own, so that no other module's versions of their
# dependencies get in the way. This script opens it and hands the cmdlets on. Each cmdlet of another module that it
# called (Add-Type, Join-Path) would load that module first, which takes longer than all that is done here.

if ($IsMacOS) {
    throw 'SshMux runs on Linux and Windows; not on macOS, so far.'
}

$loader = [Reflection.Assembly]::LoadFrom("$PSScriptRoot/SshMux.PowerShell.Loader.dll")
$cmdlets = Import-Module -PassThru -Assembly $loader.GetType('SshMux.PowerShell.Loader.ModuleLoadContext')::LoadCmdlets(
    "$PSScriptRoot/lib/SshMux.PowerShell.dll")

# PowerShell exports the cmdlets of a nested module only to the first one that imports it. Taking it away together with
# this module lets a second import (-Force, or after Remove-Module) start afresh.
$ExecutionContext.SessionState.Module.OnRemove = { Remove-Module -ModuleInfo $cmdlets -Force }.GetNewClosure()
