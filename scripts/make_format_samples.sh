#!/bin/sh
# Makes tests/golden/formats: one second and a half of speech in every format that is decoded.
#
# Needs ffmpeg. Call it with the prompt that PROVENANCE.md names, as FLAC or WAV of 8 kHz:
#   scripts/make_format_samples.sh dir-nomatch.wav
set -eu
[ $# -eq 1 ] || { echo "usage: $0 PROMPT" >&2; exit 2; }
prompt=$1
folder=$(dirname "$0")/../tests/golden/formats
mkdir -p "$folder"

# Every file starts from the same 12,000 samples; bit-exact flags keep dates and versions out.
encode() {
    name=$1
    shift
    ffmpeg -v error -y -i "$prompt" -map_metadata -1 -fflags +bitexact -flags:a +bitexact \
        -af atrim=end_sample=12000 "$@" "$folder/$name"
}

encode u8.wav -c:a pcm_u8
encode s16.wav -c:a pcm_s16le
encode s24.wav -c:a pcm_s24le
encode s32.wav -c:a pcm_s32le
encode f32.wav -c:a pcm_f32le
encode f64.wav -c:a pcm_f64le
encode alaw.wav -c:a pcm_alaw
encode mulaw.wav -c:a pcm_mulaw
encode ima-adpcm.wav -c:a adpcm_ima_wav
encode ms-adpcm.wav -c:a adpcm_ms
encode s16.flac -c:a flac
encode mpeg2.mp3 -c:a libmp3lame -b:a 32k -ar 16000
encode lc.m4a -c:a aac -b:a 32k -movflags +faststart
encode lc.aac -c:a aac -b:a 32k
encode vorbis.ogg -c:a libvorbis -q:a 3 -page_duration 200000
encode s16.aiff -c:a pcm_s16be
encode s16.caf -c:a pcm_s16le
encode flac.mka -c:a flac
encode opus.ogg -c:a libopus -b:a 16k
