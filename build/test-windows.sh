#!/usr/bin/env bash
# Runs what of the tests is for every system as programs for Windows, under Wine (build/windows.sh); ./build.sh test-windows
# has built the module. The last line is `N passed, N failed`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

folder=${SSHMUX_WINDOWS:-$PWD/out/windows}
results=out/test-results/windows
there=$folder/w/sshmux
passed=0 failed=0 skipped=0
problems=()

# shellcheck source=build/counts.sh
. build/counts.sh

# The engine's tests: those with the trait System=any, and those for Windows alone.
engine() {
  say "SshMux.Engine.Tests, for Windows"
  rm -rf "$there/tests/engine"
  # Apart from what is built for this machine: a restore for another system would change that.
  dotnet build tests/SshMux.Engine.Tests -c Release -r win-x64 --self-contained false --nologo -v quiet -clp:NoSummary \
    --artifacts-path "$PWD/out/artifacts-windows" -p:RunAnalyzers=false -o "$there/tests/engine" || return
  timeout -k 10 600 build/windows.sh run 'Z:\w\sshmux\tests\engine\SshMux.Engine.Tests.exe' -trait System=any \
    -noLogo -noColor -noAutoReporters -longRunning 60 -result-xml 'Z:\w\sshmux\engine.xml' < /dev/null
  local status=$?
  mv -f "$there/engine.xml" $results/SshMux.Engine.Tests.xml 2> /dev/null
  count SshMux.Engine.Tests "$status"
}

# Those that want a console: script(1) gives them one, on whose keyboard nobody types and which has no end.
console() {
  local name=SshMux.Engine.Tests.Console command keyboard status
  say "$name, for Windows"
  keyboard=$(mktemp -u)
  mkfifo "$keyboard"
  printf -v command '%q ' build/windows.sh run 'Z:\w\sshmux\tests\engine\SshMux.Engine.Tests.exe' -class '*.ConsoleWindowsTests' \
    -noLogo -noColor -noAutoReporters -result-xml 'Z:\w\sshmux\console.xml'
  SHELL=/bin/bash timeout -k 10 300 script -qec "$command" /dev/null 0<> "$keyboard" > "$results/$name.log" 2>&1
  status=$?
  rm -f "$keyboard"
  mv -f "$there/console.xml" "$results/$name.xml" 2> /dev/null
  count "$name" "$status"
}

# start_host: a PowerShell of this machine that starts servers when the tests ask for one.
start_host() {
  coproc host { exec pwsh -NoLogo -NoProfile -NonInteractive -File build/windows-host.ps1; }
  read -rt 60 SSHMUX_WINDOWS_HOST <&"${host[0]}" || return
  export SSHMUX_WINDOWS_HOST
}

pester() {
  local file name result p f s names limit=600
  say "Pester, for Windows"
  rm -rf "$there"/{build,tests/Pester,out,results} "$folder/w/pwsh/Modules/Pester"
  mkdir -p "$there"/{build,tests,out,results}
  cp build/pester-file.ps1 "$there/build"
  cp -r tests/Pester "$there/tests"
  cp -r out/SshMux "$there/out"
  cp -rL out/tools/modules/Pester "$folder/w/pwsh/Modules"
  start_host || { failed=$((failed + 1)) problems+=("Pester: there is nobody to start servers"); return; }
  for file in ${1:-tests/Pester/*.Tests.ps1}; do
    # A file of which nothing is for Windows says so in its first line.
    name=$(basename "$file")
    if head -n 1 "$file" | grep -q '^# For Unix alone'; then continue; fi
    result=$there/results/$name
    timeout -k 10 $limit build/windows.sh pwsh 'Z:\w\sshmux\build\pester-file.ps1' \
      "Z:\\w\\sshmux\\tests\\Pester\\$name" "Z:\\w\\sshmux\\results\\$name" < /dev/null > "$result.log" 2>&1
    if [ ! -s "$result" ]; then
      cat "$result.log"
      failed=$((failed + 1)) problems+=("Pester: $name ended without results")
      continue
    fi
    { read -r p f s; mapfile -t names; } < <(tr -d '\r' < "$result")
    say "$name: $p passed, $f failed, $s left out"
    [ "$f" -eq 0 ] || cat "$result.log"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    problems+=("${names[@]/#/$name: }")
  done
  exec {host[1]}>&-
  wait "$host_PID"
}

mkdir -p $results
if [ $# -gt 0 ]; then
  pester "$*"
else
  engine
  console
  pester
fi
build/windows.sh stop
[ ${#problems[@]} -eq 0 ] || { say "failed on Windows:"; printf '  %s\n' "${problems[@]}"; }
line="$passed passed, $failed failed"
[ $skipped -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
