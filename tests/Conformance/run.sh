#!/usr/bin/env bash
# OpenSSH's own regression scripts (Debian's openssh-tests) with sshmux in the place of ssh. scripts.txt lists them all and
# says which apply. Each script has a folder, a block of ports and a time limit of its own, so that they can run at once;
# all is below one temporary folder, and every process that a script leaves behind is ended with it.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
suite=/usr/lib/openssh/regress
results=$root/out/conformance

usage() {
  cat <<END
usage: run.sh [-n] [-j JOBS] [-p MASTER/CLIENT] quick|all|SCRIPT...
  quick   the scripts for every change     all   those and the slower ones
  -n      those of the newer OpenSSH, with its programs (SSHMUX_NEWER_OPENSSH names its folder)
  -j      how many at once (otherwise 3 for each processor)
  -p      only with these programs in the two roles; each is ssh or sshmux. ssh/ssh shows what this machine lets pass
The table goes to standard output and $results/table.txt; the logs of what failed are beside it.
SSHMUX names the program (otherwise out/bin/sshmux).
END
}

say() { printf '== %s\n' "$*"; }
fail() { printf 'run.sh: %s\n' "$*" >&2; exit 2; }

jobs=$((3 * $(nproc))) only='' newer=''
while getopts 'nj:p:h' option; do
  case $option in
    n) newer=${SSHMUX_NEWER_OPENSSH:-$root/out/tools/newer-openssh} ;;
    j) jobs=$OPTARG ;;
    p) only=$OPTARG ;;
    h) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { usage >&2; exit 2; }

export PATH="$PATH:/usr/sbin:/sbin"
# Where the suite has its programs from, if not from the system.
programs=(TEST_SSH_SFTPSERVER=/usr/lib/openssh/sftp-server)
if [ -n "$newer" ]; then
  [ -x "$newer/usr/bin/ssh" ] || fail "there is no newer OpenSSH in $newer: ./build.sh conformance fetches it"
  export PATH="$newer/usr/bin:$newer/usr/sbin:$PATH"
  lib=$newer/usr/lib/openssh suite=$newer/usr/lib/openssh/regress results=$results-newer
  programs=(
    TEST_SSH_SSHD="$newer/usr/sbin/sshd" TEST_SSH_SSHD_SESSION="$lib/sshd-session" TEST_SSH_SSHD_AUTH="$lib/sshd-auth"
    TEST_SSH_SFTPSERVER="$lib/sftp-server" TEST_SSH_PKCS11_HELPER="$lib/ssh-pkcs11-helper"
    TEST_SSH_SK_HELPER="$lib/ssh-sk-helper" TEST_SSH_OPENSSL=openssl
  )
  for name in ssh-agent ssh-add ssh-keygen ssh-keyscan sftp scp; do
    upper=${name/-/}
    programs+=("TEST_SSH_${upper^^}=$newer/usr/bin/$name")
  done
fi
declare -A program=([ssh]=$(command -v ssh) [sshmux]=$(realpath -m "${SSHMUX:-$root/out/bin/sshmux}"))
[ -x "${program[ssh]}" ] || fail "there is no ssh"
[ -x "${program[sshmux]}" ] || [ "$only" = ssh/ssh ] || fail "${program[sshmux]} is not there: ./build.sh build"
[ -f "$suite/test-exec.sh" ] || fail "$suite is missing: install Debian's openssh-tests"

scripts=() pairs=()
declare -A group
while read -r script of_group _; do
  case $script in '' | '#'*) continue ;; esac
  group[$script]=$of_group
  [ -f "$suite/$script.sh" ] || continue # of the other generation
  [[ " $* " == *" $script "* || " $* " == *" $of_group "* ||
    (" $* " == *" all "* && $of_group == @(quick|full)) ]] || continue
  # Both programs meet in the one script that is about multiplexing; in the others all are sshmux.
  case $only,$script in
    ,multiplex) of_script=(sshmux/sshmux ssh/sshmux sshmux/ssh ssh/ssh) ;;
    ,*) of_script=(sshmux/sshmux) ;;
    *) of_script=("$only") ;;
  esac
  for pair in "${of_script[@]}"; do scripts+=("$script") pairs+=("$pair"); done
done < "$here/scripts.txt"
[ ${#scripts[@]} -gt 0 ] || fail "scripts.txt has nothing for: $*"
for script in "$suite"/*.sh; do
  script=$(basename "$script" .sh)
  [ -n "${group[$script]:-}" ] || say "not in scripts.txt, and so not run: $script"
done

tmp=$(mktemp -d /tmp/sshmux-conformance.XXXXXX)
declare -A running=()
finish() {
  trap - EXIT INT TERM HUP
  for pid in "${!running[@]}"; do kill "$pid" 2> /dev/null; done
  wait
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Lines that cannot pass, and why: sed commands that take them out or change them.
declare -A without=(
  [dhgex]='/^check 3072 3des-cbc/d' # a broken cipher, which sshmux does not have
  # ssh-rsa is a signature with SHA-1; keys of tokens are used through the agent, not from files.
  [cert-userkey]='s@s/\^rsa/ssh-rsa/@s/^rsa/rsa-sha2-512/@; s/maybe_filter_sk/grep -v ^sk-/'
  # The server is the suite's own, and an older one does not know all that sshmux has.
  [kextype]='s/`\$\{SSH\} -Q kex`/$($SSH -Q kex | grep -Fx "$(ssh -Q kex)")/'
  # A certificate that names no host is for none, since 10.3.
  [cert-hostkey]='s/("empty principals"\t)success/\1failure/; s/success "-h -V-1w/success "-h -n $HOSTS -V-1w/'
  # It asks another ssh than the one under test for the algorithms; ssh-rsa as one of them is a signature with SHA-1.
  [hostkey-agent]='s/`ssh -Q/`$SSH -Q/
    s/HostKeyAlgorithms([ =])\$k/HostKeyAlgorithms\1$(echo $k | sed s,^ssh-rsa$,rsa-sha2-512,)/'
  # "\t" is a t to the shell's patterns, so that it would skip itself for nearly every path. It makes a home without files
  # that a shell would read when it starts, and does not use it: what is typed ahead is lost then.
  [ssh-tty]='s/\|\*\\t\*//; s/HOME=\$HOME /HOME=$FAKEHOME /'
)

# One set of keys for all: making them takes longer than many a script.
make_keys() {
  local type
  mkdir "$tmp/keys"
  for type in $(ssh -Q key-plain | grep -v '^sk-'); do
    ssh-keygen -q -N '' -t "$type" -f "$tmp/keys/$type" || fail "ssh-keygen made no $type key"
  done
}

# choose_ports: sets `ports` to the first of a block of 100 ports that nobody listens on, below those that the system
# gives to outgoing connections. In the scripts, 33 at the start of a fixed port stands for the block.
ports=$((10000 + RANDOM % 200 * 100))
choose_ports() {
  local taken
  taken=$(awk 'FNR > 1 { split($2, a, ":"); print a[2] }' /proc/net/tcp /proc/net/tcp6 2> /dev/null)
  while ports=$((ports >= 31900 ? 10000 : ports + 100)); do
    local port free=true
    for port in $(printf '%d\n' ${taken:+$(printf '0x%s ' $taken)}); do
      [ $((port / 100 * 100)) -ne "$ports" ] || free=false
    done
    ! $free || return 0
  done
}

# prepare FOLDER SCRIPT MASTER CLIENT: what the script finds there: the suite's programs, the keys, and the program that
# plays ssh.
prepare() {
  local folder=$1 script=$2
  mkdir -p "$folder"/{obj,suite,tmp}
  ln -s "$suite"/* "$folder/suite"
  sed -E -e "s/^(base|P|fwdport|[LR]FWD_PORT)=33/\1=$((ports / 100))/" -e "${without[$script]:-}" \
    "$suite/$script.sh" > "$folder/new"
  rm "$folder/suite/$script.sh"
  mv "$folder/new" "$folder/suite/$script.sh"
  local part
  for part in check-perm mkdtemp modpipe netcat setuid-allowed timestamp; do
    [ ! -e "$suite/$part" ] || ln -s "$suite/$part" "$folder/obj"
  done
  cp -p "$tmp"/keys/* "$folder/obj"
  printf '#!/bin/sh\nexec sh %q %q %q %q "$@"\n' "$here/role.sh" "$folder/roles" "$3" "$4" > "$folder/ssh"
  chmod +x "$folder/ssh"
}

# run_script FOLDER SCRIPT PORTS: runs it; its output and exit status are in FOLDER.
run_script() {
  local folder=$1 script=$2 seconds=900 options=''
  [ "${group[$script]}" != quick ] || seconds=300
  # Only a connection of one's own runs a LocalCommand: so the logins can be counted.
  [ "$script" != multiplex ] ||
    options=$(printf 'PermitLocalCommand yes\nLocalCommand echo >> %s\n' "$folder/logins")
  # Bash as a login shell reads ~/.bashrc when sshd starts it, and what that says spoils the comparisons; but not when it
  # sees itself below another shell. sshd takes the first SetEnv only, so a script with one of its own has no other.
  local server=''
  grep -q 'SetEnv.*>>.*sshd_' "$folder/suite/$script.sh" || server='SetEnv SHLVL=1'
  cd "$folder/obj" || exit
  exec env -u SSH_AUTH_SOCK -u SSH_CONNECTION -u SSH_ASKPASS -u DISPLAY TMPDIR="$folder/tmp" \
    TEST_SHELL=sh BUILDDIR="$suite" TEST_SSH_UNSAFE_PERMISSIONS=1 TEST_SSH_PORT=$(($3 + 90)) \
    TEST_SSH_SSH="$folder/ssh" "${programs[@]}" TEST_SSH_SSH_CONFOPTS="$options" \
    TEST_SSH_SSHD_CONFOPTS="$server" \
    perl "$here/contain.pl" $seconds \
    sh "$folder/suite/test-exec.sh" "$folder/obj" "$folder/suite/$script.sh" > "$folder/output" 2>&1 < /dev/null
}

# verdict FOLDER STATUS MASTER CLIENT: sets `result` and `reason`.
verdict() {
  local folder=$1 role logins
  result=FAIL
  reason=$(grep -vE '^(contain.pl: |failed |ok |test |\+ )' "$folder/output" | tail -n 1)
  case $2 in
    0) ;;
    124) reason="not done in time"; return ;;
    *) return ;;
  esac
  grep -q '^ok ' "$folder/output" || { result=skipped; return; }
  reason=''
  [[ $3 != "${program[sshmux]}" && $4 != "${program[sshmux]}" ]] || grep -qF "${program[sshmux]}" "$folder/roles" ||
    { reason="sshmux was never run"; return; }
  if [ "$script" = multiplex ]; then
    for role in "master $3" "client $4"; do
      grep -qxF "$role" "$folder/roles" || { reason="nothing ran as: $role"; return; }
    done
    # Two masters, two connections through forwarded ports, and the ten with -O proxy, which count themselves too; where
    # transfers are made in that mode as well (10.6), two more. The command that is started just before -O stop may come
    # too late for the master, and then connects by itself.
    logins=$(wc -l < "$folder/logins")
    ! grep -qF 'test $tid: transfer $mode' "$suite/multiplex.sh" || logins=$((logins - 2))
    [[ $logins == 1[45] ]] || { reason="$logins logins instead of 14: not all clients used the master"; return; }
  fi
  result=pass
}

row() { printf '%-20s %-14s %-8s %5s  %s\n' "$@"; }

# collect: waits for one script to end and prints its line.
collect() {
  local pid status
  wait -n -p pid
  status=$?
  local n=${running[$pid]}
  unset "running[$pid]"
  local folder=$tmp/$n script=${scripts[n]} pair=${pairs[n]}
  verdict "$folder" $status "${program[${pair%/*}]}" "${program[${pair#*/}]}"
  printf -v "line_$n" '%s' "$(row "$script" "$pair" $result $((SECONDS - started[n])) "$reason")"
  local name="line_$n"
  echo "${!name}"
  case $result in
    pass) passed=$((passed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
    FAIL)
      failed=$((failed + 1)) problems+=("$script $pair: $reason")
      local logs=$results/$script-${pair/\//-}
      mkdir -p "$logs"
      cp "$folder"/{output,roles} "$folder"/obj/*.log "$logs" 2> /dev/null
      ;;
  esac
  rm -rf "$folder"
}

rm -rf "$results"
mkdir -p "$results"
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
make_keys
passed=0 failed=0 skipped=0 problems=() started=()
row script master/client result s
for n in "${!scripts[@]}"; do
  [ ${#running[@]} -lt "$jobs" ] || collect
  choose_ports
  pair=${pairs[n]}
  prepare "$tmp/$n" "${scripts[n]}" "${program[${pair%/*}]}" "${program[${pair#*/}]}"
  started[n]=$SECONDS
  run_script "$tmp/$n" "${scripts[n]}" "$ports" &
  running[$!]=$n
done
while [ ${#running[@]} -gt 0 ]; do collect; done

for n in "${!scripts[@]}"; do name="line_$n"; echo "${!name}"; done > "$results/table.txt"
{ echo "$passed $failed $skipped"; [ $failed -eq 0 ] || printf '%s\n' "${problems[@]}"; } > "$results/summary.txt"
for logs in "$results"/*/; do
  [ -d "$logs" ] || continue
  echo
  say "${logs%/}"
  tail -n 15 "$logs/output"
  [ ! -s "$logs/failed-ssh.log" ] || { say "the end of failed-ssh.log"; tail -n 10 "$logs/failed-ssh.log"; }
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
