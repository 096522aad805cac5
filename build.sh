#!/usr/bin/env bash
# The one entry to everything: ./build.sh TARGET. What a target needs and the machine lacks is installed first, with a
# word about it. All that it makes goes to out/ (and the usual bin/ and obj/ beside the projects).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The programs that the build, the demo and the tests run, and the Debian packages that have them. A program can also be
# a file below /usr/lib/openssh or the pattern of an absolute path.
declare -A PACKAGES=(
  [gcc]='gcc libc6-dev'
  [ssh]=openssh-client [sshd]=openssh-server [sftp-server]=openssh-sftp-server [socat]=socat [nc]=netcat-openbsd
  [curl]=curl [xauth]=xauth [Xvfb]=xvfb [xdpyinfo]=x11-utils
  [regress/test-exec.sh]=openssh-tests [openssl]=openssl [telnet]=inetutils-telnet
  [dropbear]=dropbear-bin [tinysshd]=tinysshd [/usr/lib/python3/dist-packages/asyncssh]=python3-asyncssh
  [/usr/lib/*/libnss_wrapper.so]=libnss-wrapper [rsync]=rsync [git]=git [ansible]=ansible-core [ssh-audit]=ssh-audit [softhsm2-util]=softhsm2
  [tmux]=tmux [vi]=vim-tiny [top]=procps
)
BENCH_PROGRAMS=(ssh sshd sftp-server)
DEMO_PROGRAMS=(ssh sshd sftp-server socat nc)
SSH_MUX_SDK=10
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export PATH="$PATH:/usr/sbin:/sbin"

say() { printf '== %s\n' "$*"; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

usage() {
  cat <<'END'
usage: ./build.sh TARGET
  build        the command at out/bin/sshmux and the module at out/SshMux
  test         build, check the style, run all tests, report coverage; the last line has the counts
  conformance  OpenSSH's own regression scripts with sshmux as ssh, all that apply; takes some minutes
  demo         a throwaway sshd on loopback, one login, and everything that goes over it
  package      out/SshMux-VERSION.tar.gz: the command and the module; out/package: the module for a gallery
  bench        measure against OpenSSH, side by side; --quick takes minutes, all of it most of an hour;
               --micro measures parts of the engine alone, for time and memory
  clean        remove what the other targets made
END
}

require_sdk() {
  local version
  command -v dotnet > /dev/null ||
    fail "the .NET SDK $SSH_MUX_SDK is missing: install it and put dotnet on PATH (https://dotnet.microsoft.com/download)"
  version=$(dotnet --version 2> /dev/null) || fail "dotnet is here, but no SDK: install the .NET SDK $SSH_MUX_SDK"
  [ "${version%%.*}" -ge "$SSH_MUX_SDK" ] || fail "the .NET SDK is $version, but $SSH_MUX_SDK or newer is needed"
}

has() {
  case $1 in
    /*) compgen -G "$1" > /dev/null ;;
    *) command -v "$1" > /dev/null || [ -e "/usr/lib/openssh/$1" ] ;;
  esac
}

# require PROGRAM...: installs what is missing.
require() {
  local program missing=() as_root=()
  for program; do
    # shellcheck disable=SC2206  # several packages for one program
    has "$program" || missing+=(${PACKAGES[$program]})
  done
  [ "${#missing[@]}" -gt 0 ] || return 0

  command -v apt-get > /dev/null || fail "please install what Debian calls: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || fail "please install these packages as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  [[ " ${missing[*]} " != *" openssh-server "* ]] || [ ! -d /run/systemd/system ] ||
    say "Debian's openssh-server also starts the system's own sshd on port 22; systemctl disable --now ssh ends it"
  # tinysshd's package would listen on port 22 too; a unit that is masked beforehand is never started.
  [[ " ${missing[*]} " != *" tinysshd "* ]] || [ ! -d /run/systemd/system ] ||
    "${as_root[@]}" systemctl --quiet mask tinysshd.socket
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" > /dev/null
  for program; do
    has "$program" || fail "$program is still missing after installing ${PACKAGES[$program]}"
  done
}

# Native AOT's compiler is a package that not every package source has. Without it the command needs the .NET runtime and
# starts slower, and is the same otherwise. MSBuild takes the variable as a property.
choose_compiler() {
  if dotnet restore src/SshMux.Cli --nologo -v quiet > /dev/null 2>&1; then
    require gcc
  else
    say "no Native AOT in this package source: the command is compiled with ReadyToRun and needs the .NET runtime"
    export SshMuxNative=false
  fi
}

build() {
  require_sdk
  choose_compiler
  say "building the command (out/bin/sshmux) and the module (out/SshMux)"
  # New files instead of overwritten ones: a master that runs from there keeps its own.
  rm -rf out/bin out/SshMux
  dotnet publish SshMux.sln -c Release --nologo -v quiet -clp:NoSummary
}

build_tests() {
  say "building the tests"
  dotnet build SshMux.sln -c Release --nologo -v quiet -clp:NoSummary
}

micro_bench() {
  require_sdk
  say "building the micro-benchmarks"
  dotnet build benchmarks/SshMux.MicroBenchmarks -c Release --nologo -v quiet -clp:NoSummary
  exec benchmarks/SshMux.MicroBenchmarks/bin/Release/net10.0/SshMux.MicroBenchmarks "$@"
}

bench() {
  if [ "${1:-}" = --micro ]; then shift; micro_bench "$@"; fi
  require "${BENCH_PROGRAMS[@]}"
  build
  say "building the benchmarks"
  dotnet build benchmarks/SshMux.Benchmarks -c Release --nologo -v quiet -clp:NoSummary
  exec benchmarks/SshMux.Benchmarks/bin/Release/net10.0/SshMux.Benchmarks "$@"
}

package() {
  build
  local version
  version=$(sed -n "s/.*ModuleVersion = '\(.*\)'.*/\1/p" SshMux.psd1)
  tar -C out -czf "out/SshMux-$version.tar.gz" bin SshMux
  say "out/SshMux-$version.tar.gz: the command and the module"
  if command -v pwsh > /dev/null; then
    pwsh -NoLogo -NoProfile -NonInteractive -File build/package.ps1
  else
    say "no package of the module alone: writing it needs pwsh"
  fi
}

clean() {
  say "removing out/, bin/ and obj/"
  rm -rf out {src,tests,benchmarks}/*/{bin,obj} build/help/{bin,obj} build/coverage/obj
}

case "${1:-}" in
  build) build; say "done: out/bin/sshmux -V; pwsh: Import-Module ./out/SshMux" ;;
  test) require "${!PACKAGES[@]}"; build; build_tests; exec build/test.sh ;;
  conformance) require "${!PACKAGES[@]}"; build; exec tests/Conformance/run.sh all ;;
  demo) require "${DEMO_PROGRAMS[@]}"; build; exec build/demo.sh ;;
  package) package ;;
  bench) shift; bench "$@" ;;
  clean) clean ;;
  -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
