#!/usr/bin/env bash
# Builds a bench in release mode and prints where it lies.
#
#   benches/built.sh NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# The last line of JSON that names an executable is the bench's.
cargo build --locked --release --bench "${1:?benches/built.sh NAME}" --message-format json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1
