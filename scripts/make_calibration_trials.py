#!/usr/bin/env python3
"""Makes labelled pairs of published speech to train a calibration on.

Needs: pip install numpy scipy soundfile imageio-ffmpeg; ffmpeg with libgsm and libopus (Debian package
ffmpeg); a built voxtrace. Debian's ffmpeg writes no AMR, that of imageio-ffmpeg does.

    python3 scripts/make_calibration_trials.py --speech DIR --out WORK [--channels wide,line,gsm]
    voxtrace calibrate --trials WORK/trials.csv --audio WORK --name NAME --description WORDS \\
        --languages ar,en --out FILE

Speech comes from published sets outside of the demo archive (`--speech DIR` with the folders
arabic-keywords, librispeech-cohort and librispeech-test-other); `--sets asterisk` takes that folder
instead, whose speakers are those of the demo archive and only judge. Each speaker's recordings are cut and
joined into pieces of several lengths, as recorded and through telephone channels of `voxtrace
simulate`. Each folder is a set, and each set weighs the same, whatever its size.

With `--student SET,SET` the people of these sets who trained the student (scripts/student_channels.py)
are in no pair, and pieces.csv marks them.

Two pieces that share a source recording are never a pair, except for the cohort, where each speaker
has one recording only and the pieces are different parts of it. All pairs of one speaker are taken,
and so many of two as `--others` says for each pair of channels, drawn by a fixed seed.
"""

import argparse
import csv
import itertools
import os
import pathlib
import subprocess

import imageio_ffmpeg
import numpy as np
import scipy.signal
import soundfile

RATE = 16_000
CHANNELS = {
    "wide": None,
    "line": "rate:8000,band:300-3400,alaw",
    "g711": "rate:8000,alaw",
    "gsm": "rate:8000,band:300-3400,gsm",
    "mobile": "rate:8000,gsm",
    "amr475": "rate:8000,amr-nb:4.75",
    "amr122": "rate:8000,amr-nb:12.2",
    "opus": "rate:8000,band:300-3400,opus:8",
}
SETS = ["arabic-keywords", "librispeech-cohort", "librispeech-test-other"]
# One person in two languages.
SAME_SPEAKER = {"allison_es": "allison_en"}
SEED = 1


def pieces_of(name, files):
    """(sources, samples) of one speaker; sources name the recordings that are in the piece."""
    audio = [read(path) for path in files]
    if name == "asterisk":
        return joined_prompts(audio)
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


def read(path):
    """Samples at 16 kHz; speech kept at 8 kHz has nothing above 4 kHz afterwards either."""
    samples, rate = soundfile.read(path, dtype="float32")
    return samples if rate == RATE else scipy.signal.resample_poly(samples, RATE, rate)


def joined_prompts(audio):
    """Prompts one after the other until 6 s are there."""
    pieces, sources, parts = [], set(), []
    for index, samples in enumerate(audio):
        sources.add(index)
        parts.append(samples)
        if sum(map(len, parts)) >= 6 * RATE:
            pieces.append((sources, np.concatenate(parts)))
            sources, parts = set(), []
    return pieces


def speakers_of(folder):
    """Files by speaker; the name of the folder, or the first part of the file's name."""
    files = sorted(folder.rglob("*.flac")) + sorted(folder.rglob("*.wav"))
    speakers = {}
    for path in files:
        speaker = path.parent.name if path.parent != folder else path.name.split("-")[0]
        speakers.setdefault(speaker, []).append(path)
    return speakers


def write_pieces(speech, out, sets, trained):
    """Pieces as recorded: set, speaker, sources, file name."""
    found = []
    (out / "wide").mkdir(parents=True, exist_ok=True)
    for folder in sets:
        for speaker, files in speakers_of(speech / folder).items():
            for number, (sources, samples) in enumerate(pieces_of(folder, files)):
                name = f"{folder}-{speaker}-{number}.wav"
                soundfile.write(out / "wide" / name, samples, RATE, subtype="PCM_16")
                person = SAME_SPEAKER.get(speaker, speaker)
                found.append((folder, f"{folder}/{person}", sources, name))
    with open(out / "pieces.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "set", "speaker", "sources", "trained"])
        for set_name, speaker, sources, name in found:
            parts = " ".join(map(str, sorted(sources)))
            writer.writerow([name, set_name, speaker, parts, int(speaker in trained)])
    return found


def who_trained_the_student(speech, sets):
    from student_channels import roles

    trained = {person for person, role in roles(speech).items() if role == "train"}
    return {person for person in trained if person.split("/")[0] in sets}


def pass_through(voxtrace, out, channel, names):
    steps = CHANNELS[channel]
    if steps is None or all((out / channel / name).exists() for name in names):
        return
    environment = dict(os.environ)
    if "amr-nb" in steps:
        environment["VOXTRACE__TRANSCODE__FFMPEG"] = imageio_ffmpeg.get_ffmpeg_exe()
    for start in range(0, len(names), 200):
        files = [str(out / "wide" / name) for name in names[start : start + 200]]
        command = [voxtrace, "simulate", *files, "--steps", steps, "--out", str(out / channel)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


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
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--others", type=int, default=20_000)
    parser.add_argument("--student", default="", help="sets whose people trained a student")
    arguments = parser.parse_args()
    channels, sets = arguments.channels.split(","), arguments.sets.split(",")
    trained = set()
    if arguments.student:
        trained = who_trained_the_student(arguments.speech, arguments.student.split(","))
    pieces = write_pieces(arguments.speech, arguments.out, sets, trained)
    for channel in channels:
        pass_through(arguments.voxtrace, arguments.out, channel, [piece[3] for piece in pieces])
    generator = np.random.default_rng(SEED)
    with open(arguments.out / "trials.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["left", "right", "target", "left_speaker", "right_speaker", "set"])
        for set_name in sets:
            own = [piece for piece in pieces if piece[0] == set_name and piece[1] not in trained]
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
