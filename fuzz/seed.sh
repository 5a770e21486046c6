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
mkdir -p fuzz/corpus/tables
# The first byte is the kind: 0 calls, 1 transfers, 2 logins, 3 movements; 4 more with a mapping.
table() {
    printf "$2" >"fuzz/corpus/tables/$1"
}
table calls '\0主叫号码,被叫号码,通话开始时间,通话时长,IMEI\n13800138000,13900139000,2026-03-01 08:05:30,75,490154203237518\n'
table directed '\0本机号码\t对方号码\t呼叫类型\t开始时间\t时长\n13800138000\t10086\t主叫\t2026/3/1 8:05\t1分2秒\n'
table transfers '\1付款账号,收款账号,交易时间,交易金额,币种\n6222000000000000068,4539578763621486,20260301080530,"1,234.56",CNY\n'
table logins '\2account,ip,time,app\nuser@example.org,192.0.2.1,2026-03-01T08:05:30Z,chat\n'
table movements '\3phone;cell;time\n13800138000;460-00-1-2;01.03.2026 08:05\n'
table mapping '\4{"columns":{"from":"a","to":"b","at":"c"},"date_format":"YYYY-MM-DD hh:mm:ss"}\0a,b,c\n10086,10010,2026-03-01 08:05:30\n'
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
