# shellcheck shell=bash
# Builds the program when its sources, or the torch it was built for, are not those of the last successful build.

# ensure_built GROUP…: what the program needs is installed and the program is built. Sets: program
ensure_built() {
  program=$root/src/LoraBridge.Server/bin/Release/net10.0/LoraBridge.Server.dll
  stamp=$artifacts/build/server.stamp
  if build_is_current; then
    ensure_installed "$@"
    if build_is_current; then return; fi
  fi

  lock_setup
  if ! build_is_current; then
    choose_torch
    ensure_installed "$@" compiler
    build_program
  fi
  unlock_setup
}

# One start sets up at a time; the others wait and then find the work done.
lock_setup() {
  mkdir -p "$artifacts/build" 2>/dev/null && [ -w "$artifacts/build" ] ||
    fail "$artifacts cannot be written: LoraBridge is built there. Start it as the owner of $root"
  exec 9>"$artifacts/build/lock"
  if ! flock --nonblock 9; then
    say "waiting for another start of LoraBridge to finish its set-up"
    flock 9
  fi
}

unlock_setup() { exec 9>&-; }

# The stamp holds the list of sources and the torch; its time is that of the build's beginning.
build_is_current() {
  [ -f "$program" ] && [ -f "$stamp" ] &&
    [ "$(fingerprint)" = "$(cat "$stamp")" ] &&
    [ -z "$(sources -newer "$stamp" -print -quit)" ]
}

# sources FIND-EXPRESSION…: over every file the program is built from
sources() {
  find "$root/src" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/global.json" \
    \( -name bin -o -name obj -o -name Launcher -o -name __pycache__ \) -prune -o -type f ! -name '.*' ! -name '*~' ! -name '*.md' \( "$@" \)
}

fingerprint() {
  sources -print | LC_ALL=C sort | cksum
  printf 'torch %s cuda %s\n' "${LORABRIDGE_TORCH:-}" "${TorchCuda:-}"
  # another libtorch in the same folder needs another bridge
  stat -L -c '%n %s %Y' "${LORABRIDGE_TORCH:-/usr}/include/torch/library.h" 2>/dev/null || echo none
}

# Asks the package feed for TorchSharp once: where it answers, no libtorch of this machine is needed.
choose_torch() {
  if [ -n "$(torch_supply)" ]; then return; fi
  find_dotnet
  if [ -z "$dotnet" ]; then ensure_installed; fi
  say "looking where torch comes from (TorchSharp's package, or this machine's libtorch)"
  # a bare machine has no ICU yet; the answer of a failed restore comes with the build
  (cd "$root" && DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 run_quietly "$artifacts/build/torch.log" \
    "$dotnet" restore src/LoraBridge.Native/LoraBridge.Native.csproj --disable-build-servers) 2>/dev/null || true
}

build_program() {
  local log=$artifacts/build/server.log begun=$artifacts/build/server.begun started=$SECONDS
  if [ -f "$stamp" ]; then say "building: the sources changed"; else say "building (about a minute the first time)"; fi
  touch "$begun"
  (cd "$root" && run_quietly "$log" "$dotnet" build src/LoraBridge.Server -c Release --disable-build-servers) ||
    fail "the build failed: see above ($log)"
  fingerprint >"$begun.new"
  touch -r "$begun" "$begun.new"
  mv "$begun.new" "$stamp"
  rm -f "$begun"
  # how torch was found, or that it was not
  grep -o 'torch: .*' "$log" | sort -u | while read -r line; do say "$line"; done || true
  say "built in $(minutes $((SECONDS - started)))"
}
