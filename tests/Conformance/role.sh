#!/bin/sh
# Stands where OpenSSH's scripts expect ssh: role.sh LOG MASTER CLIENT ARGUMENT... runs MASTER when the arguments ask for a
# master and CLIENT otherwise, in this same process, and writes to LOG which it was.
log=$1 master=$2 client=$3
shift 3
role=client program=$client
for argument; do
  case $argument in
    -[QV]*) role=query ;;
    -oControlMaster=[ya]* | ControlMaster=[ya]*) role=master program=$master ;;
    -[!-]*)
      # The options without a value at the argument's start: -M may be among them.
      flags=${argument%%[!1246ACGKMNTVXYafgknqstvxy-]*}
      case $flags in *M*) role=master program=$master ;; esac
      ;;
  esac
done
printf '%s %s\n' "$role" "$program" >> "$log"
exec "$program" "$@"
