# Reads coverage in lcov's format: prints a line per folder, and writes what was not reached to the file `missed`.
# A folder with less than `least` percent of its lines or branches is told on standard error, unless it is in `exempt`.
# Left out are generated code, in obj/, and what only another system runs: a block `if (OperatingSystem.IsWindows())`
# (or another system's), a file whose type is for Windows alone, and the two ways of a line that asks which system this is.
function share(hit, all) { return all ? 100 * hit / all : 100 }

# Notes the lines of a source file that are left out, and those of which only the branches are.
function read_source(file,   line, n, indent) {
  split("", otherSystem)
  split("", asksSystem)
  indent = ""
  isWindows = 0
  for (n = 1; (getline line < file) > 0; n++) {
    if (line ~ /^\[SupportedOSPlatform\("windows"\)\]/) isWindows = 1
    if (indent != "") {
      otherSystem[n]
      if (line == indent "}") indent = ""
    } else if (line ~ /OperatingSystem\.Is(Windows|MacOS|Linux)\(\)/) {
      asksSystem[n]
      if (line ~ /^ *if \(OperatingSystem\.Is(Windows|MacOS)\(\)\)$/) {
        indent = line
        sub(/if.*/, "", indent)
      }
    }
  }
  close(file)
}

/^SF:/ {
  path = substr($0, 4)
  read_source(path)
  sub(/.*\/SshMux\.Engine\//, "", path)
  folder = path
  sub(/\/.*/, "", folder)
  if (folder ~ /\.cs$/) folder = "(root)"
  if (path !~ /(^|\/)obj\//) folders[folder]
}
isWindows || path ~ /(^|\/)obj\// { next }
/^DA:/ {
  split(substr($0, 4), part, ",")
  if (part[1] in otherSystem) next
  lines[folder]++
  if (part[2] > 0) hitLines[folder]++
  else print path ":" part[1] ": line" > missed
}
/^BRDA:/ {
  split(substr($0, 6), part, ",")
  if (part[1] in otherSystem || part[1] in asksSystem) next
  branches[folder]++
  if (part[4] > 0) hitBranches[folder]++
  else print path ":" part[1] ": branch" > missed
}
END {
  for (folder in folders) {
    l = share(hitLines[folder], lines[folder])
    b = share(hitBranches[folder], branches[folder])
    printf "  %-18s %5.1f %% of %d lines, %.1f %% of %d branches\n", folder, l, lines[folder], b, branches[folder] | "sort"
    if (!index(" " exempt " ", " " folder " ") && (l < least || b < least)) print folder ": less than " least " % of the lines or branches are reached" > "/dev/stderr"
  }
}
