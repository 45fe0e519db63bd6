# shellcheck shell=bash
# What the launcher says goes to standard error: standard output belongs to the program.

say() { printf '%s\n' "lorabridge: $*" >&2; }

# fail TEXT…: what went wrong and its cure, exit 1
fail() {
  say "$@"
  exit 1
}

# usage TEXT…: a wrong command line, exit 2
usage() {
  say "$@"
  exit 2
}

# run_quietly LOG COMMAND…: the command's output goes to LOG and is shown only when it fails.
# Descriptor 9 holds the set-up's lock; a helper that outlives us (a compiler server) must not keep it.
run_quietly() {
  local log=$1 status=0
  shift
  "$@" >"$log" 2>&1 </dev/null 9>&- || status=$?
  if [ $status -ne 0 ]; then
    cat "$log" >&2
  fi
  return $status
}

# minutes SECONDS: "48 s" or "3 min 5 s"
minutes() {
  if [ "$1" -lt 60 ]; then printf '%d s' "$1"; else printf '%d min %d s' $(($1 / 60)) $(($1 % 60)); fi
}
