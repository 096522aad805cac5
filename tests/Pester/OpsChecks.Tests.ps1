# For Unix alone: the hosts have programs of their own.
# examples/Checks.Tests.ps1, run as its first lines say against throwaway hosts.

BeforeAll {
    Import-Module $PSScriptRoot/Support/TestSshd.psm1
    Import-SshMux
    $module = (Get-Module SshMux).ModuleBase
    $root = (Resolve-Path "$PSScriptRoot/../..").Path

    # The hosts have a systemctl and a df that say what is to be found.
    $programs = New-TestFolder
    @'
#!/bin/sh
[ "$1 $2" = 'is-active --' ] || exit 9
shift 2
for service; do
  case $service in ssh | 'a b') echo active ;; *) echo inactive; status=3 ;; esac
done
exit $status
'@ | Set-Content $programs/systemctl
    @'
#!/bin/sh
echo 'Filesystem     1024-blocks     Used Available Capacity Mounted on'
echo '/dev/sda1         20509264 12305560   7136572      64% /'
echo '/dev/sdb1         20509264 18305560   1136572      89% /srv'
echo 'tmpfs              1024000  1024000         0     100% /run'
'@ | Set-Content $programs/df
    & chmod +x $programs/systemctl $programs/df
    $sshd = Start-TestSshd -ExtraConfig "SetEnv PATH=${programs}:$env:PATH SHLVL=1"
    @(
        'Host gone', "  Port $(Get-FreePort)"
        # The same server, but another host to who logs in.
        'Host web2', '  HostName localhost', "  HostKeyAlias [127.0.0.1]:$($sshd.Port)"
    ) + (Get-Content $sshd.SshConfig) | Set-Content $programs/ssh_config

    # Runs the checks, twice in one pwsh; gives the counts, what the second run printed, and the names of what failed.
    function Invoke-Check([hashtable] $Data) {
        $Data.Login = @{ ConfigFile = "$programs/ssh_config" }
        $script = {
            param($module, $path, $data)
            Import-Module $module
            Import-Module Pester -MinimumVersion 6.0
            $configuration = New-PesterConfiguration
            $configuration.Run.Container = New-PesterContainer -Path $path -Data $data
            $configuration.Run.PassThru = $true
            $configuration.Output.Verbosity = 'None'
            $null = Invoke-Pester -Configuration $configuration
            $run = Invoke-Pester -Configuration $configuration
            @{
                Passed = $run.PassedCount; Skipped = $run.SkippedCount; Failed = @($run.Failed.ExpandedPath)
                Messages = @($run.Failed.ErrorRecord.Exception.Message)
            }
        }
        $arguments = $module, "$root/examples/Checks.Tests.ps1", $Data
        & (Get-Process -Id $PID).Path -NoProfile -Command $script -args $arguments
    }

    function Get-LoginCount { @(Select-String 'Accepted publickey' $sshd.Log).Count }
}

AfterAll {
    Assert-NothingLeft $sshd
    Stop-TestSshd $sshd
    Remove-Item -Recurse $programs
}

Describe 'The example of checks' {
    It 'passes where all is well, with one login to each host' {
        $before = Get-LoginCount
        $run = Invoke-Check @{ HostName = 'web1', 'web2'; Service = 'ssh', 'a b' }
        $run.Failed | Should -BeNullOrEmpty
        $run.Passed | Should -Be 8
        Get-LoginCount | Should -Be ($before + 2)
    }

    It 'finds a service that does not run, a disk that is full, and a host that is gone' {
        $run = Invoke-Check @{ HostName = 'web1', 'gone'; Service = 'ssh', 'nginx'; MaximumDiskPercent = 80 }
        $run.Failed | Sort-Object | Should -Be 'gone.can be reached', 'web1.has room on its disks', 'web1.runs nginx'
        $run.Skipped | Should -Be 3
        $run.Passed | Should -Be 2
        $run.Messages -join "`n" | Should -Match '(?s)(?=.*/srv is 89% full)(?=.*inactive)(?=.*refused)'
    }
}
