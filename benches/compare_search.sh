#!/usr/bin/env bash
# Searches the same vectors by Voxtrace, faiss and hnswlib, in turns, one thread each.
#
#   benches/compare_search.sh DIR [ROUNDS] [--exact-only | --hnsw-rs]
#
# DIR holds vectors drawn by `benches/peers/vector_search.py draw`. PYTHON names the interpreter that
# has the peers, INDEX a build of the bench `index` to take instead of making one.
set -euo pipefail

folder=$(realpath "${1:?benches/compare_search.sh DIR [ROUNDS] [--exact-only | --hnsw-rs]}")
rounds=${2:-3}
only=${3:-}
python=${PYTHON:-python3}
index=${INDEX:+$(realpath "$INDEX")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "$index" ]; then
    index=$(benches/built.sh index)
fi

ours=() theirs=()
[ "$only" != --hnsw-rs ] || ours=(--hnsw-rs)
[ "$only" != --exact-only ] || { ours=(--exact-only) theirs=(--exact-only); }
for round in $(seq "$rounds"); do
    echo "round $round of $rounds" >&2
    "$index" --vectors "$folder" "${ours[@]}"
    "$python" benches/peers/vector_search.py run "$folder" "${theirs[@]}"
done
