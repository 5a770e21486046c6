#!/usr/bin/env bash
# Fetches ONNX Runtime's shared library into .deps/onnxruntime, pinned by hash.
# Idempotent: does nothing when the library is there with the right hash.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VERSION=1.32.0
DESTINATION=.deps/onnxruntime

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

sha256_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum "$1" | cut -d' ' -f1
    else
        shasum -a 256 "$1" | cut -d' ' -f1
    fi
}

# The library is the same in the wheels of every Python version, so it has one hash a platform.
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64)
        PLATFORM=manylinux_2_28_x86_64 LIBRARY=libonnxruntime.so
        SHA256=6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f ;;
    Linux-aarch64 | Linux-arm64)
        PLATFORM=manylinux_2_28_aarch64 LIBRARY=libonnxruntime.so
        SHA256=49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a ;;
    Darwin-arm64)
        PLATFORM=macosx_14_0_arm64 LIBRARY=libonnxruntime.dylib
        SHA256=fa585fabbea65b823b9a8f7e27d46aee3989d1be7e36b528203d3a1fd613aae7 ;;
    *)
        fail "no pinned ONNX Runtime for $(uname -s) $(uname -m): put libonnxruntime $VERSION into $DESTINATION, or set ORT_DYLIB_PATH" ;;
esac

STAMP="$DESTINATION/stamp"
EXPECTED_STAMP="onnxruntime $VERSION $PLATFORM $SHA256"

is_complete() {
    [ -f "$DESTINATION/$LIBRARY" ] && [ -f "$STAMP" ] \
        && [ "$(cat "$STAMP")" = "$EXPECTED_STAMP" ] \
        && [ "$(sha256_of "$DESTINATION/$LIBRARY")" = "$SHA256" ]
}

if is_complete; then
    say "ONNX Runtime $VERSION is in $DESTINATION: nothing to do"
    exit 0
fi

# Any Python 3 with pip will do; its version does not matter.
python3 -m pip --version >/dev/null 2>&1 \
    || fail "python3 with pip is needed once: apt-get install python3-pip python3-venv (or put libonnxruntime $VERSION into $DESTINATION yourself)"

WORK="$(mktemp -d)"
trap 'rm -rf "$WORK"' EXIT

download() {
    python3 -m pip download --quiet --disable-pip-version-check --no-deps \
        --only-binary=:all: --require-hashes -r scripts/onnxruntime.txt -d "$WORK" "$@"
}

say "fetching the onnxruntime $VERSION wheel for $PLATFORM (about 28 MB)"
if ! download --platform "$PLATFORM" --python-version 3.12 --implementation cp --abi cp312; then
    say "that wheel was not to be had; trying the one for this Python"
    download || fail "onnxruntime $VERSION could not be fetched from the package index: is the network there?"
fi

say "taking $LIBRARY out of it"
python3 - "$WORK" <<'PYTHON'
import pathlib, re, shutil, sys, zipfile

work = pathlib.Path(sys.argv[1])
wheel = next(work.glob("onnxruntime-*.whl"))
name_of_library = re.compile(r"onnxruntime/capi/libonnxruntime\.(so\.[\d.]+|[\d.]+dylib)")
with zipfile.ZipFile(wheel) as archive:
    name = next(name for name in archive.namelist() if name_of_library.fullmatch(name))
    with archive.open(name) as source, open(work / "library", "wb") as target:
        shutil.copyfileobj(source, target)
    for notice in ("LICENSE", "ThirdPartyNotices.txt"):
        (work / notice).write_bytes(archive.read(f"onnxruntime/{notice}"))
PYTHON

found="$(sha256_of "$WORK/library")"
[ "$found" = "$SHA256" ] || fail "the library has SHA-256 $found, expected $SHA256"

mkdir -p "$DESTINATION"
# The library is renamed into place, so that a killed set-up leaves none half written.
cp "$WORK/library" "$DESTINATION/.$LIBRARY.$$"
mv -f "$DESTINATION/.$LIBRARY.$$" "$DESTINATION/$LIBRARY"
cp "$WORK/LICENSE" "$WORK/ThirdPartyNotices.txt" "$DESTINATION/"
printf '%s\n' "$EXPECTED_STAMP" > "$STAMP"
say "ONNX Runtime $VERSION is in $DESTINATION"
