#!/usr/bin/env python3
"""Joins spoken words in two dozen languages, from Debian's packages, to clips for a student of the
speaker model.

Needs: pip install numpy scipy soundfile; the packages of `SOURCES`, fetched by `apt-get download` and
each unpacked by `dpkg-deb -x` into a folder of its name within DIR.

    python3 scripts/student_words.py --packages DIR --out SPEECH/words

Words of one language and speaker, in the order of their files' names, are joined without pauses to clips
of 6 s or a little more, and written at 16 kHz with one loudness. A language of a package counts as one
voice; several may be in it, which a student that needs no names does not mind. What is not at least
16 kHz, or has nothing above 5 kHz, is left out, since it could not show what a telephone takes away.
"""

import argparse
import pathlib
import re

import numpy as np
import scipy.signal
import soundfile

RATE = 16000
CLIP_S = 6
LOUDNESS = 0.06
# Package, where its words lie, which part of the path names the voice, and most clips of a voice.
# tuxpaint-stamps: GPL-2+; klettres: GPL-2+; fillets-ng: GPL-2+; gcin-voice: GPL-2+.
SOURCES = [
    ("tuxpaint-stamps-default", re.compile(r"_desc_(\w+)\.(?:ogg|wav)$"), 90),
    ("klettres-data", re.compile(r"/klettres/(\w+)/.*\.ogg$"), 30),
    ("fillets-ng-data-cs", re.compile(r"/sound/\w+/(cs)/\w+-(m|v)-[\w-]+\.ogg$"), 60),
    ("fillets-ng-data-nl", re.compile(r"/sound/\w+/(nl)/\w+-(m|v)-[\w-]+\.ogg$"), 60),
    ("gcin-voice", re.compile(r"/(\d)\.ogg$"), 30),
]
HIGH_HZ, LEAST_HIGH_DB = 5000, -45


def word(path):
    """Samples at 16 kHz, or None for what is too short, too narrow or not to be read."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    samples = samples.mean(1)
    if rate < RATE or len(samples) < rate // 5:
        return None
    if rate != RATE:
        common = np.gcd(rate, RATE)
        samples = scipy.signal.resample_poly(samples, RATE // common, rate // common)
    power = np.abs(np.fft.rfft(samples)) ** 2
    at_hz = np.fft.rfftfreq(len(samples), 1 / RATE)
    high, low = power[at_hz > HIGH_HZ].sum(), power[(at_hz > 300) & (at_hz < 4000)].sum()
    if high < 10 ** (LEAST_HIGH_DB / 10) * low or low == 0:
        return None
    return (samples * LOUDNESS / np.sqrt(np.mean(samples**2))).astype(np.float32)


def clips(paths, most):
    held, found = [], []
    for path in paths:
        samples = word(path)
        if samples is None:
            continue
        held.append(samples)
        if sum(map(len, held)) >= CLIP_S * RATE:
            found.append(np.concatenate(held))
            held = []
        if len(found) == most:
            break
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    total = 0
    for package, pattern, most in SOURCES:
        voices = {}
        for path in sorted((arguments.packages / package).rglob("*")):
            if told := pattern.search(str(path)):
                voices.setdefault("-".join((package, *told.groups())), []).append(path)
        for voice, paths in voices.items():
            for number, samples in enumerate(clips(paths, most)):
                folder = arguments.out / voice
                folder.mkdir(parents=True, exist_ok=True)
                peak = max(1, np.abs(samples).max() / 0.99)
                soundfile.write(folder / f"{number:03}.wav", samples / peak, RATE, subtype="PCM_16")
                total += len(samples) / RATE
    print(f"{total / 60:.0f} min")


if __name__ == "__main__":
    main()
