# The cmdlets and the engine live in an AssemblyLoadContext of their own, so that no other module's versions of their
# dependencies get in the way. This script opens it and hands the cmdlets on.

if (-not $IsLinux) {
    throw 'SshMux runs on Linux only, so far.'
}

Add-Type -LiteralPath (Join-Path $PSScriptRoot 'SshMux.PowerShell.Loader.dll')
$cmdletAssembly = [SshMux.PowerShell.Loader.ModuleLoadContext]::LoadCmdlets(
    (Join-Path $PSScriptRoot 'lib' 'SshMux.PowerShell.dll'))
$cmdlets = Import-Module -Assembly $cmdletAssembly -PassThru

# PowerShell exports the cmdlets of a nested module only to the first one that imports it. Taking it away together with
# this module lets a second import (-Force, or after Remove-Module) start afresh.
$ExecutionContext.SessionState.Module.OnRemove = { Remove-Module -ModuleInfo $cmdlets -Force }.GetNewClosure()
