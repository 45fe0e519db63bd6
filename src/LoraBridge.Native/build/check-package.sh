#!/usr/bin/env bash
# Usage: check-package.sh PROBE_FOLDER
# Whether the native libraries of the restored TorchSharp package can be loaded on this machine: they want a C++ library at least as new as
# their compiler's, which older distributions lack. Says what is missing and exits with 1; other systems than Linux are believed.
set -euo pipefail

[ "$(uname -s)" = Linux ] || exit 0
command -v ldd >/dev/null || exit 0
assets=$1/obj/project.assets.json
packages=$(sed -n '/"packageFolders"/,/}/s/^ *"\(.*\)": *{.*/\1/p' "$assets" | grep -v '^packageFolders$' | head -n 1)
missing=$(find "$packages/torchsharp" "$packages"libtorch-* -name 'lib*.so' -path '*linux*' \( -name 'libLibTorchSharp.so' -o -name 'libtorch_cpu.so' \) -exec ldd {} + 2>&1 |
  sed -n "s/.*version \`\([^']*\)' not found.*/\1/p" | sort -u | head -n 3 | paste -s -d ' ')
if [ -n "$missing" ]; then
  echo "this machine's libraries are too old for the package (it wants $missing)"
  exit 1
fi
