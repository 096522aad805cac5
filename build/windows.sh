#!/usr/bin/env bash
# Programs for Windows on this machine, for tests: a folder with Debian 13 and its Wine, and in it, for Windows, .NET and
# PowerShell. Debian 12's own Wine is too old for .NET. Needs root, for chroot and for mounts, which nobody else sees and
# which end with the program that has them.
#   build/windows.sh setup            makes the folder: minutes, 3 GB
#   build/windows.sh run PROGRAM...   runs a program, by its path in Windows: what is below FOLDER/w is Z:\w there
#   build/windows.sh pwsh SCRIPT...   runs a script of PowerShell's; pwsh.exe's status proves nothing there
#   build/windows.sh stop             ends what Wine left running
# The folder is SSHMUX_WINDOWS, else out/windows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${SSHMUX_WINDOWS:-$PWD/out/windows}

# In a namespace of mounts of its own, so that what removes the folder finds no device in it.
# shellcheck disable=SC2016  # the inner shell's
inside() {
  unshare --mount --propagation private sh -c '
    mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' "$folder" "$@"
}

wine() {
  inside /usr/bin/env -i WINEPREFIX=/w/prefix WINEDEBUG="${WINEDEBUG:--all}" HOME=/w/home LC_ALL=C.UTF-8 PATH=/usr/bin:/bin TERM=xterm \
    DOTNET_ROOT='Z:\w\dotnet' POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off "${variables[@]}" /usr/lib/wine/wine64 "$@"
}

# What of this process's environment the tests look at.
variables=()
while IFS='=' read -r name value; do variables+=("$name=$value"); done < <(env | grep '^SSHMUX_WINDOWS_' || true)

setup() {
  # shellcheck disable=SC2016  # apt's own word
  local mirror packages version name frame
  mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)
  [ -n "$mirror" ] || { echo "windows.sh: apt knows no mirror: run apt-get update" >&2; exit 1; }
  if [ ! -x "$folder/usr/lib/wine/wine64" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    debootstrap --variant=minbase trixie "$folder" "${mirror%/}"
    inside apt-get -qq update
    inside /usr/bin/env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install wine64
  fi

  mkdir -p "$folder/w/home"
  echo '127.0.0.1 localhost' > "$folder/etc/hosts"
  dotnet restore build/tools/Windows.proj --nologo
  dotnet tool restore
  packages=$(dotnet nuget locals global-packages --list --force-english-output | sed 's/^global-packages: *//; s|/*$|/|')
  version=$(dotnet msbuild build/tools/Windows.proj -getProperty:BundledNETCoreAppPackageVersion)
  rm -rf "$folder/w/pwsh" "$folder/w/dotnet"
  cp -r "${packages}powershell/$(powershell_version)/tools/net10.0/any/win" "$folder/w/pwsh"
  for name in NETCore WindowsDesktop; do
    frame=$folder/w/dotnet/shared/Microsoft.$name.App/$version
    mkdir -p "$frame"
    cp -r "${packages}microsoft.${name,,}.app.runtime.win-x64/$version"/runtimes/win-x64/{lib/net10.0,native}/* "$frame"
  done
  mkdir -p "$folder/w/dotnet/host/fxr/$version"
  cp "$folder/w/dotnet/shared/Microsoft.NETCore.App/$version/hostfxr.dll" "$folder/w/dotnet/host/fxr/$version"
  wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f
  touch "$folder/w/ready"
}

powershell_version() { sed -n '/"powershell"/,/}/s/.*"version": *"\([^"]*\)".*/\1/p' .config/dotnet-tools.json; }

case ${1:-} in
  setup) [ -e "$folder/w/ready" ] || setup ;;
  run) shift; wine "$@" ;;
  pwsh)
    shift
    # pwsh.exe needs a terminal, which script(1) gives it.
    printf -v command '%q ' "$0" run 'Z:\w\pwsh\pwsh.exe' -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$@"
    SHELL=/bin/bash script -qec "$command" /dev/null ;;
  stop) inside /usr/bin/env WINEPREFIX=/w/prefix /usr/lib/wine/wineserver64 -k || true ;;
  *) sed -n '2,10p' "$0"; exit 2 ;;
esac
