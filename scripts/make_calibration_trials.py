#!/usr/bin/env python3
"""Makes labelled pairs of published speech to train a calibration on.

Needs: pip install numpy soundfile; ffmpeg with libgsm and libopus (Debian package ffmpeg); a
built voxtrace.

    python3 scripts/make_calibration_trials.py --speech DIR --out WORK [--channels wide,line,gsm]
    voxtrace calibrate --trials WORK/trials.csv --audio WORK --name NAME --description WORDS \\
        --languages ar,en --out FILE

Speech comes from published sets outside of the demo archive (`--speech DIR` with the folders
arabic-keywords, librispeech-cohort and librispeech-test-other). Each speaker's recordings are cut and
joined into pieces of several lengths, as recorded and through telephone channels of `voxtrace
simulate`. The two LibriSpeech sets are one set, the keywords another: each set weighs the same,
whatever its size.

Two pieces that share a source recording are never a pair, except for the cohort, where each speaker
has one recording only and the pieces are different parts of it. All pairs of one speaker are taken,
and so many of two as `--others` says for each pair of channels, drawn by a fixed seed.
"""

import argparse
import csv
import itertools
import pathlib
import subprocess

import numpy as np
import soundfile

RATE = 16_000
CHANNELS = {
    "wide": None,
    "line": "rate:8000,band:300-3400,alaw",
    "gsm": "rate:8000,band:300-3400,gsm",
    "mobile": "rate:8000,gsm",
    "opus": "rate:8000,band:300-3400,opus:8",
}
SETS = {
    "keywords": ["arabic-keywords"],
    "librispeech": ["librispeech-cohort", "librispeech-test-other"],
}
SEED = 1


def pieces_of(name, files):
    """(sources, samples) of one speaker; sources name the recordings that are in the piece."""
    audio = [soundfile.read(path, dtype="float32")[0] for path in files]
    if name == "librispeech-cohort":
        whole = audio[0]
        cuts = [0, int(3.5 * RATE), len(whole)]
        return [
            ({part}, whole[a:b])
            for part, (a, b) in enumerate(itertools.pairwise(cuts))
            if b - a >= 2 * RATE
        ]
    single = [({index}, audio[index]) for index in range(min(4, len(audio)))]
    short = [({4}, audio[4][: int(3.0 * RATE)])] if len(audio) > 4 else []
    joined = [(4, 5), (6, 7), (0, 1, 2), (5, 6, 7, 8, 9)]
    long = [
        (set(group), np.concatenate([audio[index] for index in group]))
        for group in joined
        if max(group) < len(audio)
    ]
    return single + short + long


def speakers_of(folder):
    """Files by speaker; the name of the folder, or the first part of the file's name."""
    files = sorted(folder.rglob("*.flac")) + sorted(folder.rglob("*.wav"))
    speakers = {}
    for path in files:
        speaker = path.parent.name if path.parent != folder else path.name.split("-")[0]
        speakers.setdefault(speaker, []).append(path)
    return speakers


def write_pieces(speech, out):
    """Pieces as recorded: set, speaker, sources, file name."""
    found = []
    (out / "wide").mkdir(parents=True, exist_ok=True)
    for set_name, folders in SETS.items():
        for folder in folders:
            for speaker, files in speakers_of(speech / folder).items():
                for number, (sources, samples) in enumerate(pieces_of(folder, files)):
                    name = f"{folder}-{speaker}-{number}.wav"
                    soundfile.write(out / "wide" / name, samples, RATE, subtype="PCM_16")
                    found.append((set_name, f"{folder}/{speaker}", sources, name))
    return found


def pass_through(voxtrace, out, channel, names):
    steps = CHANNELS[channel]
    if steps is None:
        return
    for start in range(0, len(names), 200):
        files = [str(out / "wide" / name) for name in names[start : start + 200]]
        command = [voxtrace, "simulate", *files, "--steps", steps, "--out", str(out / channel)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def pairs_of(pieces, left_channel, right_channel, others, generator):
    """Index pairs of one speaker, and of two by chance."""
    count = len(pieces)
    same, different = [], []
    for left, right in itertools.product(range(count), repeat=2):
        # Of one channel each pair comes once.
        if left == right or (left_channel == right_channel and left > right):
            continue
        if pieces[left][1] != pieces[right][1]:
            different.append((left, right))
        elif not pieces[left][2] & pieces[right][2]:
            same.append((left, right))
    if len(different) > others:
        chosen = generator.choice(len(different), others, replace=False)
        different = [different[index] for index in sorted(chosen)]
    return same, different


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    parser.add_argument("--channels", default="wide,line,gsm", help=", ".join(CHANNELS))
    parser.add_argument("--others", type=int, default=20_000)
    arguments = parser.parse_args()
    channels = arguments.channels.split(",")
    pieces = write_pieces(arguments.speech, arguments.out)
    for channel in channels:
        pass_through(arguments.voxtrace, arguments.out, channel, [piece[3] for piece in pieces])
    generator = np.random.default_rng(SEED)
    with open(arguments.out / "trials.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["left", "right", "target", "left_speaker", "right_speaker", "set"])
        for set_name in SETS:
            own = [piece for piece in pieces if piece[0] == set_name]
            for left_channel, right_channel in itertools.combinations_with_replacement(channels, 2):
                pairs = pairs_of(own, left_channel, right_channel, arguments.others, generator)
                for target, chosen in zip((1, 0), pairs):
                    for left, right in chosen:
                        left, right = own[left], own[right]
                        names = [f"{left_channel}/{left[3]}", f"{right_channel}/{right[3]}"]
                        writer.writerow([*names, target, left[1], right[1], set_name])
    print(f"{len(pieces)} pieces, {len(channels)} channels")


if __name__ == "__main__":
    main()
