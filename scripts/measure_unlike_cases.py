#!/usr/bin/env python3
"""Measures what ratios are worth for voices unlike those that a calibration was made on, and fits how far
they are drawn toward 0: the constants in src/evaluation/training/validity.rs.

Needs: pip install numpy scipy scikit-learn soundfile; a built voxtrace; the folders that
`scripts/make_calibration_trials.py` made for training (WORK, with the compensation that
`scripts/train_compensation.py --held-out HELD` left) and with `--sets asterisk` for judging (JUDGE).

    python3 scripts/measure_unlike_cases.py --work WORK --held-out HELD --judge JUDGE --out FOLDER

A few pieces of each speaker, as recorded and through the telephone line, are made worse: eight people of
the cohort talking 10, 5 or 0 dB below the speech, white noise 5 dB below or 5 dB above it, 5, 20 or
50 % of the samples clipped, cut to 1.7 or 2.5 s. Each is compared with pieces as recorded, with
pieces of its own channel, and with pieces made worse alike; the calibration beside the model makes the
ratios, within its bounds.

With x the shortness, noise and clipping beyond the calibration's bounds, summed over both sides as
src/scoring/validity.rs has it, the LLR is multiplied by exp(-a x). The factors a make the mean Cllr over the
comparisons of the training sets least, where what lies above 1, worse than no answer, counts
EXCESS times more. The prompts, whose speakers train nothing, judge them.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import tomllib

import numpy as np
import soundfile
from scipy.optimize import minimize
from scipy.signal import resample_poly

from train_compensation import cllr, compensate, eer, least_cllr

RATE = 16_000
PIECES = {"asterisk": 9, "arabic-keywords": 3, "librispeech-test-other": 4}
TALKERS = 8
SEED = 7
BATCH = 100
EXCESS = 3
MAX_OTHERS = 20_000
MIN_TARGETS = 20


def level(samples):
    """Root mean square of the 20 ms frames within 30 dB of the loudest."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    power = np.mean(frames**2, axis=1)
    return np.sqrt(power[power > power.max() * 1e-3].mean())


def under(samples, noise, decibels):
    scale = level(samples) * 10 ** (-decibels / 20) / np.sqrt(np.mean(noise**2))
    return samples + scale * noise


def clipped(samples, share):
    return np.clip(samples / np.quantile(np.abs(samples), 1 - share), -1, 1)


WORSE = {
    "babble 10 dB": lambda x, babble, white: under(x, babble, 10),
    "babble 5 dB": lambda x, babble, white: under(x, babble, 5),
    "babble 0 dB": lambda x, babble, white: under(x, babble, 0),
    "white noise 5 dB": lambda x, babble, white: under(x, white, 5),
    "white noise -5 dB": lambda x, babble, white: under(x, white, -5),
    "5 % clipped": lambda x, babble, white: clipped(x, 0.05),
    "20 % clipped": lambda x, babble, white: clipped(x, 0.20),
    "50 % clipped": lambda x, babble, white: clipped(x, 0.50),
    "1.7 s": lambda x, babble, white: x[: int(1.7 * RATE)],
    "2.5 s": lambda x, babble, white: x[: int(2.5 * RATE)],
}


def read(path):
    samples, rate = soundfile.read(path, dtype="float32")
    return samples if rate == RATE else resample_poly(samples, RATE // rate, 1)


def speech_of(path):
    """The file from where its speech begins, so that what is cut short holds some."""
    samples = read(path)
    first = np.argmax(np.abs(samples) > 0.02 * np.abs(samples).max())
    return samples[max(0, first - RATE // 10) :]


def rows_of(folder):
    with open(folder / "pieces.csv", newline="") as file:
        return [dict(row, folder=folder) for row in csv.DictReader(file)]


def write_worse(work, judge, out):
    """Every piece in every condition: set, speaker, sources, channel, what was done, path."""
    generator = np.random.default_rng(SEED)
    rows = rows_of(judge) + rows_of(work)
    cohort = [row for row in rows if row["speaker"].startswith("librispeech-cohort")]
    taken, found = {}, []
    for row in rows:
        name = row["speaker"].split("/")[0]
        taken[row["speaker"]] = taken.get(row["speaker"], 0) + 1
        if taken[row["speaker"]] > PIECES.get(name, 0):
            continue
        for channel in ("wide", "line"):
            path = row["folder"] / channel / row["name"]
            samples = speech_of(path)
            talkers = generator.choice(len(cohort), TALKERS, replace=False)
            voices = [read(work / "wide" / cohort[index]["name"]) for index in talkers]
            babble = sum(np.resize(x / np.sqrt(np.mean(x**2)), len(samples)) for x in voices)
            white = generator.standard_normal(len(samples))
            facts = [name, row["speaker"], set(row["sources"].split()), channel]
            found.append((*facts, "", path))
            for number, (condition, make) in enumerate(WORSE.items()):
                path = out / f"{channel}-{number}" / row["name"]
                path.parent.mkdir(parents=True, exist_ok=True)
                worse = make(samples, babble, white)
                worse = worse / max(1, np.abs(worse).max())
                soundfile.write(path, worse, RATE, subtype="PCM_16")
                found.append((*facts, condition, path))
    return found


def analyse(voxtrace, paths, kept):
    """The voice with the most speech of each path, kept in a file for the next run."""
    if not kept.exists():
        lines = []
        for start in range(0, len(paths), BATCH):
            command = [voxtrace, "--json", "analyse", "--embeddings", *paths[start : start + BATCH]]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            lines.append(done.stdout.decode())
        kept.write_text("".join(lines))
    found = {}
    for line in kept.read_text().splitlines():
        analysis = json.loads(line)
        voices = [each for each in analysis.get("voices", []) if "embedding" in each]
        if voices:
            found[analysis["path"]] = max(voices, key=lambda each: each["net_speech_ms"])
    return found


def parameters(folder, manifest):
    """What train_compensation.train gave, from its files."""
    channels = tomllib.loads((folder / manifest).read_text())
    channels = channels.get("channels", channels)
    packed = np.load(folder / channels["file"]).astype(float)
    return packed[:, 0], packed[:, 1], np.array(channels["biases"]), packed[:, 2:]


class Voices:
    """Voices of one set, channel and condition."""

    def __init__(self, rows, analyses, compensation):
        rows = [row for row in rows if str(row[5]) in analyses]
        voices = [analyses[str(row[5])] for row in rows]
        self.speakers = np.array([row[1] for row in rows])
        self.sources = [row[2] for row in rows]
        raw = np.array([voice["embedding"] for voice in voices])
        self.embeddings = compensate(compensation, raw) if rows else np.zeros((0, 1))
        quality = [voice["quality"] for voice in voices]
        self.narrow = np.array([each["bandwidth"] == "narrowband" for each in quality])
        self.speech_ms = np.array([voice["net_speech_ms"] for voice in voices], float)
        # What was not measured draws nothing.
        snr = [each["wada_snr_db"] for each in quality]
        self.snr_db = np.array([np.inf if each is None else each for each in snr], float)
        self.clipping = np.array([each["clipping_ratio"] for each in quality], float)

    def beyond(self, validity):
        short = np.log(validity["net_speech_ms"] / self.speech_ms)
        noise = (validity["wada_snr_db"] - self.snr_db) / 10
        clipping = (self.clipping - validity["clipping_ratio"]) / 0.1
        return np.maximum(0, [short, noise, clipping])


def compare(left, right, calibration, generator):
    """LLRs, what lies beyond on both sides, and whether it is one speaker."""
    same = left.speakers[:, None] == right.speakers[None, :]
    shared = np.array([[bool(a & b) for b in right.sources] for a in left.sources]) & same
    usable = np.triu(~shared, 1) if left is right else ~shared
    targets = np.argwhere(usable & same)
    others = np.argwhere(usable & ~same)
    if len(others) > MAX_OTHERS:
        others = others[generator.choice(len(others), MAX_OTHERS, replace=False)]
    i, j = np.concatenate([targets, others]).T
    scores = np.einsum("nd,nd->n", left.embeddings[i], right.embeddings[j])
    llrs = np.empty(len(scores))
    narrow = left.narrow[i].astype(int) + right.narrow[j]
    pairs = ["wideband_wideband", "narrowband_wideband", "narrowband_narrowband"]
    for count, pair in enumerate(pairs):
        of = next(each for each in calibration["conditions"] if each["pair"] == pair)
        found = of["slope"] * scores + of["intercept"]
        llrs = np.where(narrow == count, np.clip(found, of["llr_min"], of["llr_max"]), llrs)
    validity = calibration["validity"]
    beyond = left.beyond(validity)[:, i] + right.beyond(validity)[:, j]
    return llrs, beyond, np.arange(len(i)) < len(targets)


def comparisons(rows, analyses, compensation, calibration):
    generator = np.random.default_rng(SEED)
    groups = {}
    for row in rows:
        groups.setdefault((row[3], row[4]), []).append(row)
    voices = {key: Voices(group, analyses, compensation) for key, group in groups.items()}
    plain = {channel: voices[channel, ""] for channel in ("wide", "line")}
    found = []
    for (channel, condition), worse in voices.items():
        sides = {"as recorded": plain["wide"], "its channel": plain[channel], "alike": worse}
        for name, other in sides.items():
            # Of pieces as recorded each comparison comes once.
            if (channel == "wide" and name == "its channel") or (not condition and name == "alike"):
                continue
            if not len(worse.speakers):
                continue
            trial = compare(other, worse, calibration, generator)
            if trial[2].sum() >= MIN_TARGETS:
                found.append((channel, condition or "nothing", name, trial))
    return found


def drawn(factors, trial):
    llrs, beyond, same = trial
    return cllr(llrs * np.exp(-np.maximum(factors, 0) @ beyond), same)


def loss(factors, found):
    costs = np.array([drawn(factors, trial) for *_, trial in found])
    below_zero = np.minimum(factors, 0) ** 2
    return costs.mean() + EXCESS * np.maximum(0, costs - 1).mean() + below_zero.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--work", "--held-out", "--judge", "--out"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, default=pathlib.Path("models/campplus-zh-en-telephone"))
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    calibration = tomllib.loads((arguments.model / "calibration.toml").read_text())
    rows = write_worse(arguments.work, arguments.judge, arguments.out)
    paths = [str(row[5]) for row in rows]
    analyses = analyse(arguments.voxtrace, paths, arguments.out / "analyses.jsonl")
    found = {}
    for name in PIECES:
        if name == "asterisk":
            compensation = parameters(arguments.model, "model.toml")
        else:
            compensation = parameters(arguments.held_out / name, "channels.toml")
        own = [row for row in rows if row[0] == name]
        found[name] = comparisons(own, analyses, compensation, calibration)
    training = [each for name, own in found.items() if name != "asterisk" for each in own]
    factors = minimize(loss, [0.3] * 3, args=(training,), method="Nelder-Mead").x
    print("net speech, SNR, clipping:", factors.round(3))
    for name, own in (("training sets", training), ("prompts", found["asterisk"])):
        costs = np.array([[drawn(by, trial) for *_, trial in own] for by in (np.zeros(3), factors)])
        print(
            f"{name}: {len(own)} comparisons, mean Cllr {costs[0].mean():.3f} -> {costs[1].mean():.3f}, "
            f"largest {costs[0].max():.2f} -> {costs[1].max():.2f}, "
            f"above 1: {(costs[0] > 1).sum()} -> {(costs[1] > 1).sum()}"
        )
    print("\n| Channel, made worse by | Against | EER % | Least Cllr | Cllr | Drawn |\n|---|---|---|---|---|---|")
    for channel, condition, name, trial in found["asterisk"]:
        figures = [f"{eer(trial[0], trial[2]):.1f}", f"{least_cllr(trial[0], trial[2]):.2f}"]
        figures += [f"{drawn(by, trial):.2f}" for by in (np.zeros(3), factors)]
        print(f"| {channel}, {condition} | {name} | " + " | ".join(figures) + " |")


if __name__ == "__main__":
    main()
