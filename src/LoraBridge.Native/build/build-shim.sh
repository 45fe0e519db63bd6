#!/usr/bin/env bash
# build-shim.sh OUT: compiles the shim against the libtorch of this machine into
# OUT/liblorabridge_torch.<folder>.so and writes that libtorch's folder to OUT/torch-folder.txt.
# Looks in $LORABRIDGE_TORCH, the distribution's libtorch-dev, then the torch of python3. Does nothing when up to date.
set -euo pipefail
out=$1
source_folder=$(cd "$(dirname "$0")/../shim" && pwd)

torch=${LORABRIDGE_TORCH:-}
if [ -z "$torch" ] && [ -f /usr/include/torch/library.h ]; then torch=/usr; fi
if [ -z "$torch" ] && command -v python3 >/dev/null; then
  torch=$(python3 -c 'import importlib.util as u, os; s = u.find_spec("torch"); print(os.path.dirname(s.origin) if s else "")' 2>/dev/null || true)
fi
if [ -z "$torch" ]; then
  echo "no libtorch found: install it (apt-get install libtorch-dev libopenblas0-pthread g++), or name a torch folder with --torch or LORABRIDGE_TORCH"
  exit 3
fi
torch=$(cd "$torch" && pwd)

include=$torch/include
library=$torch/lib
if [ "$torch" = /usr ]; then library=$(dirname "$(ls /usr/lib/*/libtorch_cpu.so | head -n 1)"); fi
if [ ! -f "$include/ATen/ATen.h" ] || [ ! -e "$library/libtorch_cpu.so" ]; then
  echo "no libtorch headers and libraries in $torch (expected include/ATen/ATen.h and lib/libtorch_cpu.so)"
  exit 3
fi

# the same rule as TorchLibrary.ShimName
slug=$(printf '%s' "${torch#/}" | tr -c 'A-Za-z0-9' '_')
target=$out/liblorabridge_torch.$slug.so
mkdir -p "$out"
printf '%s\n' "$torch" > "$out/torch-folder.txt.new"
cmp -s "$out/torch-folder.txt.new" "$out/torch-folder.txt" && rm "$out/torch-folder.txt.new" || mv "$out/torch-folder.txt.new" "$out/torch-folder.txt"

newest=$(find "$source_folder" "$0" "$include/ATen/ATen.h" -type f -printf '%T@ %p\n' | sort -rn | head -n 1 | cut -d' ' -f2-)
if [ -f "$target" ] && [ "$target" -nt "$newest" ]; then exit 0; fi
command -v g++ >/dev/null || { echo "libtorch found in $torch, but no g++: apt-get install g++"; exit 3; }

flags=()
if grep -qs 'GLIBCXX_USE_CXX11_ABI=0' "$torch/share/cmake/Torch/TorchConfig.cmake"; then flags+=(-D_GLIBCXX_USE_CXX11_ABI=0); fi
if grep -qs resetPeakStats "$include/ATen/DeviceAccelerator.h"; then flags+=(-DLORABRIDGE_ACCELERATOR_STATS); fi
libraries=(-ltorch_cpu -lc10)
if [ -e "$library/libtorch_cuda.so" ]; then libraries+=(-Wl,--no-as-needed -ltorch_cuda -lc10_cuda); fi

g++ -std=c++20 -w -O2 -fPIC -shared -fopenmp -fvisibility=hidden "${flags[@]}" \
  -I"$include" -I"$include/torch/csrc/api/include" \
  -o "$target.new" "$source_folder/shim.cpp" -L"$library" -Wl,-rpath,"$library" "${libraries[@]}"
mv "$target.new" "$target"
echo "shim built against $library"
