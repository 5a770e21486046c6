#!/usr/bin/env bash
# Measures the whole analysis against the Python baseline with the same models, in turns, and prints
# the ratio of their speeds.
#
#   benches/compare_whole.sh SET [ROUNDS]
#
# SET holds recordings of one channel and their calls.csv, as scripts/make_diarization_sets.py makes
# them. PYTHON names the interpreter that has what the baseline needs, WHOLE a build of the bench
# `whole` to take instead of making one.
set -euo pipefail

folder=$(realpath "${1:?benches/compare_whole.sh SET [ROUNDS]}")
rounds=${2:-3}
python=${PYTHON:-python3}
whole=${WHOLE:+$(realpath "$WHOLE")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "$whole" ]; then
    whole=$(benches/built.sh whole)
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for round in $(seq "$rounds"); do
    ours=$("$whole" "$folder" --rounds 1 --json | head -n 1)
    theirs=$("$python" benches/peers/diarization.py "$folder" "$out" | tail -n 1)
    "$python" -c '
import json, sys

ours, theirs = (json.loads(line)["times_real"] for line in sys.argv[2:])
print(f"round {sys.argv[1]}: {ours:.1f} and {theirs:.1f} times real time, ratio {ours / theirs:.2f}")
' "$round" "$ours" "$theirs"
done
