#!/usr/bin/env python3
"""Trains the calibration of scores to likelihood ratios, by pair of bandwidths.

Needs: pip install numpy scipy soundfile; ffmpeg with libgsm (Debian package ffmpeg).

Speech comes from published sets outside of the demo archive (`--speech DIR` with the folders
arabic-keywords, librispeech-cohort and librispeech-test-other). Each speaker's recordings are cut and
joined into pieces of several lengths, passed through telephone channels, and embedded by the very
binary that the calibration is for (`voxtrace analyse --json --embeddings`), so that front end, speech
detection and measured bandwidth are the same as in use.

Two pieces that share a source recording are never a trial, except for the cohort, where each speaker
has one recording only and the pieces are different parts of it.

The two LibriSpeech sets are one group, the keywords another. Every group weighs the same among targets
and among non-targets, whatever its size, and targets weigh as much as non-targets, so the logistic regression gives a likelihood ratio without a prior
(Brümmer and du Preez 2006, section 6).

An LLR is bounded by what the number of speakers supports: the effective number of pairs of different
speakers above, of target speakers below, each counted with the weights of the groups (Kish, "Survey
Sampling", 1965: the square of the sum of weights over the sum of their squares).

The Cllr in the file is that of speakers who were held out: the speakers are divided in two, each half
is judged by the calibration of the other. What leaving a whole group out gives is printed and belongs
into docs/method.md.
"""

import argparse
import hashlib
import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
from scipy.optimize import minimize

from make_calibration_trials import pieces_of, speakers_of

RATE = 16_000
WORKERS = 2
CHANNELS = {
    "wide": None,
    "alaw": ["-af", "highpass=f=300,lowpass=f=3400", "-ar", "8000", "-c:a", "pcm_alaw", ".wav"],
    "gsm": ["-af", "highpass=f=300,lowpass=f=3400", "-ar", "8000", "-c:a", "libgsm", ".gsm"],
}
PAIRS = ("narrowband_narrowband", "narrowband_wideband", "wideband_wideband")


def channel_file(samples, channel, path):
    wide = path.with_suffix(".wide.wav")
    soundfile.write(wide, samples, RATE, subtype="PCM_16")
    if CHANNELS[channel] is None:
        return wide
    *options, suffix = CHANNELS[channel]
    coded = path.with_suffix(suffix)
    ffmpeg = ["ffmpeg", "-v", "error", "-y"]
    subprocess.run([*ffmpeg, "-i", wide, *options, coded], check=True)
    wide.unlink()
    if suffix == ".wav":
        return coded
    decoded = path.with_suffix(".decoded.wav")
    subprocess.run([*ffmpeg, "-f", "gsm", "-i", coded, "-c:a", "pcm_s16le", decoded], check=True)
    coded.unlink()
    return decoded


def embed(voxtrace, paths):
    """Voice by path, from the binary, for those that have one."""

    def run(batch):
        return subprocess.run(
            [voxtrace, "--json", "analyse", "--embeddings", *map(str, batch)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ).stdout.decode()

    voices = {}
    batches = [paths[start : start + 100] for start in range(0, len(paths), 100)]
    with ThreadPoolExecutor(WORKERS) as workers:
        for text in workers.map(run, batches):
            for line in text.splitlines():
                found = json.loads(line)
                with_print = [v for v in found.get("voices", []) if "embedding" in v]
                if len(with_print) == 1:
                    voices[found["path"]] = with_print[0]
    return voices


def collect(voxtrace, name, folder, work, channels):
    """Embedded pieces of a set: speaker, sources, channel, bandwidth, net speech, embedding."""
    planned = []
    for speaker, files in speakers_of(folder).items():
        for number, (sources, samples) in enumerate(pieces_of(name, files)):
            for channel in channels:
                path = work / f"{name}-{speaker}-{number}-{channel}"
                planned.append((speaker, sources, channel, samples, path))
    with ThreadPoolExecutor(WORKERS) as workers:
        paths = list(workers.map(lambda job: channel_file(job[3], job[2], job[4]), planned))
    jobs = [(*job[:3], path) for job, path in zip(planned, paths)]
    voices = embed(voxtrace, [job[3] for job in jobs])
    found = []
    for speaker, sources, channel, path in jobs:
        voice = voices.get(str(path))
        if voice:
            found.append(
                {
                    "speaker": f"{name}/{speaker}",
                    "sources": sources,
                    "channel": channel,
                    "bandwidth": voice["quality"]["bandwidth"],
                    "net_speech_ms": voice["net_speech_ms"],
                    "embedding": np.array(voice["embedding"]),
                }
            )
    print(f"{name}: {len(found)} of {len(jobs)} pieces have a voiceprint")
    return found


def trials(pieces):
    """(left speaker, right speaker, score) by pair of bandwidths, within one set."""
    matrix = np.stack([piece["embedding"] for piece in pieces])
    scores = matrix @ matrix.T
    speakers = np.array([piece["speaker"] for piece in pieces])
    wide = np.array([piece["bandwidth"] == "wideband" for piece in pieces])
    left, right = np.triu_indices(len(pieces), 1)
    shared = np.array(
        [
            speakers[a] == speakers[b] and bool(pieces[a]["sources"] & pieces[b]["sources"])
            for a, b in zip(left, right)
        ]
    )
    left, right = left[~shared], right[~shared]
    kinds = wide[left].astype(int) + wide[right].astype(int)
    return {
        pair: (
            speakers[left[kinds == kind]],
            speakers[right[kinds == kind]],
            scores[left[kinds == kind], right[kinds == kind]],
        )
        for kind, pair in enumerate(PAIRS)
    }


def weigh(sets):
    """Scores, targets and weights over several sets: each set weighs the same on both sides."""
    score, target, weight = [], [], []
    for left, right, scores in sets:
        same = left == right
        if same.sum() == 0 or (~same).sum() == 0:
            continue
        score.append(scores)
        target.append(same)
        weight.append(np.where(same, 1 / same.sum(), 1 / (~same).sum()))
    score, target, weight = map(np.concatenate, (score, target, weight))
    for side in (target, ~target):
        weight[side] /= weight[side].sum()
    return score, target, weight


def train(sets):
    """Slope and intercept of the logistic regression."""
    score, target, weight = weigh(sets)
    sign = np.where(target, 1.0, -1.0)

    def loss(parameters):
        margin = sign * (parameters[0] * score + parameters[1])
        value = np.sum(weight * np.logaddexp(0, -margin))
        slope = -sign * weight / (1 + np.exp(margin))
        return value, np.array([np.sum(slope * score), np.sum(slope)])

    return minimize(loss, np.array([10.0, -5.0]), jac=True, method="BFGS").x


def cllr(llr, target, weight):
    """Brümmer and du Preez 2006, equation 28, in bits, with weights."""
    cost = np.logaddexp(0, np.where(target, -llr, llr)) / np.log(2)
    return 0.5 * (np.sum(weight[target] * cost[target]) + np.sum(weight[~target] * cost[~target]))


def min_cllr(score, target, weight):
    """Cllr of the best monotone calibration, by pool adjacent violators."""
    order = np.lexsort((~target, score))
    blocks = []
    for is_target, mass in zip(target[order], weight[order]):
        blocks.append([mass if is_target else 0.0, mass])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1][0] += last[0]
            blocks[-1][1] += last[1]
    total = 0.0
    for mass_target, mass in blocks:
        p = mass_target / mass
        if mass_target > 0:
            total += mass_target * np.log2(1 / p)
        if mass - mass_target > 0:
            total += (mass - mass_target) * np.log2(1 / (1 - p))
    return 0.5 * total


def eer(score, target, weight):
    order = np.argsort(score)
    miss = np.cumsum(weight[order] * target[order])
    false = 1 - np.cumsum(weight[order] * ~target[order])
    at = np.argmin(np.abs(miss - false))
    return (miss[at] + false[at]) / 2


def judge(parameters, sets):
    score, target, weight = weigh(sets)
    llr = parameters[0] * score + parameters[1]
    return cllr(llr, target, weight), min_cllr(score, target, weight), eer(score, target, weight)


def half(name):
    return hashlib.sha256(name.encode()).digest()[0] % 2


def of_half(trial, wanted):
    left, right, scores = trial
    keep = np.array([half(a) == wanted and half(b) == wanted for a, b in zip(left, right)])
    return left[keep], right[keep], scores[keep]


def survival(sets):
    """[score, FMR] of non-targets, each set weighing the same."""
    score, target, weight = weigh(sets)
    order = np.argsort(-score[~target])
    scores = score[~target][order]
    rates = np.cumsum(weight[~target][order])
    smallest = max(20 / len(scores), 1e-5)
    table = []
    for wanted in np.geomspace(0.95, smallest, 32):
        at = min(np.searchsorted(rates, wanted), len(scores) - 1)
        point = [round(float(scores[at]), 5), float(f"{rates[at]:.5g}")]
        if not table or (point[0] > table[-1][0] and point[1] < table[-1][1]):
            table.append(point)
    return table


def effective(counts):
    """Effective number of items when each group weighs the same whatever its count."""
    return len(counts) ** 2 / sum(1 / count for count in counts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    parser.add_argument("--model", type=Path, default=Path("models/campplus-zh-en"))
    parser.add_argument("--name", default="first-2026-11")
    arguments = parser.parse_args()
    groups = {
        "keywords": ["arabic-keywords"],
        "librispeech": ["librispeech-cohort", "librispeech-test-other"],
    }
    data = "Arabic keywords; English read speech (LibriSpeech train-clean-100 and test-other)"
    sets, pieces = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for group, names in groups.items():
            found = []
            for name in names:
                found += collect(
                    arguments.voxtrace, name, arguments.speech / name, Path(folder), CHANNELS
                )
            pieces += found
            sets[group] = trials(found)
    for piece in pieces:
        expected = "wideband" if piece["channel"] == "wide" else "narrowband"
        piece["wrong"] = piece["bandwidth"] != expected
    print(f"bandwidth measured otherwise than made: {sum(p['wrong'] for p in pieces)} pieces")

    speakers = sorted({piece["speaker"] for piece in pieces})
    counts = [
        len({p["speaker"] for p in pieces if p["speaker"].split("/")[0] in names})
        for names in groups.values()
    ]
    effective_speakers = effective(counts)
    effective_pairs = effective([count * (count - 1) // 2 for count in counts])
    speech = [piece["net_speech_ms"] for piece in pieces]
    model = (arguments.model / "model.onnx").read_bytes()
    lines = [
        "# Written by scripts/train_calibration.py; do not edit.",
        f'name = "{arguments.name}"',
        f'data = "{data}; as recorded and through A-law and GSM"',
        f'model = "{arguments.model.name}"',
        f'model_sha256 = "{hashlib.sha256(model).hexdigest()}"',
        f"speakers = {len(speakers)}",
        'languages = ["ar", "en"]',
        f"net_speech_ms = [{min(speech)}, {max(speech)}]",
    ]
    for pair in PAIRS:
        all_sets = list(trial[pair] for trial in sets.values())
        parameters = train(all_sets)
        halves = [[of_half(trial, wanted) for trial in all_sets] for wanted in (0, 1)]
        held_out = np.mean(
            [judge(train(halves[0]), halves[1]), judge(train(halves[1]), halves[0])], axis=0
        )
        targets = sum(int((left == right).sum()) for left, right, _ in all_sets)
        non_targets = sum(int((left != right).sum()) for left, right, _ in all_sets)
        zero = -parameters[1] / parameters[0]
        print(
            f"{pair}: {targets} targets, {non_targets} non-targets, LLR 0 at {zero:.3f}; "
            f"held-out speakers Cllr {held_out[0]:.3f}, min {held_out[1]:.3f}, "
            f"EER {100 * held_out[2]:.2f} %"
        )
        for group in groups:
            others = [sets[other][pair] for other in groups if other != group]
            value = judge(train(others), [sets[group][pair]])
            print(
                f"  group left out {group}: Cllr {value[0]:.3f}, min {value[1]:.3f}, "
                f"EER {100 * value[2]:.2f} %"
            )
        lines += [
            "",
            "[[conditions]]",
            f'pair = "{pair}"',
            f"slope = {parameters[0]:.6f}",
            f"intercept = {parameters[1]:.6f}",
            f"llr_min = {-np.log(effective_speakers):.4f}",
            f"llr_max = {np.log(effective_pairs):.4f}",
            f"cllr = {held_out[0]:.4f}",
            f"min_cllr = {held_out[1]:.4f}",
            f"eer = {held_out[2]:.5f}",
            f"targets = {targets}",
            f"non_targets = {non_targets}",
            "survival = [",
            *[f"  [{score}, {rate}]," for score, rate in survival(all_sets)],
            "]",
        ]
    target = arguments.model / "calibration.toml"
    target.write_text("\n".join(lines) + "\n")
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
