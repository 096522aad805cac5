@{
    RootModule = 'SshMux.psm1'
    ModuleVersion = '0.1.0'
    GUID = '5d366db4-bab5-42d2-9e59-604913364a79'
    Author = 'The SshMux authors'
    Copyright = '(c) 2026 The SshMux authors. MIT licence.'
    Description = 'OpenSSH connection multiplexing for PowerShell: log in to a host once, then run any number of commands and forwards over that one connection, from any process. Speaks the ControlMaster protocol of ssh(1) both ways.'

    CompatiblePSEditions = @('Core')
    PowerShellVersion = '7.6'

    FormatsToProcess = @('SshMux.Format.ps1xml')

    CmdletsToExport = @(
        'New-SshMaster'
        'Get-SshMaster'
        'Invoke-SshMux'
        'Open-SshMuxStream'
        'Enter-SshMux'
        'Add-SshMuxForward'
        'Get-SshMuxForward'
        'Remove-SshMuxForward'
        'Copy-SshMuxItem'
        'Get-SshMuxOption'
        'Get-SshMuxSession'
        'Send-SshMuxSignal'
        'Stop-SshMuxSession'
        'Rename-SshMuxSession'
        'Watch-SshMuxSession'
        'Lock-SshMaster'
        'Unlock-SshMaster'
        'Test-SshMux'
        'Stop-SshMux'
    )
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()

    PrivateData = @{
        PSData = @{
            Tags = @('SSH', 'OpenSSH', 'ControlMaster', 'multiplexing', 'remoting', 'sftp', 'Linux', 'Windows', 'PSEdition_Core')
            LicenseUri = 'https://opensource.org/license/mit'
            ReleaseNotes = 'The first release.'
            RequireLicenseAcceptance = $false
        }
    }
}
