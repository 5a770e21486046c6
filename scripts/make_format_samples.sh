#!/bin/sh
# Makes one file of speech in every format that is decoded.
#
#   scripts/make_format_samples.sh FOLDER   four seconds of audio-samples/golden in every format
#   scripts/make_format_samples.sh --golden the small files of tests/golden/formats, made again
#                                           from its s16.wav
#
# Needs ffmpeg and python3; AMR-NB comes from sox, AMR-WB from libvo-amrwbenc and G.729 from
# libbcg729 (Debian: libvo-amrwbenc0, libbcg729-0), because ffmpeg encodes none of them in most
# builds; what those three make of the utterance lies beside it, for machines without them. What
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

# A file that was made of the utterance where its encoder is at hand, for machines where it is not.
made_before() {
    if [ "$folder" != "$root/tests/golden/formats" ]; then
        cp "$root/audio-samples/golden/utterance.$1" "$folder/$1"
    else
        echo "left out: $1: $2" >&2
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
encode alac.m4a -c:a alac -movflags +faststart
encode alac.caf -c:a alac
if [ "$folder" != "$root/tests/golden/formats" ]; then
    encode alaw.aiff -c:a pcm_alaw -f aiff
    encode vorbis.webm -c:a libvorbis -q:a 3
    encode lc.mkv -c:a aac -b:a 32k
    encode s16.mkv -c:a pcm_s16le
    ffmpeg -nostdin -v error -y -i "$source" -f lavfi -i testsrc=size=64x64:rate=5:duration=4 \
        -map 0:a -map 1:v -c:a aac -b:a 32k -c:v mpeg4 -bitexact "$folder/video.mp4" ||
        echo "left out: video.mp4: this ffmpeg cannot make it" >&2
fi

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
else
    made_before nb.amr "sox with AMR-NB is not installed"
fi
if [ -e "$folder/nb.amr" ]; then
    ffmpeg -nostdin -v error -y -i "$folder/nb.amr" -c copy -fflags +bitexact "$folder/nb.3gp"
fi

# Reads 16-bit PCM from standard input and calls an encoder's library on each frame of it.
by_library() {
    ffmpeg -nostdin -v error -i "$source" -ar "$2" -f s16le - | python3 -c '
import ctypes, struct, sys

codec, path = sys.argv[1:]
pcm = sys.stdin.buffer.read()
coded = ctypes.create_string_buffer(64)
try:
    if codec == "amr-wb":
        library = ctypes.CDLL("libvo-amrwbenc.so.0")
        library.E_IF_init.restype = ctypes.c_void_p
        state = ctypes.c_void_p(library.E_IF_init())
        # Mode 2 is 12.65 kbit/s, what telephones use; the last argument allows comfort noise.
        encode = lambda frame: library.E_IF_encode(state, 2, frame, coded, 1)
        bytes_a_frame, head = 640, b"#!AMR-WB\n"
    else:
        library = ctypes.CDLL("libbcg729.so.0")
        library.initBcg729EncoderChannel.restype = ctypes.c_void_p
        state = ctypes.c_void_p(library.initBcg729EncoderChannel(0))
        length = ctypes.c_uint8()

        def encode(frame):
            library.bcg729Encoder(state, frame, coded, ctypes.byref(length))
            return length.value

        bytes_a_frame, head = 160, b""
except OSError as error:
    sys.exit(str(error))
frames = b""
for at in range(0, len(pcm), bytes_a_frame):
    frame = pcm[at : at + bytes_a_frame].ljust(bytes_a_frame, b"\0")
    length_bytes = encode(frame)
    frames += coded.raw[:length_bytes]
if codec == "g729":
    form = struct.pack("<HHIIHHH", 0x83, 1, 8000, 1000, 10, 0, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(frames)) + frames
    head, frames = b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE", chunks
open(path, "wb").write(head + frames)
' "$1" "$folder/$3" 2>/dev/null || made_before "$3" "the library that encodes it is not installed"
}
by_library amr-wb 16000 wb.awb
by_library g729 8000 g729.wav
# Nobody here encodes SILK, and it is refused by its first bytes: no more than those are made.
printf '\002#!SILK_V3' >"$folder/silk-head.slk"
