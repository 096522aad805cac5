#!/usr/bin/env bash
# Runs the style check and every test; ./build.sh test has built them. The last line is `N passed, N failed`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# Whoever starts this in the background (`&` in a script, nohup) has signals ignored, and every program of a test would
# inherit that; a shell cannot undo it.
if [ -z "${SSHMUX_TEST_SIGNALS:-}" ]; then
  export SSHMUX_TEST_SIGNALS=default
  exec env --default-signal=HUP --default-signal=INT --default-signal=QUIT "$BASH" "$PWD/build/test.sh" "$@"
fi

results=out/test-results
least_coverage=90 # percent of the lines, and of the branches, of each folder but the next one, which is only told
exempt_coverage="Platform"
program_limit=1200 # seconds, three times what one of the test programs takes
passed=0 failed=0 skipped=0
problems=()

# shellcheck source=build/counts.sh
. build/counts.sh

style() {
  say "style"
  dotnet format SshMux.sln --verify-no-changes --no-restore && return
  failed=$((failed + 1)) problems+=("style: \`dotnet format SshMux.sln\` corrects it")
}

# xunit PROJECT [NAME OPTION...]: the v3 runner is the test program itself.
xunit() {
  local program="tests/$1/bin/Release/net10.0/$1"
  [ $# -eq 1 ] || shift
  say "$1"
  timeout -k 30 "$program_limit" "$program" "${@:2}" -noLogo -noColor -noAutoReporters -longRunning 60 -result-xml "$results/$1.xml"
  count "$1" $?
}

# measured PROJECT: the same with a copy of the program, whose engine counts what of it is reached.
measured() {
  local copy=$PWD/out/coverage/$1
  rm -rf out/coverage/coverage.* "$copy"
  mkdir -p out/coverage
  cp -r "tests/$1/bin/Release/net10.0" "$copy"
  say "$1"
  # The program prints past MSBuild, which keeps its descriptor 3 open.
  DOTNET_CLI_USE_MSBUILD_SERVER=0 dotnet msbuild build/coverage/Coverage.proj \
    -restore -t:Measure -nologo -tl:off -v:quiet \
    -p:Program="$copy/$1.dll" -p:Results="$PWD/out/coverage/coverage" \
    -p:Command="cd '$PWD' && timeout -k 30 $program_limit '$copy/$1' -noLogo -noColor -noAutoReporters -longRunning 60 -result-xml '$results/$1.xml' >&3 2>&3" \
    3>&1 > $results/Coverage.txt 2>&1
  count "$1" $?
}

# What of the engine its own tests reach, without what the other programs do over the command.
coverage() {
  say "coverage of src/SshMux.Engine by SshMux.Engine.Tests"
  if [ ! -s out/coverage/coverage.info ]; then
    cat $results/Coverage.txt
    failed=$((failed + 1)) problems+=("coverage: it was not measured")
    return
  fi
  rm -f out/coverage/missed.txt
  while read -r name; do
    failed=$((failed + 1)) problems+=("coverage: $name, see out/coverage/missed.txt")
  done < <(awk -v missed=out/coverage/missed.txt -v least=$least_coverage -v exempt="$exempt_coverage" -f build/coverage/report.awk \
    out/coverage/coverage.info 2>&1 > $results/Coverage.txt)
  cat $results/Coverage.txt
}

# The algorithms, and the formats of key files, once more as they are computed where there is no libcrypto.
managed_cryptography() {
  SSHMUX_TEST_CRYPTOGRAPHY=managed xunit SshMux.Engine.Tests SshMux.Engine.Tests.Managed \
    -class "*.AlgorithmMatrixTests" -class "*.CertificateLoginTests" -class "*.KeyFormatLoginTests" \
    -class "*.KeyCorpusTests" -class "*.PublishedVectorTests" -class "*.HybridKeyTests" -class "*.PacketCodecTests"
}

# What goes over sockets, once more with .NET's own, as there are where there is no epoll.
portable_sockets() {
  SSHMUX_TEST_SOCKETS=portable xunit SshMux.Engine.Tests SshMux.Engine.Tests.Portable \
    -class "*.LocalForwardTests" -class "*.DynamicForwardTests" -class "*.RemoteForwardTests" -class "*.InProcessStreamTests" \
    -class "*.SessionForwardingTests" -class "*.ProxyJumpTests"
}

pester() {
  say "Pester"
  rm -f "$results/Pester.txt"
  pwsh -NoLogo -NoProfile -NonInteractive -File build/pester.ps1 "$results/Pester.txt"
  local status=$?
  if [ ! -s "$results/Pester.txt" ]; then
    failed=$((failed + 1)) problems+=("Pester: ended with status $status and without results")
    return
  fi
  { read -r p f s; mapfile -t names; } < "$results/Pester.txt"
  add Pester "$p" "$f" "$s"
  problems+=("${names[@]/#/Pester: }")
}

# OpenSSH's regression scripts mostly wait, so they run while the other tests do: those of the system's, then those of the
# newer one, where there is one.
start_conformance() {
  rm -rf out/conformance out/conformance-newer
  {
    trap 'kill $! 2> /dev/null; exit' TERM
    tests/Conformance/run.sh quick > $results/Conformance.txt 2>&1 &
    wait $!
    [ -n "${SSHMUX_NEWER_OPENSSH:-}" ] || exit
    tests/Conformance/run.sh -n quick > $results/Conformance-newer.txt 2>&1 &
    wait $!
  } &
  conformance=$!
  trap 'kill $conformance 2> /dev/null' EXIT
}

# conformance GENERATION FOLDER: counts what one of them gave.
conformance() {
  local p f s names
  say "OpenSSH's regression scripts, $1"
  cat "$results/$2.txt"
  if [ ! -s "out/${2,}/summary.txt" ]; then
    failed=$((failed + 1)) problems+=("$2: ended without results")
    return
  fi
  { read -r p f s; mapfile -t names; } < "out/${2,}/summary.txt"
  add "$2" "$p" "$f" "$s"
  problems+=("${names[@]/#/$2: }")
}

mkdir -p $results
rm -f $results/*.xml
start_conformance
style
measured SshMux.Engine.Tests
xunit SshMux.Engine.Tests SshMux.Engine.Tests.Cycles -explicit only
managed_cryptography
portable_sockets
xunit SshMux.Cli.Tests
pester
wait $conformance || true # each has its results
conformance "the system's" Conformance
[ -z "${SSHMUX_NEWER_OPENSSH:-}" ] || conformance "the newer one's" Conformance-newer
coverage

[ ${#problems[@]} -eq 0 ] || { say "failed:"; printf '  %s\n' "${problems[@]}"; }
line="$passed passed, $failed failed"
[ $skipped -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
