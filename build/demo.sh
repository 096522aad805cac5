#!/usr/bin/env bash
# Shows SshMux at work: a throwaway sshd on loopback, one login, and everything that then goes over it. Each line that it
# shows after a $ is run just as it stands there. Nothing of the user's is read or written: keys, known_hosts and
# ssh_config are in a temporary folder, $D. Exit status 0 only if every step did what it should.
# shellcheck disable=SC2016,SC2034  # command lines are shown as they are written, then evaluated
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/out/bin:$PATH:/usr/sbin:/sbin"

D=$(mktemp -d /tmp/sshmux-demo.XXXXXX)
S=$D/master
step='starting'
sshd_pid='' echo_pid='' master_pid=''

finish() {
  local status=$?
  trap - EXIT INT TERM HUP
  set +e
  [ ! -S "$S" ] || timeout 10 sshmux -S "$S" -O exit demo > /dev/null 2>&1
  [ ! -S "$S" ] || [ -z "$master_pid" ] || kill -9 "$master_pid"
  [ -z "$echo_pid" ] || kill "$echo_pid" 2> /dev/null
  [ -z "$sshd_pid" ] || kill "$sshd_pid" 2> /dev/null
  wait
  if [ $status -ne 0 ]; then
    echo
    echo "== FAILED at: $step"
    [ ! -f "$D/sshd.log" ] || { echo "== the last lines of sshd's log:"; tail -n 15 "$D/sshd.log"; }
  fi
  rm -rf "$D"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step() { step=$1; printf '\n== %s\n' "$1"; }
fail() { echo "!! $*"; exit 1; }

# run COMMAND: shows a command line and runs it.
run() { printf '$ %s\n' "$1"; eval "$1"; }

# at_once COMMAND EXPECTED: starts a command line; collect waits for all of them and compares what they printed.
jobs=() job_pids=()
at_once() {
  local n=${#jobs[@]}
  jobs+=("$1")
  printf '%s\n' "$2" > "$D/job$n.expected"
  ( set +e; eval "$1" > "$D/job$n.out" 2> "$D/job$n.err" < /dev/null; echo $? > "$D/job$n.status" ) &
  job_pids+=($!)
}

collect() {
  wait "${job_pids[@]}"
  local n good=true
  for n in "${!jobs[@]}"; do
    printf '$ %s\n' "${jobs[n]}"
    if [ "$(cat "$D/job$n.status")" -eq 0 ] && cmp -s "$D/job$n.out" "$D/job$n.expected"; then
      sed 's/^/    /' "$D/job$n.out"
    else
      good=false
      echo "!! status $(cat "$D/job$n.status"), expected 0 and: $(cat "$D/job$n.expected"); it printed:"
      sed 's/^/!!  /' "$D/job$n.out" "$D/job$n.err"
    fi
  done
  jobs=() job_pids=()
  $good || exit 1
}

# median COMMAND: the time that it takes, in milliseconds, after two runs to warm up.
median() {
  local i start times=()
  for i in {1..13}; do
    start=$EPOCHREALTIME
    eval "$1" > /dev/null < /dev/null
    [ "$i" -le 2 ] || times+=($((${EPOCHREALTIME//[.,]/} - ${start//[.,]/})))
  done
  printf '%s\n' "${times[@]}" | sort -n | sed -n 6p | awk '{ printf "%.1f", $1 / 1000 }'
}

free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
  echo "$port"
}

# wait_for SECONDS COMMAND: polls until the command succeeds.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.05
  done
}

start_sshd() {
  local port=$1
  cat > "$D/sshd_config" << END
Port $port
ListenAddress 127.0.0.1
HostKey $D/host_key
AuthorizedKeysFile $D/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
MaxSessions 100
# keeps the start-up files of the user's shell out of it
SetEnv HOME=$D
Subsystem sftp internal-sftp
END
  cat > "$D/config" << END
Host demo
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $D/user_key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $D/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
END
  echo "[127.0.0.1]:$port $(cat "$D/host_key.pub")" > "$D/known_hosts"
  [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
  "$(command -v sshd)" -D -e -f "$D/sshd_config" 2> "$D/sshd.log" &
  sshd_pid=$!
  wait_for 20 grep -q 'Server listening' "$D/sshd.log"
}

step 'a throwaway sshd on loopback, with keys of its own'
printf '$ D=%s S=$D/master\n' "$D"
run 'ssh-keygen -q -t ed25519 -N "" -f $D/host_key'
run 'ssh-keygen -q -t ed25519 -N "" -f $D/user_key'
start_sshd "$(free_port)" || fail 'sshd does not start'
run 'cat $D/config'

step 'one login: a master in the background'
run 'sshmux -M -f -N -S $S -F $D/config demo'
run 'sshmux -S $S -O check demo 2>&1 | tee $D/check'
master_pid=$(sed -n 's/.*pid=\([0-9]*\).*/\1/p' "$D/check")
[ -n "$master_pid" ] || fail 'no process id'

step 'many commands over it, all at the same time, from sshmux and from the programs of OpenSSH'
echo '# these know nothing of the host and could not connect to it; only the master gets them there:'
run 'only="-F none -o ProxyCommand=false"'
run 'head -c 8000000 /dev/urandom > $D/data; sha256sum < $D/data'
data=$(sha256sum < "$D/data")
at_once 'sshmux -S $S demo "echo from sshmux"' 'from sshmux'
at_once 'sshmux -S $S demo "exit 7" || echo exit status $?' 'exit status 7'
at_once 'sshmux -S $S demo sha256sum < $D/data' "$data"
at_once 'sshmux -S $S demo cat < $D/data | sha256sum' "$data"
at_once 'ssh $only -S $S demo "echo from ssh"' 'from ssh'
at_once 'ssh $only -S $S demo "exit 7" || echo exit status $?' 'exit status 7'
at_once 'ssh $only -S $S demo sha256sum < $D/data' "$data"
at_once 'ssh $only -S $S demo cat < $D/data | sha256sum' "$data"
at_once 'scp -q $only -o ControlPath=$S $D/data demo:$D/up && sha256sum < $D/up' "$data"
at_once 'scp -q $only -o ControlPath=$S demo:$D/data $D/down && sha256sum < $D/down' "$data"
at_once 'echo get $D/data $D/got | sftp -q $only -o ControlPath=$S -b - demo > $D/log && sha256sum < $D/got' "$data"
collect

step 'a forward, and stdio forwards, to a server that sends back what it gets'
socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork EXEC:cat 2> "$D/socat.log" &
echo_pid=$!
wait_for 10 grep -q 'listening on' "$D/socat.log" || fail 'socat does not listen'
port=$(free_port)
echo=$(sed -n 's/.*listening on AF=2 //p' "$D/socat.log")
printf '$ port=%s echo=%s\n' "$port" "$echo"
run 'sshmux -S $S -O forward -L $port:$echo demo'
at_once 'socat -t 30 - TCP:127.0.0.1:$port < $D/data | sha256sum' "$data"
at_once 'sshmux -S $S -W $echo demo < $D/data | sha256sum' "$data"
at_once 'ssh $only -S $S -W $echo demo < $D/data | sha256sum' "$data"
collect
run 'sshmux -S $S -O cancel -L $port:$echo demo'

if command -v pwsh > /dev/null; then
  step 'the same master from PowerShell'
  pwsh -NoLogo -NoProfile -NonInteractive -File build/demo.ps1 "$D" "$S"
else
  step 'PowerShell: LEFT OUT, there is no pwsh on PATH'
fi

step 'what it saves: the time of "true", median of 11'
row() { printf '  %-62s %8s ms\n' "$1" "$2"; }
row 'ssh -F $D/config demo true            a fresh login each time' "$(median 'ssh -F $D/config demo true')"
row 'ssh $only -S $S demo true             over the master' "$(median 'ssh $only -S $S demo true')"
row 'sshmux -S $S demo true                over the master' "$(median 'sshmux -S $S demo true')"
[ ! -f "$D/cmdlet.time" ] || row 'Invoke-SshMux -ControlPath $S true    over the master' "$(cat "$D/cmdlet.time")"

step 'the end of the master'
run 'sshmux -S $S -O exit demo'
wait_for 10 test ! -e "$S" || fail 'the control socket is still there'
if run 'sshmux -S $S -O check demo'; then fail 'a master still answers'; fi

printf '\n== demo: every step did what it should\n'
