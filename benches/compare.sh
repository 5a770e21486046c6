#!/usr/bin/env bash
# Measures Voxtrace's stages and the peers on the same recordings, in turns, and prints ratios.
#
#   benches/compare.sh FOLDER [ROUNDS]
#
# FOLDER holds recordings at 16 kHz (WAV or FLAC). Each round runs every tool once over all of
# them. PYTHON names the interpreter that has the peers (see benches/peers), STAGES a build of the
# bench `stages` to take instead of making one.
set -euo pipefail

folder=$(realpath "${1:?benches/compare.sh FOLDER [ROUNDS]}")
rounds=${2:-5}
python=${PYTHON:-python3}
stages=${STAGES:+$(realpath "$STAGES")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
model=models/campplus-zh-en-telephone/model.onnx

if [ -z "$stages" ]; then
    stages=$(benches/built.sh stages)
fi

runs=$(mktemp)
trap 'rm -f "$runs"' EXIT
for round in $(seq "$rounds"); do
    echo "round $round of $rounds" >&2
    "$stages" "$folder" --rounds 1 --json >>"$runs"
    "$python" benches/peers/sherpa_onnx_embedding.py "$model" "$folder" --rounds 1 >>"$runs"
    "$python" benches/peers/kaldi_onnxruntime.py "$model" "$folder" --rounds 1 >>"$runs"
done
"$python" benches/peers/ratios.py <"$runs"
