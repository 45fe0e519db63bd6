#!/usr/bin/env bash
# Tries LoraBridge on a bare machine: a new Debian root with git, bash, ca-certificates and the .NET SDK, nothing else.
# Clones this repository's HEAD into it, runs both commands from nothing, then once more without a network, and replays
# the Dockerfile's steps in a second root. Prints minutes and megabytes. Needs root and debootstrap.
set -Eeuo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/bare-machine.sh [--suite NAME] [--folder DIR] [--keep] [--only commands|docker]
  --suite NAME    Debian's release (default: bookworm)
  --folder DIR    where the roots are made, about 5 GB (default: a new folder below TMPDIR or /tmp)
  --keep          leave the roots there, with nothing mounted
  --only PART     only the two commands, or only the Dockerfile
TEXT
}

suite=bookworm folder='' keep=no only=''
while [ $# -gt 0 ]; do
  case $1 in
    --suite) suite=$2; shift ;;
    --folder) folder=$2; shift ;;
    --keep) keep=yes ;;
    --only) only=$2; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ "$(id -u)" -eq 0 ] || { echo "bare-machine: needs root, to make a root folder and change into it" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "bare-machine: needs debootstrap: apt-get install debootstrap" >&2; exit 1; }

repository=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
if [ -n "$folder" ]; then mkdir -p "$folder"; else folder=$(mktemp -d -t bare-machine.XXXXXX); fi
folder=$(cd -- "$folder" && pwd)
port=7870 server='' table=()

# what the host was told about its network goes in as well: proxies, certificates, the clients' own settings
network_environment() {
  env | grep -E '^(https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NUGET_[A-Z_]*|npm_config_[a-z_]*)=' || true
}

clean_up() {
  local status=$?
  trap - EXIT ERR
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  local root
  for root in "$folder"/{bare,machine,image}; do release "$root"; done
  if [ "$keep" = no ]; then
    rm -rf --one-file-system "$folder/bare" "$folder/machine" "$folder/image"
    rmdir "$folder" 2>/dev/null || true
  fi
  exit $status
}
trap clean_up EXIT
trap 'echo "bare-machine: line $LINENO failed: $BASH_COMMAND" >&2' ERR
trap 'exit 130' INT TERM

main() {
  make_bare_root
  if [ "$only" != docker ]; then try_commands; fi
  if [ "$only" != commands ]; then replay_dockerfile; fi
  printf '\n| step | minutes | MB on disk |\n| --- | --- | --- |\n'
  printf '%s\n' "${table[@]}"
}

# step NAME ROOT COMMAND…: runs it, and notes the minutes it took and the megabytes that the root grew by
step() {
  local name=$1 root=$2 before after started elapsed
  shift 2
  printf '\n== %s\n' "$name"
  before=$(megabytes "$root") started=$(date +%s.%N)
  "$@"
  elapsed=$(echo "$started $(date +%s.%N)" | awk '{printf "%.2f", ($2 - $1) / 60}')
  after=$(megabytes "$root")
  table+=("| $name | $elapsed | $((after - before)) |")
}

megabytes() { if [ -d "$1" ]; then du -sxm "$1" | cut -f1; else echo 0; fi; }

make_bare_root() {
  rm -rf --one-file-system "$folder/bare" "$folder/machine" "$folder/image"
  step "debootstrap: git, bash, ca-certificates" "$folder/bare" bootstrap "$folder/bare"
  step "the .NET SDK, copied in" "$folder/bare" copy_sdk "$folder/bare"
  copy_network_settings "$folder/bare"
}

# The mirror is the one this machine's own apt uses for the suite, else debootstrap's.
bootstrap() {
  local mirror
  mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Identifier: Packages' 2>/dev/null | awk -v suite="$suite" '$1 == suite {print $2; exit}')
  debootstrap --variant=minbase --include=git,bash,ca-certificates "$suite" "$1" ${mirror:+"$mirror"} >"$folder/debootstrap.log" ||
    { tail -n 20 "$folder/debootstrap.log" >&2; return 1; }
}

copy_sdk() {
  local sdk
  sdk=$(dirname -- "$(readlink -f -- "$(command -v dotnet)")")
  mkdir -p "$1/usr/share/dotnet"
  cp -a "$sdk/." "$1/usr/share/dotnet/"
  ln -sf /usr/share/dotnet/dotnet "$1/usr/bin/dotnet"
}

copy_network_settings() {
  local root=$1 file
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  # apt: its sources where they are the same release's, and what its settings say about fetching
  if apt-get indextargets --format '$(CODENAME)' 'Identifier: Packages' 2>/dev/null | grep -qx "$suite"; then
    rm -f "$root/etc/apt/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
      if [ -f "$file" ]; then cp --parents "$file" "$root/"; fi
    done
  fi
  for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    if [ -f "$file" ] && grep -q 'Acquire' "$file" && ! grep -q 'Post-Invoke' "$file"; then cp --parents "$file" "$root/"; fi
  done
  for file in /etc/apt/auth.conf.d /etc/apt/keyrings /etc/apt/trusted.gpg.d /usr/local/share/ca-certificates; do
    if [ -d "$file" ]; then cp -a --parents "$file" "$root/"; fi
  done
  for file in ~/.nuget/NuGet/NuGet.Config ~/.npmrc /etc/npmrc /usr/etc/npmrc; do
    if [ -f "$file" ]; then
      mkdir -p "$root$(dirname "${file/#$HOME//root}")"
      cp "$file" "$root${file/#$HOME//root}"
    fi
  done
  chroot "$root" update-ca-certificates >/dev/null 2>&1
  cat /etc/ssl/certs/ca-certificates.crt >"$root/etc/ssl/certs/ca-certificates.crt"
}

# new_machine NAME: a fresh copy of the bare root with its kernel file systems
new_machine() {
  cp -a --reflink=auto "$folder/bare" "$folder/$1"
  mount -t proc proc "$folder/$1/proc"
  mount --rbind /dev "$folder/$1/dev"
  mount --make-rslave "$folder/$1/dev"
}

release() {
  local point
  for point in "$1/dev" "$1/proc"; do
    if mountpoint -q "$point" 2>/dev/null; then umount -R -l "$point"; fi
  done
}

# inside ROOT FOLDER COMMAND…: in the root, with an environment of nothing but the network's
inside() {
  local root=$1 where=$2 settings=()
  shift 2
  mapfile -t settings < <(network_environment)
  chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    ${settings[@]+"${settings[@]}"} ${image_environment[@]+"${image_environment[@]}"} \
    /bin/bash -c 'cd "$1" && shift && exec "$@"' - "$where" "$@"
}

# the same without a network: only the loopback of a namespace of its own
inside_offline() {
  export -f inside network_environment
  unshare --net bash -c 'ip link set lo up && inside "$@"' - "$@"
}

try_commands() {
  local root=$folder/machine home=/root/LoraBridge tiny=tests/Fixtures/goldens/sd15-tiny/model.safetensors
  new_machine machine
  git -C "$repository" bundle create -q "$root/root/repository.bundle" HEAD
  step "git clone" "$root" inside "$root" /root git -c advice.detachedHead=false clone -q repository.bundle LoraBridge

  step "first ./lorabridge serve, until it answers" "$root" serve_until_it_answers inside "$root" $home
  step "first ./lorabridge generate" "$root" inside "$root" $home ./lorabridge generate --model $tiny --prompt "a lighthouse at dusk" --width 64 --height 64 --steps 4 --seed 1 --out a.png
  step "./lorabridge test" "$root" inside "$root" $home ./lorabridge test

  step "offline: second serve, until it answers" "$root" serve_until_it_answers inside_offline "$root" $home
  step "offline: the program itself, until it answers" "$root" program_until_it_answers inside_offline "$root" $home
  step "offline: second generate" "$root" inside_offline "$root" $home ./lorabridge generate --model $tiny --prompt "a lighthouse at dusk" --width 64 --height 64 --steps 4 --seed 1 --out b.png
  cmp "$root$home/a.png" "$root$home/b.png" && echo "both pictures are the same"
}

serve_until_it_answers() { until_it_answers "$@" ./lorabridge serve; }

program_until_it_answers() { until_it_answers "$@" dotnet src/LoraBridge.Server/bin/Release/net10.0/LoraBridge.Server.dll serve; }

# Starts a server (in the machine, by the words given), waits for its health, asks it to stop, and wants exit code 0.
# The question is asked from beside it, by bash: a bare machine has no client.
until_it_answers() {
  local runner=$1
  shift
  "$runner" "$1" "$2" /bin/bash -c '
    started=${EPOCHREALTIME/./}
    "$@" & server=$!
    until exec 3<>/dev/tcp/127.0.0.1/'$port'; do sleep 0.02; kill -0 $server || exit 1; done 2>/dev/null
    printf "GET /lorabridge/v1/health HTTP/1.0\r\n\r\n" >&3
    grep -q "\"ok\"" <&3 || exit 1
    echo "answered after $(((${EPOCHREALTIME/./} - started) / 1000)) ms"
    kill $server
    wait $server' - "${@:3}"
}

# Carries out the Dockerfile's own lines: ARG and ENV with their defaults, WORKDIR, RUN, COPY of the clone, then its
# ENTRYPOINT and CMD. FROM is the bare root: any Debian or Ubuntu will do.
replay_dockerfile() {
  local root=$folder/image where=/ line='' lines part words
  new_machine image
  image_environment=()
  mapfile -t lines <"$repository/Dockerfile"
  for part in "${lines[@]}"; do
    case $part in '#'* | '') continue ;; esac
    line+=$part
    case $line in *\\) line=${line%\\}; continue ;; esac
    words=${line#* }
    case $line in
      FROM*) ;;
      ARG*) image_environment+=("$words") ;;
      ENV*) image_environment+=("$(expand "$words")") ;;
      WORKDIR*) where=$words; mkdir -p "$root$where" ;;
      COPY\ .\ .) step "image: $line" "$root" copy_sources "$root$where" ;;
      RUN*) step "image: $line" "$root" inside "$root" "$where" /bin/sh -c "$words" ;;
      VOLUME*) mkdir -p "$root$words" ;;
      EXPOSE*) ;;
      ENTRYPOINT*) entrypoint=$(words_of "$words") ;;
      CMD*) command=$(words_of "$words") ;;
      *) echo "bare-machine: the Dockerfile has a line that is not replayed: $line" >&2; return 1 ;;
    esac
    line=''
  done
  # shellcheck disable=SC2086
  step "image: $entrypoint $command, until it answers" "$root" until_it_answers inside "$root" "$where" $entrypoint $command
}

# expand TEXT: its ${NAME}s from the image's environment so far
expand() { env -i "${image_environment[@]}" /bin/bash -c "printf '%s' \"$1\""; }

# words_of JSON: the words of a list of strings
words_of() { tr -d '[]",' <<<"$1"; }

copy_sources() { git -C "$repository" archive HEAD | tar -x -C "$1"; }

main
