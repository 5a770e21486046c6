#!/usr/bin/env bash
# Makes one file of speech in every format that is read, ingests the folder, and prints the table of
# formats, decoders and outcomes.
#
# usage: scripts/formats.sh [FOLDER]
#
# FOLDER is made anew each time. One file is refused on purpose: SILK, which nobody here decodes.
# Exit 0 when that one alone was not analysed, 1 when there was another.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-target/formats}
voxtrace=${VOXTRACE:-target/release/voxtrace}
command -v ffmpeg >/dev/null || { echo "formats: install ffmpeg (apt-get install ffmpeg)" >&2; exit 1; }
rm -rf "$folder/files" "$folder/data"
mkdir -p "$folder/files" "$folder/data"
scripts/make_format_samples.sh "$folder/files"
"$voxtrace" ingest "$folder/files" --data "$folder/data" | tee "$folder/table.txt" || true
others=$(grep -cE '^[^ ]+ +(refused|failed|no voice|pending) ' "$folder/table.txt" || true)
[ "$others" = 1 ] && grep -qE '^([^ ]*/)?silk' "$folder/table.txt"
