# For build.sh: what the targets need and the machine may lack. Each function brings one thing and says so, or fails with
# the remedy. What is not the system's own goes to out/tools.
# shellcheck shell=bash

# The programs that the build, the demo and the tests run, and the Debian packages that have them. A program can also be
# a file below /usr/lib/openssh or the pattern of an absolute path.
declare -A PACKAGES=(
  [gcc]='gcc libc6-dev'
  [ssh]=openssh-client [sshd]=openssh-server [sftp-server]=openssh-sftp-server [socat]=socat [nc]=netcat-openbsd
  [curl]=curl [xauth]=xauth [Xvfb]=xvfb [xdpyinfo]=x11-utils
  [regress/test-exec.sh]=openssh-tests [openssl]=openssl [puttygen]=putty-tools [telnet]=inetutils-telnet
  [dropbear]=dropbear-bin [tinysshd]=tinysshd [/usr/lib/python3/dist-packages/asyncssh]=python3-asyncssh
  [/usr/lib/*/libnss_wrapper.so]=libnss-wrapper [rsync]=rsync [git]=git [ansible]=ansible-core [ssh-audit]=ssh-audit [softhsm2-util]=softhsm2
  [debootstrap]=debootstrap [tmux]=tmux [vi]=vim-tiny [top]=procps [patchelf]=patchelf
)
SSH_MUX_SDK=10
TOOLS=$PWD/out/tools

say() { printf '== %s\n' "$*"; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# timed WHAT COMMAND...: says what is done, and at the end for how long; on a terminal the seconds run meanwhile. What the
# command prints is shown only if it fails.
timed() {
  local what=$1 start=$SECONDS ticker='' status=0 log
  shift
  log=$(mktemp)
  if [ -t 1 ]; then
    { while kill -0 $$ 2> /dev/null && printf '\r== %s ... %d s ' "$what" $((SECONDS - start)); do read -rt 1 <> <(:) || true; done; } &
    ticker=$!
  else
    printf '== %s ...' "$what"
  fi
  "$@" > "$log" 2>&1 || status=$?
  [ -z "$ticker" ] || { kill "$ticker"; wait "$ticker" 2> /dev/null || true; printf '\r== %s ...' "$what"; }
  if [ $status -eq 0 ]; then printf ' %d s \n' $((SECONDS - start)); else printf ' FAILED\n'; cat "$log"; fi
  rm -f "$log"
  return $status
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
    # The password, if there is one, is asked where it can be seen.
    sudo -v
  fi
  [[ " ${missing[*]} " != *" openssh-server "* ]] || [ ! -d /run/systemd/system ] ||
    say "Debian's openssh-server also starts the system's own sshd on port 22; systemctl disable --now ssh ends it"
  # tinysshd's package would listen on port 22 too; a unit that is masked beforehand is never started.
  [[ " ${missing[*]} " != *" tinysshd "* ]] || [ ! -d /run/systemd/system ] ||
    "${as_root[@]}" systemctl --quiet mask tinysshd.socket
  timed "installing Debian's ${missing[*]}" install_packages "${missing[@]}" || fail "apt-get could not install them"
  for program; do
    has "$program" || fail "$program is still missing after installing ${PACKAGES[$program]}"
  done
}

install_packages() {
  "${as_root[@]}" apt-get update -qq
  # Through env, as sudo passes no variables on.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

# is_pwsh PROGRAM: whether it is PowerShell 7.6 or later, in the process that is started: the launcher of a .NET tool would
# start another one, and keep its signals to itself.
is_pwsh() {
  # shellcheck disable=SC2016  # PowerShell's variables
  sh -c 'echo $$; exec "$0" -NoLogo -NoProfile -NonInteractive -Command "\$PID; \$PSVersionTable.PSVersion -ge [version]\"7.6\""' \
    "$1" 2> /dev/null < /dev/null | {
    read -r started && read -r own && read -r is_new && [ "$started" = "$own" ] && [ "$is_new" = True ]
  }
}

# The folder with NuGet's packages, with a slash at its end.
package_root() { dotnet nuget locals global-packages --list --force-english-output | sed 's/^global-packages: *//; s|/*$|/|'; }

# require_pwsh: puts a pwsh first on PATH: the user's, if it will do, or that of .config/dotnet-tools.json.
require_pwsh() {
  if [ "$(readlink -f "$(command -v pwsh || true)")" != "$(readlink -f "$TOOLS/pwsh")" ] && command -v pwsh > /dev/null &&
    is_pwsh pwsh; then
    return
  fi

  # Its apphost looks for .NET where installers put it, and need not find this SDK.
  DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")")
  export DOTNET_ROOT PATH="$TOOLS:$PATH"
  local version program
  version=$(sed -n '/"powershell"/,/}/s/.*"version": *"\([^"]*\)".*/\1/p' .config/dotnet-tools.json)
  [[ $(readlink "$TOOLS/pwsh") != */powershell/$version/* ]] || [ ! -x "$TOOLS/pwsh" ] || return 0

  timed "fetching PowerShell $version, a .NET tool" dotnet tool restore ||
    fail "no PowerShell $version in the package source: install PowerShell 7.6 or later (https://aka.ms/powershell)"
  # The program itself, which the package has beside the launcher. Packages keep no modes.
  program=$(package_root)powershell/$version/tools/net10.0/any/unix/pwsh
  chmod +x "$program"
  mkdir -p "$TOOLS"
  ln -sfn "$program" "$TOOLS/pwsh"
  is_pwsh "$TOOLS/pwsh" && return
  rm -f "$TOOLS/pwsh"
  fail "the package's PowerShell does not run here ($(uname -m)): install PowerShell 7.6 or later (https://aka.ms/powershell)"
}

# require_pester: brings the Pester of build/tools/Tools.proj to out/tools/modules.
require_pester() {
  local version
  version=$(sed -n 's/.*<PesterVersion>\(.*\)<.*/\1/p' build/tools/Tools.proj)
  [ ! -e "$TOOLS/modules/Pester/$version/Pester.psd1" ] || return 0
  timed "fetching Pester $version" dotnet restore build/tools/Tools.proj --nologo ||
    fail "no Pester $version in the package source, and the tests of the cmdlets need it"
  rm -rf "$TOOLS/modules/Pester"
  mkdir -p "$TOOLS/modules/Pester"
  ln -sfn "$(package_root)pester/$version/tools" "$TOOLS/modules/Pester/$version"
}

# require_newer_openssh: the second OpenSSH of tests and benchmarks. Debian's development release changes, so they can do
# without it: the tests that want it are then counted as skipped.
require_newer_openssh() {
  export SSHMUX_NEWER_OPENSSH=${SSHMUX_NEWER_OPENSSH:-$TOOLS/newer-openssh}
  [ ! -x "$SSHMUX_NEWER_OPENSSH/usr/bin/ssh" ] || return 0
  timed "unpacking a newer OpenSSH, to test against" build/newer-openssh.sh "$SSHMUX_NEWER_OPENSSH" && return
  say "there is no newer OpenSSH: the tests that want it are SKIPPED"
  unset SSHMUX_NEWER_OPENSSH
}
