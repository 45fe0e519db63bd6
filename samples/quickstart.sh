#!/usr/bin/env bash
# The first minutes with LoraBridge, on the model that comes with it: draw, train two styles on 40 pictures each, draw with one, blend both.
#   samples/quickstart.sh [FOLDER]      pictures and adapters go there (default: quickstart, in the folder where it is called)
# Words that follow the folder go to every command, such as: samples/quickstart.sh /tmp/first --device cpu
set -euo pipefail
out=$(realpath -m -- "${1:-quickstart}")
shift || true
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
mkdir -p -- "$out"

say() { printf '\n== %s\n' "$*"; }

say "A picture from words"
./lorabridge generate --prompt "owl" --cfg 3 --seed 3 --out "$out/owl.png" "$@"

for style in outline pixels; do
  say "An adapter that draws in the style of the 40 pictures in samples/styles/$style"
  ./lorabridge train --preset style "train_data_dir=samples/styles/$style" "output_dir=$out/$style" "output_name=$style" learning_rate=3e-3 epochs=40 --resume "$@"
done

say "The same words with an adapter"
./lorabridge generate --prompt "owl <lora:outline:0.8>" --cfg 3 --seed 3 --lora-dir "$out" --out "$out/owl-outline.png" "$@"

say "Both adapters at several weights, side by side"
./lorabridge blend --prompt "owl" --across outline=0,0.4,0.8,1.2 --down pixels=0,0.4,0.8,1.2 --cfg 3 --seed 3 --lora-dir "$out" --out "$out/blend.png" "$@"

say "Look at $out/owl.png, owl-outline.png and blend.png. The page that ./lorabridge serve shows does all of this too."
