# For Unix alone: it is about the source.
# PSScriptAnalyzer finds nothing in the scripts of the repository. Where it is not installed, nothing is looked at.

BeforeDiscovery {
    $here = [bool](Get-Module -ListAvailable PSScriptAnalyzer)
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    # The manifest and its script are looked at where the files that they name are.
    $files = @(Get-ChildItem -File $root/*.ps1, $root/out/SshMux/*.psm1, $root/out/SshMux/*.psd1) +
        @('build', 'benchmarks', 'examples', 'tests' | ForEach-Object {
            Get-ChildItem -Recurse -File $root/$_ -Include *.ps1, *.psm1, *.psd1
        }) | Where-Object FullName -NotMatch '/(bin|obj)/'
}

Describe 'PSScriptAnalyzer' -Skip:(-not $here) {
    It 'finds nothing in <_.Name>' -ForEach $files {
        $settings = (Resolve-Path "$PSScriptRoot/../../PSScriptAnalyzerSettings.psd1").Path
        Invoke-ScriptAnalyzer -Path $_.FullName -Settings $settings |
            ForEach-Object { "line $($_.Line): $($_.RuleName): $($_.Message)" } | Should -BeNullOrEmpty
    }
}
