#!/usr/bin/env bash
# Fills the corpora from the small files of the tests, then runs each target for so long.
#
#   fuzz/seed.sh             fills fuzz/corpus
#   fuzz/seed.sh run 60 [TARGET...]   fills it and runs every target, or those named, 60 s each
#
# Needs a nightly compiler and cargo-fuzz (cargo install cargo-fuzz).
set -euo pipefail
cd "$(dirname "$0")/.."

formats=tests/golden/formats
fill() {
    mkdir -p "fuzz/corpus/$1"
    cp "${@:2}" "fuzz/corpus/$1/"
}
fill decode_wav "$formats"/*.wav
fill decode_aiff "$formats"/*.aiff
fill decode_caf "$formats"/*.caf
fill decode_flac "$formats"/s16.flac
fill decode_mpeg "$formats"/*.mp3
fill decode_adts "$formats"/*.aac
fill decode_mp4 "$formats"/*.mp4 "$formats"/*.m4a "$formats"/*.3gp
fill decode_matroska "$formats"/*.mka "$formats"/*.webm
fill decode_ogg "$formats"/*.ogg
for model in models/*/; do
    mkdir -p fuzz/corpus/manifest
    cp "$model/model.toml" "fuzz/corpus/manifest/$(basename "$model").toml"
done
mkdir -p fuzz/corpus/segments
cat >fuzz/corpus/segments/overlap.json <<'JSON'
[{"channel":0,"start_ms":0,"end_ms":1000,"label":0},{"channel":0,"start_ms":900,"end_ms":2000,"label":1},
 {"channel":0,"start_ms":2000,"end_ms":3000,"label":1},{"channel":1,"start_ms":5,"end_ms":9,"label":null}]
JSON
[ "${1-}" = run ] || exit 0

seconds=${2:-60}
targets=("${@:3}")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cd fuzz/fuzz_targets && ls | sed 's/\.rs$//')
for target in "${targets[@]}"; do
    echo "== $target"
    # Twice what any file may take; a hang is longer than 10 s.
    cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=200000 -print_final_stats=1 2>&1 | grep -E "^stat::|SUMMARY|panicked|ERROR|Done|BINGO" || true
done
