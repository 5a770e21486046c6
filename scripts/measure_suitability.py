#!/usr/bin/env python3
"""Errors against net speech, noise and clipping: what `[suitability]` and `[minimum_speech]` stand on.

Needs what `voice_reference.py` needs.

    python3 scripts/measure_suitability.py --set DIR [--non-targets DIR] [--set DIR [--non-targets DIR]]...

Each `--set` has one folder a person with ten recordings at 16 kHz, such as the Arabic speech commands
joined to 5 s, or LibriSpeech test-other; the files of `--non-targets`, one a person, such as
LibriSpeech train-clean-100, are further other people for the set before it ("-" for none). The first
half of a person's recordings is one side of every trial, the second half the other, so that no
recording is on both. Speech is found before anything is added, as the tables are to tell of the
voiceprint and not of the detector. Both sides have the same condition, in two bands: as recorded
("wide"), and 300 to 3400 Hz and A-law at 8 kHz ("telephone"), noise and clipping before the coder.

Tables: equal error rate, and the share of one person's trials missed where 1 % of other people's pass;
means over the sets, each judged by itself. Every second person is kept aside: the thresholds follow
from the half "chosen on" by the rule that is printed with them, the half "kept" shows what becomes of
them. Beside noise stands what WADA-SNR says of it, beside clipping the share of samples at full scale,
since the thresholds are compared with these and not with the truth.
"""

import argparse
import pathlib
import re

import numpy as np
import scipy.signal
from voice_reference import RATE, ROOT, Reference, channels_of, fbank

LENGTHS_S = [1, 1.5, 2, 3, 4, 5, 8, 10, 20]
# Net speech of the pieces with noise and clipping, and of the enrolled side.
PIECE_S = 8
ENROLLED_S = 20
MOST_PIECES = 4
SNRS_DB = [20, 15, 10, 5, 0]
CLIPPED_PERCENT = [0.5, 2, 5, 10, 20, 40]
TALKERS = 8
MOST_NON_TARGETS = 50
BANDS = ("wide", "telephone")
FRAME, SHIFT = 400, 160
FULL_SCALE = 0.99
# The rule: not used from an error rate of 10 % on; caution from twice that of good conditions on, at
# least 1 %, below which the sets cannot tell rates apart.
REJECT, CAUTION_TIMES, CAUTION_LEAST = 0.10, 2, 0.01
GOOD = f"{PIECE_S} s, nothing added"


class Wada:
    """WADA-SNR by the table of the service."""

    def __init__(self):
        text = (ROOT / "src/audio/quality/wada.rs").read_text()
        body = re.search(r"const TABLE[^=]*= \[(.*?)\];", text, re.S).group(1)
        self.table = np.array([float(value) for value in body.split(",") if value.strip()])

    def snr_db(self, samples):
        sizes = np.abs(samples)
        sizes = sizes[sizes >= 1.5e-5]
        statistic = np.log(sizes.mean()) - np.log(sizes).mean()
        return np.interp(statistic, self.table, np.arange(len(self.table)) - 20.0)


class Person:
    """One person's sides: recordings joined, with their stretches of speech."""

    def __init__(self, name, kept):
        self.name, self.kept, self.sides = name, kept, []


def people_of(folder, reference):
    found = []
    for number, directory in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        person = Person(directory.name, number % 2 == 1)
        paths = sorted([*directory.rglob("*.flac"), *directory.rglob("*.wav")])
        for half in (paths[: len(paths) // 2], paths[len(paths) // 2 :]):
            person.sides.append(side_of(half, reference))
        found.append(person)
    return found


def others_of(folder, reference):
    """People with a second side alone."""
    paths = sorted([*folder.rglob("*.flac"), *folder.rglob("*.wav")])
    paths = [paths[index * len(paths) // MOST_NON_TARGETS] for index in range(MOST_NON_TARGETS)]
    for number, path in enumerate(paths):
        person = Person(f"other {path.stem}", number % 2 == 1)
        person.sides = [None, side_of([path], reference)]
        yield person


def side_of(paths, reference):
    signals = [channels_of(path)[0] for path in paths]
    found, start = [], 0
    for signal, stretches in zip(signals, reference.speech(signals)):
        found += [(start + a, start + b) for a, b in stretches]
        start += len(signal)
    return np.concatenate(signals), found


def active_power(signal):
    """Of the 20 ms frames within 30 dB of the loudest."""
    frame = RATE // 50
    powers = np.mean(signal[: len(signal) // frame * frame].reshape(-1, frame) ** 2, axis=1)
    return np.mean(powers[powers > powers.max() / 1000])


def noisy(signal, noise, snr_db):
    return signal + noise * np.sqrt(active_power(signal) / 10 ** (snr_db / 10) / np.mean(noise**2))


def clipped(signal, percent):
    """So loud that this share of the active frames' samples reaches full scale."""
    frame = RATE // 50
    frames = signal[: len(signal) // frame * frame].reshape(-1, frame)
    powers = np.mean(frames**2, axis=1)
    limit = np.quantile(np.abs(frames[powers > powers.max() / 1000]), 1 - percent / 100)
    return np.clip(signal / limit, -1, 1)


def telephone(signal):
    band = scipy.signal.butter(4, [300, 3400], "bandpass", fs=RATE // 2, output="sos")
    passed = scipy.signal.sosfilt(band, scipy.signal.resample_poly(signal, 1, 2))
    return scipy.signal.resample_poly(a_law(passed / max(1, np.abs(passed).max())), 2, 1)


def a_law(signal):
    a = 87.6
    below = 1 + np.log(a)
    size = np.abs(signal)
    code = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / below
    code = (np.floor(np.minimum(code, 0.9999) * 128) + 0.5) / 128 * below
    return np.sign(signal) * np.where(code < 1, code / a, np.exp(code - 1) / a)


def speech_of(signal, stretches):
    """Frames of the speech, and the samples that they come from."""
    signal = signal.astype(np.float32)
    frames = [fbank(signal[start:end]) for start, end in stretches]
    samples = np.concatenate([signal[start : start + len(part) * SHIFT] for (start, _), part in zip(stretches, frames)])
    return np.concatenate(frames), samples


def pieces(frames, seconds):
    """Starts of pieces that share nothing, spread over the frames."""
    length = int(seconds * 100)
    count = min(MOST_PIECES, len(frames) // length)
    room = (len(frames) - count * length) // max(1, count)
    return [(number * (length + room), number * (length + room) + length) for number in range(count)]


def rates(left, right):
    """EER, FNMR at FMR 1 %, and targets; sides are `(people, prints)`."""
    scores = left[1] @ right[1].T
    same = np.array(left[0])[:, None] == np.array(right[0])[None]
    targets, others = np.sort(scores[same]), np.sort(scores[~same])
    thresholds = np.concatenate([targets, others])
    misses = np.searchsorted(targets, thresholds) / len(targets)
    alarms = 1 - np.searchsorted(others, thresholds) / len(others)
    at = others[-max(1, len(others) // 100)]
    return np.min(np.maximum(misses, alarms)), np.searchsorted(targets, at, side="right") / len(targets)


class Bench:
    """Embeds a set in a condition, and judges it."""

    def __init__(self, reference):
        self.reference, self.wada = reference, Wada()
        # Table and row to figures of all people, those chosen on and those kept, by set.
        self.rows = {}

    def embed(self, frames):
        return self.reference.embedding((frames - frames.mean(axis=0, dtype=np.float64)).astype(np.float32))

    def speech(self, people, change):
        """Frames and samples of every side as `change(signal, telephone or not)` leaves it."""
        return [
            [None if side is None else speech_of(change(side[0]), side[1]) for side in person.sides] for person in people
        ]

    def side(self, people, speech, number, seconds):
        """`(people, kept, prints, WADA-SNRs)` of one side's pieces."""
        names, kept, prints, snrs = [], [], [], []
        for person, sides in zip(people, speech):
            if sides[number] is None:
                continue
            frames, samples = sides[number]
            for start, end in pieces(frames, seconds):
                names.append(person.name)
                kept.append(person.kept)
                prints.append(self.embed(frames[start:end]))
                snrs.append(self.wada.snr_db(samples[start * SHIFT : end * SHIFT]))
        return np.array(names), np.array(kept), np.array(prints), snrs

    def judge(self, table, row, left, right, note=None):
        found = []
        for half in (None, False, True):
            chosen = [(np.ones(len(side[0]), bool) if half is None else side[1] == half) for side in (left, right)]
            sides = [(side[0][mask], side[2][mask]) for side, mask in zip((left, right), chosen)]
            found.append(rates(*sides))
        self.rows.setdefault(table, {}).setdefault(row, []).append((found, note))
        eer, fnmr = found[0]
        print(f"{table}, {row}: EER {100 * eer:.2f} %, FNMR {100 * fnmr:.1f} %, {len(left[0])} x {len(right[0])} pieces", flush=True)

    def run(self, people, band):
        to_band = telephone if band == "telephone" else lambda signal: signal
        whole = self.speech(people, to_band)
        enrolled = self.side(people, whole, 0, ENROLLED_S)
        for seconds in LENGTHS_S:
            left, right = (self.side(people, whole, number, seconds) for number in (0, 1))
            self.judge(f"{band}: both sides", f"{seconds} s", left, right)
            if len(enrolled[0]):
                self.judge(f"{band}: against {ENROLLED_S} s enrolled", f"{seconds} s", enrolled, right)

        def condition(table, row, change):
            speech = self.speech(people, change)
            left, right = (self.side(people, speech, number, PIECE_S) for number in (0, 1))
            self.judge(table, row, left, right, list(left[3]) + list(right[3]))

        # The same telephone channel for what is heard through it: noise of the surroundings included.
        condition(f"{band}: noise", GOOD, to_band)
        babble = [side[0] / side[0].std() for person in people for side in person.sides if side is not None]
        for kind in ("white", "babble"):
            for snr_db in SNRS_DB:
                rng = np.random.default_rng(1)

                def add(signal):
                    if kind == "white":
                        noise = rng.normal(0, 1, len(signal))
                    else:
                        voices = rng.choice(len(babble), TALKERS, replace=False)
                        noise = sum(np.roll(np.resize(babble[voice], len(signal)), rng.integers(len(signal))) for voice in voices)
                    return to_band(noisy(signal, noise, snr_db))

                condition(f"{band}: noise", f"{kind} {snr_db} dB", add)
        for percent in CLIPPED_PERCENT:
            condition(f"{band}: clipping", f"{percent} % clipped", lambda signal: to_band(clipped(signal, percent)))

    def report(self):
        for table, rows in self.rows.items():
            noted = "noise" in table
            print(f"\n{table}\n{'':<20}  EER %  FNMR % at FMR 1 %   chosen on: EER, FNMR   kept: EER, FNMR   by set: EER" + ("   WADA-SNR, median (10 to 90 %), dB" if noted else ""))
            for row, sets in rows.items():
                (eer, fnmr), chosen, kept = 100 * np.mean([found for found, _ in sets], axis=0)
                apart = " ".join(f"{100 * found[0][0]:5.2f}" for found, _ in sets)
                line = f"{row:<20}  {eer:5.2f}  {fnmr:6.1f}              {chosen[0]:6.2f}, {chosen[1]:5.1f}       {kept[0]:6.2f}, {kept[1]:5.1f}      {apart}"
                if noted:
                    line += "   " + "; ".join(
                        "{:5.1f} ({:5.1f} to {:5.1f})".format(*np.percentile(note, [50, 10, 90])) for _, note in sets
                    )
                print(line)

    def recommend(self):
        """Least conditions that the rule lets pass, from the half that is chosen on."""

        def eer(table, row, half):
            return np.mean([found[half][0] for found, _ in self.rows[table][row]])

        print(f"\nRule: reject from EER {100 * REJECT:.0f} % on, caution from {CAUTION_TIMES} times that of 8 s with nothing added on, at least {100 * CAUTION_LEAST:.0f} %")
        for table, rows in self.rows.items():
            band = table.split(":")[0]
            good = eer(f"{band}: noise", GOOD, 1)
            caution = max(CAUTION_LEAST, CAUTION_TIMES * good)
            verdicts = []
            for row in rows:
                value = eer(table, row, 1)
                verdict = "reject" if value >= REJECT else "caution" if value >= caution else "accept"
                verdicts.append(f"{row}: {verdict} (kept: {100 * eer(table, row, 2):.1f} %)")
            print(f"{table}, caution from {100 * caution:.1f} % on\n    " + "\n    ".join(verdicts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", type=pathlib.Path, required=True, dest="sets")
    parser.add_argument("--non-targets", action="append", default=[])
    parser.add_argument("--bands", default=",".join(BANDS))
    arguments = parser.parse_args()
    bench = Bench(Reference())
    more = arguments.non_targets + ["-"] * (len(arguments.sets) - len(arguments.non_targets))
    for folder, others in zip(arguments.sets, more):
        people = people_of(folder, bench.reference)
        if others != "-":
            people += others_of(pathlib.Path(others), bench.reference)
        print(f"{folder.name}: {len(people)} people", flush=True)
        for band in arguments.bands.split(","):
            bench.run(people, band)
    bench.report()
    bench.recommend()


if __name__ == "__main__":
    main()
