# Packs the module for a gallery: out/package/SshMux/VERSION, as it lies on the PSModulePath and as Publish-PSResource
# and Publish-Module take it, and the same as SshMux.VERSION.nupkg. The same files always give the same package.
#   build/package.ps1 [-Module out/SshMux] [-Destination out/package]
param(
    [string] $Module = (Join-Path $PSScriptRoot '..' 'out' 'SshMux'),
    [string] $Destination = (Join-Path $PSScriptRoot '..' 'out' 'package')
)

$ErrorActionPreference = $WarningPreference = 'Stop'
Set-StrictMode -Version 3

$Module = (Resolve-Path $Module).Path
$manifest = Test-ModuleManifest $Module/SshMux.psd1
$data = $manifest.PrivateData.PSData
if (-not (Test-Path $Module/en-US/SshMux-Help.xml)) { throw "$Module has no help: run ./build.sh build" }

if (Test-Path $Destination) { Remove-Item -Recurse $Destination }
$folder = New-Item -ItemType Directory "$Destination/SshMux/$($manifest.Version)"
Copy-Item -Recurse $Module/* $folder
# Programs in the build's folder may be executable; here nothing is one.
foreach ($file in Get-ChildItem -Recurse -File $folder) {
    [IO.File]::SetUnixFileMode($file.FullName, 'UserRead, UserWrite, GroupRead, OtherRead')
}

function ConvertTo-XmlText([string] $Text) { [Security.SecurityElement]::Escape($Text) }

# What a gallery finds a module and its commands by.
$tags = @($data.Tags) + @('PSModule', 'PSIncludes_Cmdlet') +
    @($manifest.ExportedCmdlets.Keys | Sort-Object | ForEach-Object { "PSCmdlet_$_"; "PSCommand_$_" })
$nuspec = @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
  <metadata>
    <id>SshMux</id>
    <version>$($manifest.Version)</version>
    <authors>$(ConvertTo-XmlText $manifest.Author)</authors>
    <owners>$(ConvertTo-XmlText $manifest.Author)</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <licenseUrl>$(ConvertTo-XmlText $data.LicenseUri)</licenseUrl>
    <description>$(ConvertTo-XmlText $manifest.Description)</description>
    <releaseNotes>$(ConvertTo-XmlText $data.ReleaseNotes)</releaseNotes>
    <copyright>$(ConvertTo-XmlText $manifest.Copyright)</copyright>
    <tags>$(ConvertTo-XmlText ($tags -join ' '))</tags>
  </metadata>
</package>
"@

$files = [ordered]@{}
foreach ($file in Get-ChildItem -Recurse -File $folder | Sort-Object FullName -Culture '') {
    $files[[IO.Path]::GetRelativePath($folder, $file.FullName)] = [IO.File]::ReadAllBytes($file.FullName)
}

# The parts that every package of this kind has; a part without an extension is named one by one.
$types = @($files.Keys) -replace '.*/' | ForEach-Object { [IO.Path]::GetExtension($_).TrimStart('.') } |
    Where-Object { $_ } | Sort-Object -Unique
$parts = [ordered]@{
    '_rels/.rels' = @"
<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/SshMux.nuspec" Id="manifest" />
</Relationships>
"@
    '[Content_Types].xml' = @(
        '<?xml version="1.0" encoding="utf-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />'
        '  <Default Extension="nuspec" ContentType="application/octet" />'
        $types.ForEach{ "  <Default Extension=`"$_`" ContentType=`"application/octet`" />" }
        @($files.Keys).Where{ -not [IO.Path]::GetExtension($_) }.ForEach{
            "  <Override PartName=`"/$_`" ContentType=`"application/octet`" />"
        }
        '</Types>'
    ) -join "`n"
    'SshMux.nuspec' = $nuspec
}

$package = "$Destination/SshMux.$($manifest.Version).nupkg"
$zip = [IO.Compression.ZipFile]::Open($package, 'Create')
try {
    foreach ($part in @($parts.GetEnumerator()) + @($files.GetEnumerator())) {
        $entry = $zip.CreateEntry($part.Key, 'SmallestSize')
        $entry.LastWriteTime = [DateTimeOffset]'2000-01-01Z'
        $entry.ExternalAttributes = 0x81a4 -shl 16 # a file, rw-r--r--
        $stream = $entry.Open()
        $bytes = $part.Value -is [string] ? [Text.Encoding]::UTF8.GetBytes($part.Value) : $part.Value
        $stream.Write($bytes)
        $stream.Dispose()
    }
}
finally { $zip.Dispose() }

'== out/package/SshMux/{0} and SshMux.{0}.nupkg, {1:N0} KB' -f $manifest.Version, ((Get-Item $package).Length / 1KB)
