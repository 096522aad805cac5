#!/usr/bin/env bash
# Shows SshMux at work: starts three throwaway hosts, web1 to web3, has build/demo.ps1 show what can be done with them,
# and takes everything away again. Nothing of the user's is read or written: keys, known_hosts, ssh_config and the home
# folders are in a temporary folder. Exit status 0 only if every step did what it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/out/bin:$PATH:/usr/sbin:/sbin"

D=$(mktemp -d /tmp/sshmux.XXXX)
servers=()

children() { cat "/proc/$1/task/"*/children 2> /dev/null; }

# stop PID...: ends them and whatever they serve, which ends by itself once the masters have gone.
stop() {
  local pid child tries
  for pid; do
    for ((tries = 0; tries < 60; tries++)); do
      [ -n "$(children "$pid")" ] || break
      sleep 0.05
    done
    for child in $(children "$pid"); do kill -9 "$child"; done
    kill "$pid"
  done 2> /dev/null
  wait
}

finish() {
  local status=$?
  trap '' EXIT INT TERM HUP
  set +e
  # Masters of this process end with it, those in the background do not.
  for socket in "$D/ssh" "$D/sshmux"; do
    [ ! -S "$socket" ] || timeout 5 sshmux -S "$socket" -O exit web2 2> /dev/null
  done
  stop "${servers[@]}"
  if [ $status -ne 0 ] && [ $status -lt 128 ]; then
    for log in "$D"/*.sshd/log; do
      printf '== the last lines of %s\n' "${log#"$D"/}"
      tail -n 6 "$log"
    done
  fi
  rm -rf "$D"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
  echo "$port"
}

# wait_for FILE TEXT: until the text is in it.
wait_for() {
  local deadline=$((SECONDS + 20))
  until grep -qs "$2" "$1"; do
    if [ $SECONDS -ge $deadline ]; then
      echo "demo.sh: no '$2' in ${1#"$D"/} within 20 seconds"
      exit 1
    fi
    sleep 0.05
  done
}

# start_host NAME: an sshd on loopback with a host key and a home folder of its own. What it runs has its name in $NAME.
start_host() {
  local home=$D/$1 own=$D/$1.sshd port
  port=$(free_port)
  mkdir "$home" "$own"
  ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$own/host_key"
  cat > "$own/config" << END
Port $port
ListenAddress 127.0.0.1
HostKey $own/host_key
AuthorizedKeysFile $D/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
MaxSessions 100
# a home of its own also keeps the start-up files of the user's shell out of it
SetEnv NAME=$1 HOME=$home
Subsystem sftp internal-sftp -d $home
END
  cat >> "$D/config" << END
Host $1
  Port $port
END
  echo "[127.0.0.1]:$port $(cat "$own/host_key.pub")" >> "$D/known_hosts"
  "$(command -v sshd)" -D -e -f "$own/config" 2> "$own/log" &
  servers+=($!)
  wait_for "$own/log" 'Server listening'
}

[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -C demo -f "$D/key"
for host in web1 web2 web3; do start_host $host; done
cat >> "$D/config" << END
Host web*
  HostName 127.0.0.1
  IdentityFile $D/key
  IdentityAgent none
  UserKnownHostsFile $D/known_hosts
  StrictHostKeyChecking yes
  ControlPath $D/%n.sock
END

# What the demo uses: a message on two of the hosts, a web server, and a site of many small files and a large one.
for host in web1 web2; do echo "welcome to $host" > "$D/$host/motd"; done
cat > "$D/intranet.sh" << 'END'
while read -r line && [ "${line%?}" ]; do :; done
printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello from the intranet.'
END
socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork EXEC:"sh $D/intranet.sh" 2> "$D/intranet.log" &
servers+=($!)
wait_for "$D/intranet.log" 'listening on'
intranet=$(sed -n 's/.*listening on AF=2 .*://p' "$D/intranet.log")
mkdir "$D/site"
head -c 6000000 /dev/urandom | split -a 3 -b 4000 - "$D/site/page-"
head -c 80000000 /dev/urandom > "$D/site/film"

export HOME=$D XDG_RUNTIME_DIR=$D TMPDIR=$D
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off
pwsh -NoLogo -NoProfile -NonInteractive -File build/demo.ps1 "$intranet"
