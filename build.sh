#!/usr/bin/env bash
# The one entry to everything: ./build.sh TARGET. What a target needs and the machine lacks is installed first, with a
# word about it. All that it makes goes to out/ (and the usual bin/ and obj/ beside the projects).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

BENCH_PROGRAMS=(ssh sshd sftp-server patchelf)
DEMO_PROGRAMS=(ssh sshd socat)
WINDOWS_PROGRAMS=(
  debootstrap sshd ssh sftp-server nc socat openssl '/usr/lib/python3/dist-packages/asyncssh' '/usr/lib/*/libnss_wrapper.so')
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export PATH="$PATH:/usr/sbin:/sbin"

# shellcheck source=build/tools.sh
. build/tools.sh

usage() {
  cat <<'END'
usage: ./build.sh TARGET
  build        the command at out/bin/sshmux and the module at out/SshMux
  test         build, check the style, run all tests, report coverage; the last line has the counts
  test-windows what of the tests is for every system, as programs for Windows under Wine, in a folder of their own
               (out/windows, 3 GB); needs root
  conformance  OpenSSH's own regression scripts, of two generations, with sshmux as ssh, all that apply; half an hour
  demo         three throwaway hosts on loopback, one login to each, and everything that goes over it
  package      out/SshMux-VERSION.tar.gz: the command and the module; out/package: the module for a gallery, and the
               engine for NuGet
  bench        measure against OpenSSH, side by side; --quick takes minutes, all of it most of an hour;
               --micro measures parts of the engine alone, for time and memory
  clean        remove what the other targets made
END
}

# Native AOT's compiler is a package that not every package source has. Without it the command needs the .NET runtime and
# starts slower, and is the same otherwise. MSBuild takes the variable as a property.
restore() {
  if timed "fetching NuGet's packages" dotnet restore SshMux.sln --nologo; then
    [ "${SshMuxNative:-}" = false ] || require gcc
  elif [ "${SshMuxNative:-}" != false ]; then
    say "again without Native AOT: the command is then compiled with ReadyToRun and needs the .NET runtime"
    export SshMuxNative=false
    restore
  else
    fail "NuGet's packages cannot be had, see above"
  fi
}

build() {
  require_sdk
  restore
  # New files instead of overwritten ones: a master that runs from there keeps its own.
  rm -rf out/bin out/SshMux
  timed "compiling the command (out/bin/sshmux) and the module (out/SshMux)" \
    dotnet publish SshMux.sln -c Release --no-restore --nologo -v quiet -clp:NoSummary
}

tell_how() {
  say "done: out/bin/sshmux, and in pwsh: Import-Module $PWD/out/SshMux"
  [ "$(command -v pwsh)" != "$TOOLS/pwsh" ] || say "a pwsh for it, if you have none: DOTNET_ROOT=$DOTNET_ROOT out/tools/pwsh"
}

build_tests() {
  timed "compiling the tests" dotnet build SshMux.sln -c Release --no-restore --nologo -v quiet -clp:NoSummary
}

micro_bench() {
  require_sdk
  timed "compiling the micro-benchmarks" dotnet build benchmarks/SshMux.MicroBenchmarks -c Release --nologo -v quiet -clp:NoSummary
  exec benchmarks/SshMux.MicroBenchmarks/bin/Release/net10.0/SshMux.MicroBenchmarks "$@"
}

bench() {
  if [ "${1:-}" = --micro ]; then shift; micro_bench "$@"; fi
  require "${BENCH_PROGRAMS[@]}"
  build
  require_newer_openssh
  timed "compiling the benchmarks" dotnet build benchmarks/SshMux.Benchmarks -c Release --nologo -v quiet -clp:NoSummary
  exec benchmarks/SshMux.Benchmarks/bin/Release/net10.0/SshMux.Benchmarks "$@"
}

package() {
  build
  require_pwsh
  local version
  version=$(sed -n "s/.*ModuleVersion = '\(.*\)'.*/\1/p" SshMux.psd1)
  tar -C out -czf "out/SshMux-$version.tar.gz" bin SshMux
  say "out/SshMux-$version.tar.gz: the command and the module"
  pwsh -NoLogo -NoProfile -NonInteractive -File build/package.ps1
  dotnet pack src/SshMux.Engine -c Release --no-restore --nologo -v quiet -clp:NoSummary
  say "out/package/SshMux.Engine.$version.nupkg: the engine, for programs in .NET"
}

test_all() {
  require "${!PACKAGES[@]}"
  build
  require_pwsh
  require_pester
  require_newer_openssh
  build_tests
  exec build/test.sh
}

# Wine is in a folder that chroot(2) enters, which not everybody may.
test_windows() {
  if [ "$(id -u)" -ne 0 ] || ! unshare --mount --propagation private true 2> /dev/null; then
    say "the tests for Windows are NOT RUN: they need root, and mounts and chroot of their own"
    return
  fi
  require "${WINDOWS_PROGRAMS[@]}"
  require_sdk
  restore
  require_pwsh
  require_pester
  timed "making a folder with Wine and a PowerShell for Windows (out/windows)" build/windows.sh setup
  timed "compiling the module (out/SshMux)" \
    dotnet publish src/SshMux.PowerShell -c Release --no-restore --nologo -v quiet -clp:NoSummary
  exec build/test-windows.sh "$@"
}

conformance() {
  require "${!PACKAGES[@]}"
  require_newer_openssh
  build
  local status=0
  say "the scripts of the system's OpenSSH"
  tests/Conformance/run.sh all || status=1
  if [ -n "${SSHMUX_NEWER_OPENSSH:-}" ]; then
    say "the scripts of the newer OpenSSH, with its programs"
    tests/Conformance/run.sh -n all || status=1
  fi
  return $status
}

clean() {
  say "removing out/, bin/ and obj/"
  rm -rf out {src,tests,benchmarks,examples}/*/{bin,obj} build/help/{bin,obj} build/coverage/obj
}

case "${1:-}" in
  build) build; require_pwsh; tell_how ;;
  test) test_all ;;
  test-windows) shift; test_windows "$@" ;;
  conformance) conformance ;;
  demo) require "${DEMO_PROGRAMS[@]}"; build; require_pwsh; exec build/demo.sh ;;
  package) package ;;
  bench) shift; bench "$@" ;;
  clean) clean ;;
  -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
