# How tests are counted: for test.sh and test-windows.sh, which have results,
# passed, failed, skipped and problems.
# shellcheck shell=bash

say() { printf '== %s\n' "$*"; }

# add NAME PASSED FAILED SKIPPED
add() {
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  [ $(($2 + $3)) -gt 0 ] || { failed=$((failed + 1)); problems+=("$1: no test was executed"); }
}

# An attribute's value in the <assembly> element of xunit's XML.
attribute() { grep -o '<assembly [^>]*>' "$1" | grep -o " $2=\"[0-9]*\"" | grep -o '[0-9]*'; }

# count NAME STATUS: adds what a run of xunit wrote.
count() {
  local xml="$results/$1.xml" status=$2
  if [ ! -s "$xml" ]; then
    failed=$((failed + 1)) problems+=("$1: ended with status $status and without results")
    return
  fi
  local errors
  errors=$(attribute "$xml" errors)
  add "$1" "$(attribute "$xml" passed)" "$(($(attribute "$xml" failed) + errors))" "$(attribute "$xml" skipped)"
  [ "$errors" -eq 0 ] || problems+=("$1: $errors errors outside of tests, see above")
  while read -r name; do
    problems+=("$1: $name")
  done < <(grep -o '<test [^>]*result="Fail"' "$xml" |
    sed 's/.* name="\([^"]*\)".*/\1/; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g')
}
