# Reads coverage in lcov's format: prints a line per folder, and writes what was not reached to the file `missed`.
# A folder of those in `demanded` with less than `least` percent of its lines or branches is told on standard error.
# Generated code, in obj/, does not count.
function share(hit, all) { return all ? 100 * hit / all : 100 }

/^SF:/ {
  path = substr($0, 4)
  sub(/.*\/SshMux\.Engine\//, "", path)
  folder = path
  sub(/\/.*/, "", folder)
  if (folder ~ /\.cs$/) folder = "(root)"
  if (path !~ /(^|\/)obj\//) folders[folder]
}
path ~ /(^|\/)obj\// { next }
/^DA:/ {
  split(substr($0, 4), part, ",")
  lines[folder]++
  if (part[2] > 0) hitLines[folder]++
  else print path ":" part[1] ": line" > missed
}
/^BRDA:/ {
  split(substr($0, 6), part, ",")
  branches[folder]++
  if (part[4] > 0) hitBranches[folder]++
  else print path ":" part[1] ": branch" > missed
}
END {
  for (folder in folders) {
    l = share(hitLines[folder], lines[folder])
    b = share(hitBranches[folder], branches[folder])
    printf "  %-18s %5.1f %% of %d lines, %.1f %% of %d branches\n", folder, l, lines[folder], b, branches[folder] | "sort"
    if (index(" " demanded " ", " " folder " ") && (l < least || b < least)) print folder ": less than " least " % of the lines or branches are reached" > "/dev/stderr"
  }
}
