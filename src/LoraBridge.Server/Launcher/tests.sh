# shellcheck shell=bash
# Runs the test projects one after the other (two at once would fight for the cores), then the extension's, and adds up what they report.

run_tests() {
  passed=0 failed=0
  local projects=("$root"/tests/*.Tests/*.csproj) project target=$root/LoraBridge.sln groups=(torch pictures compiler node browser)
  if [ ${#goldens[@]} -gt 0 ]; then
    projects=("$root/tests/LoraBridge.Tests/LoraBridge.Tests.csproj")
    target=${projects[0]}
    LORABRIDGE_GOLDENS=$(IFS=: && echo "${goldens[*]}")
    LORABRIDGE_GOLDENS_REPORT=$artifacts/tests/goldens.txt
    export LORABRIDGE_GOLDENS LORABRIDGE_GOLDENS_REPORT
    test_filter="Category=Goldens${test_filter:+&($test_filter)}"
  fi

  clear_test_results
  lock_setup
  choose_torch
  if has_extension_tests; then groups+=(extension); fi
  ensure_installed "${groups[@]}"
  build_tests "$target"
  unlock_setup
  for project in "${projects[@]}"; do run_test_project "$project"; done
  if has_extension_tests; then run_extension_tests; fi

  if [ -n "${LORABRIDGE_GOLDENS_REPORT:-}" ] && [ -s "$LORABRIDGE_GOLDENS_REPORT" ]; then cat "$LORABRIDGE_GOLDENS_REPORT"; fi
  if [ $((passed + failed)) -eq 0 ]; then
    say "no test ran: does the filter name any?"
    failed=1
  fi
  printf '%d passed, %d failed\n' "$passed" "$failed"
  if [ "$failed" -gt 0 ]; then exit 1; fi
}

# what an earlier run left, the runner's own folders among it
clear_test_results() {
  rm -rf -- "${artifacts:?}/tests"
  mkdir -p "$artifacts/tests"
}

build_tests() {
  local started=$SECONDS
  say "building"
  if ! (cd "$root" && run_quietly "$artifacts/tests/build.log" "$dotnet" build "$1" -c Release --disable-build-servers); then
    say "the build failed: see above"
    printf '0 passed, 1 failed\n'
    exit 1
  fi
  grep -o 'torch: .*' "$artifacts/tests/build.log" | sort -u | while read -r line; do say "$line"; done || true
  say "built in $(minutes $((SECONDS - started)))"
}

# A project that ends badly without naming a failed test (a crash, a hang, a skipped test) counts as one failure.
run_test_project() {
  local name log status=0 started=$SECONDS filter=() ok bad skipped
  name=$(basename "$1" .csproj)
  log=$artifacts/tests/$name.log
  if [ -n "$test_filter" ]; then filter=(--filter "$test_filter"); fi
  say "testing $name"
  # many processes with torch run beside one another here, and each that takes every core slows the others many times over
  (cd "$root" && OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" "$dotnet" test "$1" -c Release --no-build --nologo ${filter[@]+"${filter[@]}"} \
    --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none --results-directory "$artifacts/tests/$name" \
    >"$log" 2>&1 </dev/null) || status=$?

  ok=$(count Passed "$log") bad=$(count Failed "$log") skipped=$(count Skipped "$log")
  if [ "$skipped" -gt 0 ]; then say "$name: $skipped skipped, which counts as failed"; fi
  bad=$((bad + skipped))
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
    say "$name ended before its tests did (exit code $status)"
    bad=1
  fi
  if [ "$bad" -gt 0 ] || [ "$status" -ne 0 ]; then cat "$log"; fi
  passed=$((passed + ok)) failed=$((failed + bad))
  say "$name: $ok passed, $bad failed in $(minutes $((SECONDS - started)))"
}

# A filter is dotnet's, and golden tests are the library's: with either, the WebUI's extension is left out.
has_extension_tests() { [ -d "$root/tests/extension" ] && [ -z "$test_filter" ]; }

# The extension's tests, in Python as it is; a test that is skipped counts as failed here, too.
run_extension_tests() {
  local log=$artifacts/tests/extension.log status=0 started=$SECONDS ran bad ok
  say "testing extension"
  # what the tests start ends with them: nothing waits longer than this
  (cd "$root" && LORABRIDGE_DOTNET=$dotnet timeout --kill-after=10 600 "$(extension_python)" -B -m unittest discover -v -s tests/extension -t tests/extension >"$log" 2>&1 </dev/null) || status=$?

  ran=$(sed -nE 's/^Ran ([0-9]+) tests? in .*/\1/p' "$log" | tail -n 1)
  bad=$(sed -nE 's/^(OK|FAILED) \((.*)\)$/\2/p' "$log" | tail -n 1 | tr ',' '\n' | awk -F= '{bad += $2} END {print bad + 0}')
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "${ran:-0}" -eq 0 ]; }; then
    say "extension ended before its tests did (exit code $status)"
    bad=1
  fi
  if [ "$bad" -gt 0 ]; then cat "$log"; fi
  ok=$((${ran:-0} > bad ? ran - bad : 0))
  passed=$((passed + ok)) failed=$((failed + bad))
  say "extension: $ok passed, $bad failed in $(minutes $((SECONDS - started)))"
}

# count WORD LOG: the number after "WORD:" in the runner's closing line, "Passed!  - Failed: 0, Passed: 12, Skipped: 0, …",
# or in its longer form, " Passed: 12" on a line by itself
count() {
  local n
  n=$(sed -nE "s/^(Passed!|Failed!|Skipped!) .*[ -]$1: *([0-9]+).*/\2/p; s/^ +$1: ([0-9]+)\$/\1/p" "$2" | tail -n 1)
  echo "${n:-0}"
}
