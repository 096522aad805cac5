#!/usr/bin/env bash
# Unpacks the OpenSSH of Debian's development release, with its regression scripts and the libraries that it needs, into
# a folder beside the system's own; nothing is installed. The tests run against both.
#   build/newer-openssh.sh FOLDER
set -euo pipefail
root=$1
[ ! -x "$root/usr/bin/ssh-keygen" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,parts,debs,root}

# The mirror that this machine's own packages come from has the other releases, too.
# shellcheck disable=SC2016  # apt's own word
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "newer-openssh.sh: apt knows no mirror: run apt-get update" >&2; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror%/} sid main" > "$work/sources.list"
apt=(
  apt-get -qq -o Dir::State="$work/state" -o Dir::Cache="$work/cache" -o Dir::Etc::sourcelist="$work/sources.list"
  -o Dir::Etc::sourceparts="$work/parts" -o APT::Sandbox::User=root -o Acquire::Languages=none
)
"${apt[@]}" update

# What the programs are linked with, and what those libraries are linked with.
packages=(
  openssh-common openssh-client openssh-server openssh-sftp-server openssh-tests
  libc6 libssl3t64 zlib1g libzstd1 libcrypt1 libgcc-s1 libselinux1 libpcre2-8-0 libpam0g libaudit1 libcap-ng0 libwrap0
  libnsl2 libtirpc3t64 libwtmpdb0 libsqlite3-0 libsystemd0 libcap2 libedit2 libbsd0 libmd0 libtinfo6
  libfido2-1 libcbor0.10 libudev1
)
cd "$work/debs"
for package in "${packages[@]}"; do
  # Names of libraries change with their versions; whether one was needed shows when the programs are tried, below.
  "${apt[@]}" download "$package" 2> /dev/null || true
done
for file in *.deb; do dpkg -x "$file" "$work/root"; done

# The programs find their loader and libraries where they will be, and only there.
libraries=$root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2> /dev/null || echo "$(uname -m)-linux-gnu")
loader=$(cd "$work/root" && find usr/lib -maxdepth 2 -name 'ld-linux-*.so.*' | head -n 1)
find "$work/root/usr/bin" "$work/root/usr/sbin" "$work/root/usr/lib/openssh" -type f | while read -r file; do
  [ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
  # Some have no loader, being libraries; those keep what they have.
  patchelf --set-interpreter "$root/$loader" --set-rpath "$libraries" --force-rpath "$file" 2> /dev/null || true
done

rm -rf "$root"
mkdir -p "$(dirname "$root")"
mv "$work/root" "$root"
for program in usr/bin/ssh usr/sbin/sshd; do
  "$root/$program" -V || { rm -rf "$root"; echo "newer-openssh.sh: its $program does not run here" >&2; exit 1; }
done
