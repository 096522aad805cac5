# Checks of hosts, for Pester: each can be reached, its services run, and its disks have room. All hosts are asked at
# once, over one login each; a second run in the same pwsh, or one where masters live already, logs in nowhere.
#
#   Import-Module SshMux, Pester
#   $data = @{ HostName = 'web1', 'web2', 'db1'; Service = 'ssh', 'cron'; MaximumDiskPercent = 85 }
#   Invoke-Pester -Container (New-PesterContainer -Path examples/Checks.Tests.ps1 -Data $data) -Output Detailed
#
# Copy it and add checks of your own. The hosts need systemctl and df, and nothing else.
param(
    [Parameter(Mandatory)][string[]] $HostName,

    # Services that systemd has to call active.
    [string[]] $Service = @('ssh'),

    # How full a disk may be.
    [ValidateRange(1, 100)][int] $MaximumDiskPercent = 90,

    # More parameters for Invoke-SshMux, such as @{ UserName = 'ops'; KeyFilePath = '~/.ssh/ops' }.
    [hashtable] $Login = @{}
)

BeforeAll {
    $ask = @{ HostName = $HostName; TimeoutSeconds = 30; ErrorAction = 'SilentlyContinue' } + $Login
    # systemctl ends with an error status if a service is not active, which is not an error of ours.
    $serviceResults = Invoke-SshMux 'systemctl is-active --' -ArgumentList $Service @ask -ErrorVariable errors
    # A host that cannot be reached is not asked again.
    $ask.HostName = @($serviceResults.HostName)
    $diskResults = if ($ask.HostName) { Invoke-SshMux 'df -P' @ask -ErrorVariable +errors }
}

Describe '<_>' -ForEach $HostName {
    BeforeAll {
        $name = $_
        $services = $serviceResults | Where-Object HostName -EQ $name
        $disks = $diskResults | Where-Object HostName -EQ $name
    }

    It 'can be reached' {
        # The reason is in the message of the failed test.
        $errors.Where{ "$($_.TargetObject)" -eq $name }.Exception.Message | Should -BeNullOrEmpty
        $services | Should -Not -BeNullOrEmpty
    }

    It 'runs <_>' -ForEach $Service {
        if (-not $services) { Set-ItResult -Skipped -Because 'the host cannot be reached'; return }
        # One line for each service, in the order of the question.
        $services.Output[$Service.IndexOf($_)] | Should -Be 'active'
    }

    It 'has room on its disks' {
        if (-not $services) { Set-ItResult -Skipped -Because 'the host cannot be reached'; return }
        $disks.ExitStatus | Should -Be 0 -Because "df said: $($disks.ErrorOutput)"
        # Filesystem, blocks, used, available, capacity, mount point; only what is on a device is a disk.
        $full = foreach ($line in $disks.Output -like '/*') {
            $null, $null, $null, $null, $percent, $mount = -split $line
            if ([int]$percent.TrimEnd('%') -gt $MaximumDiskPercent) { "$mount is $percent full" }
        }
        $full | Should -BeNullOrEmpty
    }
}
