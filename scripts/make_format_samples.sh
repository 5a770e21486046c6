#!/bin/sh
# Makes one file of speech in every format that is decoded.
#
#   scripts/make_format_samples.sh FOLDER   four seconds of audio-samples/golden in every format
#   scripts/make_format_samples.sh --golden the small files of tests/golden/formats, made again
#                                           from its s16.wav
#
# Needs ffmpeg; AMR-NB comes from sox, because ffmpeg has no encoder for it in most builds. What
# cannot be encoded on this machine is named and left out; the exit status is 0 all the same.
set -eu
root=$(dirname "$0")/..
case ${1-} in
    --golden) source=$root/tests/golden/formats/s16.wav folder=$root/tests/golden/formats ;;
    "" | -*)
        echo "usage: $0 FOLDER | --golden" >&2
        exit 2
        ;;
    *) source=$root/audio-samples/golden/utterance.wav folder=$1 ;;
esac
mkdir -p "$folder"

# Bit-exact flags keep dates and versions out. A name that is the source itself is left alone.
encode() {
    name=$1
    shift
    [ "$folder/$name" != "$source" ] || return 0
    if ! ffmpeg -nostdin -v error -y -i "$source" -map_metadata -1 -fflags +bitexact \
        -flags:a +bitexact "$@" "$folder/$name" 2>/dev/null; then
        rm -f "$folder/$name"
        echo "left out: $name: this ffmpeg cannot make it" >&2
    fi
}

# In process.
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
encode opus.ogg -c:a libopus -b:a 16k -page_duration 200000
encode opus.webm -c:a libopus -b:a 16k
encode opus.mp4 -c:a libopus -b:a 16k -movflags +faststart

# Through ffmpeg.
encode gsm.wav -ar 8000 -c:a libgsm_ms
encode bare.gsm -ar 8000 -c:a libgsm
encode wmav2.wma -c:a wmav2 -b:a 24k
encode mp3.flv -ar 22050 -c:a libmp3lame -b:a 32k
encode mp2.ts -ar 16000 -c:a mp2 -b:a 32k
encode mp2.mpg -ar 16000 -c:a mp2 -b:a 32k
encode adpcm.avi -c:a adpcm_ms
encode g722.wav -ar 16000 -c:a g722
encode g723.wav -ar 8000 -c:a g723_1 -b:a 6.3k
encode g726.wav -ar 8000 -c:a g726 -b:a 32k
encode speex.ogg -ar 8000 -c:a libspeex -page_duration 200000
encode ac3.mp4 -ar 32000 -c:a ac3 -b:a 64k
encode alaw.au -c:a pcm_alaw
if command -v sox >/dev/null 2>&1 && sox --help | grep -q amr-nb; then
    sox -R "$source" -r 8000 -C 7 -t amr-nb "$folder/nb.amr"
    ffmpeg -nostdin -v error -y -i "$folder/nb.amr" -c copy -fflags +bitexact "$folder/nb.3gp"
else
    echo "left out: nb.amr, nb.3gp: sox with AMR-NB is not installed" >&2
fi
echo "left out: AMR-WB, G.729, SILK: neither ffmpeg nor sox encodes them here" >&2
