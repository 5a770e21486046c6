#!/usr/bin/env bash
# Loads the demo archive into a data folder, enrols the demo's suspects, and imports call records and
# transfers of its cases.
#
# usage: scripts/demo.sh [DATA]
#
# Running it again changes nothing: `ingest` skips what is in, and the enrolments leave a mark in
# the data folder. Nothing is loaded into a folder that already holds another archive.
set -euo pipefail
cd "$(dirname "$0")/.."

data=${1:-./data}
voxtrace=${VOXTRACE:-target/release/voxtrace}
manifest=audio-samples/manifest.csv
suspects=audio-samples/suspects.csv
loaded="$data/demo.loaded"
enrolled="$data/demo.enrolled"

if [ -e "$loaded" ]; then
    exit 0
fi
if [ -e "$data/voxtrace.db" ] && [ ! -e "$data/demo.loading" ]; then
    echo "demo: $data holds an archive already, so the demo is not loaded into it"
    exit 0
fi
mkdir -p "$data"
touch "$data/demo.loading" "$enrolled"

echo "demo: loading the demo archive into $data"
rc=0
"$voxtrace" ingest "$manifest" --data "$data" || rc=$?
case $rc in
    0) ;;
    # One file of the demo is damaged on purpose, so "some file failed" is expected.
    1) echo "demo: some files could not be used, as their states say; the others are in" ;;
    *) echo "demo: ingest failed with exit code $rc" >&2; exit "$rc" ;;
esac

# The fields of this file hold no commas and no quotes.
while IFS=, read -r subject class ground path; do
    path=${path%$'\r'}
    [ "$subject" = subject ] && continue
    [ -n "$subject" ] || continue
    grep -qxF "$subject" "$enrolled" && continue
    echo "demo: enrolling $subject"
    file=audio-samples/$path
    [ -e "$file" ] || file=$path
    "$voxtrace" enrol "$file" --subject "$subject" --class "$class" \
        --ground "$ground" --data "$data"
    echo "$subject" >>"$enrolled"
done < <(cat "$suspects"; echo)

# Call records and transfers of the cases; a table that is in already changes nothing.
while IFS=, read -r path case_no kind; do
    kind=${kind%$'\r'}
    [ "$path" = path ] && continue
    [ -n "$path" ] || continue
    echo "demo: importing $path into case $case_no"
    "$voxtrace" events import "audio-samples/events/$path" --kind "$kind" --case "$case_no" \
        --data "$data"
done < <(cat audio-samples/events/tables.csv; echo)

touch "$loaded"
rm -f "$data/demo.loading"
