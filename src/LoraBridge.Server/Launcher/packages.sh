# shellcheck shell=bash
# What LoraBridge needs from the distribution, and how it gets there: apt, with sudo when not root.

# ensure_installed GROUP…: looks for the .NET SDK and ICU, and for each GROUP of torch, compiler, pictures, vocabulary,
# npm, node, extension, browser.
# What is missing is named with its reason and installed. Sets: dotnet
ensure_installed() {
  missing=() reasons=()
  find_dotnet
  if [ -z "$dotnet" ]; then need 'the .NET 10 SDK builds and runs LoraBridge' dotnet-sdk-10.0; fi
  has_library libicuuc.so.'*' || need '.NET reads and compares text with ICU' icu
  local group
  for group in "$@"; do "need_$group"; done

  if [ ${#missing[@]} -gt 0 ]; then
    tell_what_is_missing
    install_missing
  fi
  find_dotnet
  [ -n "$dotnet" ] || fail "no .NET 10 SDK is found. Install it (dotnet-sdk-10.0) so that 'dotnet --version' answers, then start again"
}

need() {
  reasons+=("$1")
  missing+=("$2")
}

need_pictures() {
  has_library libturbojpeg.so.0 || need 'reads and writes JPEG pictures' turbojpeg
  has_library libwebp.so.7 || need 'reads and writes WebP pictures' libwebp7
}

need_torch() {
  if ! torch_is_found && [ ! -f "$artifacts/torch/unavailable" ]; then need 'torch: trains and generates' libtorch-dev; fi
  if [ "$(torch_supply)" = system ] && [ -z "${LORABRIDGE_TORCH:-}" ]; then
    has_library libopenblas.so.0 || need "torch's matrix products on the processor, several times faster" libopenblas0-pthread
  fi
}

# The bridge to a libtorch of this machine is compiled here; the TorchSharp package brings its own.
need_compiler() {
  if [ "$(torch_supply)" = system ] && ! command -v g++ >/dev/null; then need 'compiles the bridge from .NET to torch' g++; fi
}

# Asked for together with the rest, unless the vocabulary may be found without fetching it.
need_vocabulary() {
  if ! vocabulary_is_at_hand && ! compgen -G "$HOME/.cache/huggingface/hub/models--*" >/dev/null; then need_npm; fi
}

# The sample client in JavaScript is run by a test.
need_node() {
  command -v node >/dev/null || need 'runs the sample client in JavaScript' nodejs
}

need_npm() {
  command -v npm >/dev/null || need "fetches CLIP's vocabulary (2.7 MB)" npm
}

# The WebUI's extension needs nothing; its tests stand a WebUI's web server around it.
need_extension() {
  local module
  for module in fastapi uvicorn; do
    python_has "$module" || need "tests the WebUI's extension against a web server like the WebUI's" "python3-$module"
  done
}

need_browser() {
  [ -n "${LORABRIDGE_CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    need 'shows the page to its tests' chromium
}

python_has() { [ -n "$(extension_python)" ] && "$(extension_python)" -c "import $1" 2>/dev/null; }

# The distribution's Python, which has the distribution's packages, before one of a virtual environment.
extension_python() {
  if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3 || true; fi
}

find_dotnet() {
  local candidate
  dotnet=''
  for candidate in "${DOTNET_ROOT:-/nowhere}/dotnet" "$(command -v dotnet || true)" "$HOME/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
    if [ -x "$candidate" ]; then
      dotnet=$candidate
      return
    fi
  done
}

# has_library PATTERN: a shared library in one of the places the loader looks in
has_library() {
  local folder
  for folder in /usr/lib/*-linux-gnu* /usr/lib64 /usr/lib /usr/local/lib ${LD_LIBRARY_PATH:+"${LD_LIBRARY_PATH%%:*}"}; do
    if compgen -G "$folder/$1" >/dev/null; then return 0; fi
  done
  return 1
}

# Which torch the build has chosen: package, system, or nothing before the first restore (see src/LoraBridge.Native/build).
torch_supply() {
  if [ -n "${LORABRIDGE_TORCH:-}" ]; then
    echo system
    return
  fi
  local stamp
  stamp=$(ls -t "$artifacts"/torch/supply.*.props 2>/dev/null | head -n 1) || true
  if [ -n "$stamp" ]; then sed -n 's:.*<TorchSupply>\(.*\)</TorchSupply>.*:\1:p' "$stamp"; fi
}

torch_is_found() {
  [ -n "${LORABRIDGE_TORCH:-}" ] || [ "$(torch_supply)" = package ] || [ -f /usr/include/torch/library.h ] || python_has_torch
}

python_has_torch() {
  command -v python3 >/dev/null &&
    python3 -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)' 2>/dev/null
}

tell_what_is_missing() {
  local i
  say "this machine lacks:"
  for i in "${!missing[@]}"; do
    missing[i]=$(package_name "${missing[i]}")
    printf '  %-22s %s\n' "${missing[i]}" "${reasons[i]}" >&2
  done
}

# package_name NAME: the name this release gives to a package, where releases differ
package_name() {
  local found
  case $1 in
    icu)
      found=$(apt-cache search --names-only '^libicu[0-9]+$' 2>/dev/null | cut -d' ' -f1 | sort -V | tail -n 1)
      echo "${found:-$(usual_icu)}" ;;
    turbojpeg)
      if apt-cache show libturbojpeg0 >/dev/null 2>&1 || ! apt-cache show libturbojpeg >/dev/null 2>&1; then
        echo libturbojpeg0
      else
        echo libturbojpeg
      fi ;;
    *) echo "$1" ;;
  esac
}

# The name by release, for a machine whose package lists are still empty: what is installed is looked up once they are there.
usual_icu() {
  case $(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}") in
    jammy) echo libicu70 ;;
    bookworm) echo libicu72 ;;
    noble) echo libicu74 ;;
    trixie | plucky | questing) echo libicu76 ;;
    *) echo libicu-dev ;;
  esac
}

install_missing() {
  local as_root='' command
  if [ "$(id -u)" -ne 0 ]; then as_root='sudo '; fi
  command="${as_root}apt-get update && ${as_root}apt-get install -y --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null ||
    fail "this machine has no apt-get. Install what these Debian packages hold by its own means, then start again: ${missing[*]}"
  if [ "$install" = no ]; then fail "nothing is installed (--no-install). To install it: $command"; fi
  if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
    fail "installing needs root, and there is no sudo here. As root: ${command//sudo /}"
  fi
  if [ "$install" = ask ] && [ -t 0 ] && [ -t 2 ]; then
    printf 'Install with %sapt-get? [Y/n] ' "$as_root" >&2
    local answer
    read -r answer
    case $answer in [Nn]*) fail "nothing is installed. To install it: $command" ;; esac
    install=yes
  fi
  apt_install "$as_root"
}

# apt_install SUDO: installs all that is missing in one go and says what it took
apt_install() {
  local log=$artifacts/apt.log started=$SECONDS i without_npm=''
  case " ${missing[*]} " in *' npm '*) without_npm=" (npm is not needed when the vocabulary is named: --vocabulary FILE)" ;; esac
  # shellcheck disable=SC2086
  run_quietly "$log" $1apt-get update || fail "apt-get update failed: see above; is the network there?$without_npm"
  # only now are this release's names known for certain
  for i in "${!missing[@]}"; do
    case ${missing[i]} in
      libicu*) missing[i]=$(package_name icu) ;;
      libturbojpeg*) missing[i]=$(package_name turbojpeg) ;;
      libtorch-dev)
        if ! apt-cache show libtorch-dev >/dev/null 2>&1; then
          say "this release has no libtorch-dev: LoraBridge will start, but to train and generate it needs --torch PATH" \
            "(a WebUI's …/venv/lib/python3.*/site-packages/torch)"
          mkdir -p "$artifacts/torch" && touch "$artifacts/torch/unavailable"   # not asked for at every start
          unset "missing[i]"
        fi ;;
    esac
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi

  local words=(apt-get install --no-install-recommends -o Dpkg::Use-Pty=0) megabytes
  # a quoted address, a name, a size and a hash for each package that is to come
  megabytes=$("${words[@]}" --print-uris -qq "${missing[@]}" 2>/dev/null | awk '{bytes += $3} END {printf "%d", bytes / 1e6}') || true
  say "installing with apt (download ${megabytes:-0} MB)"
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive run_quietly "$log" $1${1:+env DEBIAN_FRONTEND=noninteractive }"${words[0]}" "${words[@]:1}" -y "${missing[@]}" ||
    fail "apt-get could not install ${missing[*]}: see above$without_npm"
  say "installed in $(minutes $((SECONDS - started)))"
}
