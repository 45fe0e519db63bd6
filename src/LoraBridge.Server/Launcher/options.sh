# shellcheck shell=bash
# Reads the command line. The launcher acts on a few options and passes the program's on unchanged.

subcommands="serve generate blend train lora setup version test"

# Sets: subcommand, help_topic, help, arguments (for the program), install (ask|yes|no), and what the set-up needs to know of the
# program's options: LORABRIDGE_TORCH and LORABRIDGE_DATA (exported), vocabulary_is_given, goldens, test_filter.
read_command_line() {
  subcommand='' help_topic='' help=no install=ask vocabulary_is_given=no test_filter=''
  arguments=() goldens=()
  data=${LORABRIDGE_DATA:-$root/data}
  if [ -n "${LORABRIDGE_CLIP_VOCABULARY:-}${LORABRIDGE_WEBUI_DIR:-}" ]; then vocabulary_is_given=yes; fi

  case ${1:-} in
    '') show_help '' >&2; exit 2 ;;
    --help | -h | '-?' | help) help=yes; return ;;
    --version) subcommand=version ;;
    -*) usage "the subcommand comes first: ./lorabridge serve|generate|blend|train|lora|setup|version|test (--help explains each)" ;;
    *)
      subcommand=$1
      case " $subcommands " in
        *" $1 "*) ;;
        *) usage "there is no subcommand '$1'. There are: $subcommands. ./lorabridge --help explains each" ;;
      esac ;;
  esac
  shift
  help_topic=$subcommand
  if [ "$subcommand" = lora ]; then read_lora_tool "$@"; fi

  # one option may hold its value after a blank, '=' or ':'
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h | '-?') help=yes ;;
      --yes | -y) install=yes ;;
      --no-install) install=no ;;
      --torch | --data | --vocabulary | --webui-dir)
        [ $# -ge 2 ] || usage "$1 needs a value: $1 PATH"
        set_path "$1" "$2"
        arguments+=("$1" "$2")
        shift ;;
      --torch[=:]* | --data[=:]* | --vocabulary[=:]* | --webui-dir[=:]*)
        set_path "${1%%[=:]*}" "${1#*[=:]}"
        arguments+=("$1") ;;
      --goldens | --filter)
        if [ "$subcommand" = test ]; then
          read_test_option "$@"
          shift "$taken"
          continue
        fi
        arguments+=("$1") ;;
      *)
        if [ "$subcommand" = test ]; then usage "'test' has no option '$1': ./lorabridge test --help shows them"; fi
        arguments+=("$1") ;;
    esac
    shift
  done
}

# The tools below 'lora' have help of their own.
read_lora_tool() {
  case ${1:-} in
    '')
      show_help lora >&2
      exit 2 ;;
    -*) ;;
    *)
      [ -f "$launcher/help/lora-$1.txt" ] || usage "there is no tool 'lora $1'. ./lorabridge lora --help shows them"
      help_topic=lora-$1 ;;
  esac
}

set_path() {
  case $1 in
    --torch)
      [ -d "$2" ] || usage "--torch: there is no folder '$2'. Give a torch folder, for example …/venv/lib/python3.10/site-packages/torch"
      LORABRIDGE_TORCH=$(cd -- "$2" && pwd)
      export LORABRIDGE_TORCH ;;
    --data) data=$2 ;;
    *) vocabulary_is_given=yes ;;
  esac
}

# --goldens FOLDER… takes every following word that is no option; --filter takes one. Sets: taken
read_test_option() {
  local option=$1
  taken=1
  shift
  if [ "$option" = --filter ]; then
    [ $# -ge 1 ] || usage "--filter needs an expression, for example --filter FullyQualifiedName~Lora"
    test_filter=$1
    taken=2
    return
  fi
  while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
    [ -d "$1" ] || usage "--goldens: there is no folder '$1'"
    goldens+=("$(cd -- "$1" && pwd)")
    taken=$((taken + 1))
    shift
  done
  [ ${#goldens[@]} -gt 0 ] || usage "--goldens needs one or more folders"
}

# The program's own help, kept as files by a test, so that it shows before anything is installed or built.
show_help() { cat "$launcher/help/${1:-lorabridge}.txt"; }

prepare_environment() {
  if [ -n "${OPENBLAS_CORETYPE:-}" ]; then
    say "OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE is set here and slows torch's matrix products down: left out for this run"
    unset OPENBLAS_CORETYPE
  fi

  case $data in /*) ;; *) data=$PWD/$data ;; esac
  export LORABRIDGE_DATA=$data
  artifacts=$root/artifacts
  mkdir -p "$artifacts" 2>/dev/null || true

  # .NET and npm insist on a home
  if [ -z "${HOME:-}" ]; then
    HOME=$(getent passwd "$(id -u)" | cut -d: -f6) || true
    if [ -z "$HOME" ] || [ ! -w "$HOME" ]; then HOME=$artifacts/home; fi
    mkdir -p "$HOME"
    export HOME
  fi
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
  export DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1
}
