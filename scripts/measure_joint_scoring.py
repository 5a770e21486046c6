#!/usr/bin/env python3
"""Measures how several recordings of one subject are scored jointly, with a line made on single pairs.

Needs: pip install numpy scikit-learn; the folder that `scripts/train_compensation.py` embedded, and
one whose speakers train nothing (`--judge`).

    python3 scripts/measure_joint_scoring.py --work WORK --judge PROMPTS [--rows FILE]

A probe is compared with N enrolled recordings of one speaker. With e_i the compensated embeddings of
those, x that of the probe, m the mean of the e_i, q = |m|^2 and s the mean of the products x e_i:

- `first`: the first recording alone, which is what N = 1 gives.
- `mean`: s. `centroid`: s / |m|. `max`: the largest product. Each through the line.
- `scaled`: the line at s, divided by |m|: the slope of the centroid with the zero of the mean.
- `mean LLR`: the mean of the LLRs, each within its bounds. `sum LLR`: their sum, within the bounds.
- `Gaussian`: the LLR of two covariances that are multiples of the identity, a share B between
  speakers and 1 - B within, for which the line is exactly the case of N = 1 (q = 1):
  LLR = D (B (s - B) / (q - B^2) - ln(1 - B^2 / q) / 2), q at least B + (1 - B) / N.
  B and D are those of which N = 1 gives the line's slope and zero; nothing else is trained.

Recordings are drawn by a fixed seed; none shares a source with the probe. Three ways:

- `one channel`: N recordings without a common source, all through one channel.
- `mixed`: the same, each through a channel drawn anew.
- `copies`: one recording through N channels, which adds next to nothing that is new.

Each set of speakers is left out in turn, and what the others train is judged on it. What is printed
has EER, Cllr with the least Cllr, and the share of pairs of two speakers with log10 LR above 1.
"""

import argparse
import json
import pathlib

import numpy as np

from train_compensation import (
    CHANNELS, cllr, compensate, eer, least_cllr, line, load, train,
)

COUNTS = [1, 2, 4, 8]
WAYS = ["one channel", "mixed", "copies"]
SEED = 1
# Pairs of one speaker drawn for each probe, and of two.
DRAWS = 8
BOUNDS = np.array([-2.02, 3.23]) * np.log(10)


def model_of(slope, intercept):
    """B and D of which a single pair gives the line: the zero of the line by bisection, then D."""
    zero = -intercept / slope
    low, high = 1e-6, 1 - 1e-6
    for _ in range(100):
        between = (low + high) / 2
        at = between + (1 - between**2) / (2 * between) * np.log1p(-(between**2))
        low, high = (between, high) if at < zero else (low, between)
    return between, slope * (1 - between**2) / between


def gaussian_llr(fitted, mean, square, count):
    """LLR of a mean product and the squared norm of the mean of `count` embeddings."""
    between, size = model_of(*fitted)
    square = np.maximum(square, between + (1 - between) / count)
    shift = between * (mean - between) / (square - between**2)
    return size * (shift - np.log1p(-(between**2) / square) / 2)


def llrs_of(fitted, products, square):
    """LLRs by way of scoring; `products` [T, N] with the enrolled, `square` [T] of their mean."""
    slope, intercept = fitted
    count = products.shape[1]
    mean = products.mean(1)
    on_line = lambda scores: np.clip(slope * scores + intercept, *BOUNDS)
    return {
        "first": on_line(products[:, 0]),
        "mean": on_line(mean),
        "centroid": on_line(mean / np.sqrt(square)),
        "max": on_line(products.max(1)),
        "mean LLR": on_line(products).mean(1),
        "sum LLR": np.clip(on_line(products).sum(1), *BOUNDS),
        "scaled": np.clip((slope * mean + intercept) / np.sqrt(square), *BOUNDS),
        "Gaussian": np.clip(gaussian_llr(fitted, mean, square, count), *BOUNDS),
    }


def enrolled(generator, pieces, sources, probe, count, way):
    """`count` indices (channel, piece) without a source of the probe's; none where there are too few."""
    free = [each for each in generator.permutation(pieces) if not sources[each] & sources[probe]]
    channels = generator.integers(len(CHANNELS), size=count)
    if way == "copies":
        if not free or count > len(CHANNELS):
            return None
        return [(channel, free[0]) for channel in generator.permutation(len(CHANNELS))[:count]]
    chosen, taken = [], set()
    for each in free:
        if not sources[each] & taken:
            chosen.append(each)
            taken |= sources[each]
    if len(chosen) < count:
        return None
    if way == "one channel":
        channels[:] = channels[0]
    return list(zip(channels, chosen[:count]))


def drawn(rows, sets, speakers, sources, name, count, way):
    """Products [T, N], squared norm of the mean [T], whether one speaker [T]."""
    generator = np.random.default_rng(SEED)
    own = np.flatnonzero(sets == name)
    by_speaker = {each: own[speakers[own] == each] for each in sorted(set(speakers[own]))}
    names = list(by_speaker)
    products, squares, same = [], [], []
    for probe in own:
        others = [each for each in names if each != speakers[probe]]
        asked = [speakers[probe]] * DRAWS + list(generator.choice(others, DRAWS * 2))
        for speaker in asked:
            # Numbers of sources count each speaker's own recordings.
            is_same = speaker == speakers[probe]
            theirs = sources if is_same else [set() if each == probe else found
                                              for each, found in enumerate(sources)]
            found = enrolled(generator, by_speaker[speaker], theirs, probe, count, way)
            if found is None:
                continue
            vectors = np.array([rows[channel][piece] for channel, piece in found])
            x = rows[generator.integers(len(CHANNELS))][probe]
            products.append(vectors @ x)
            squares.append(np.sum(vectors.mean(0) ** 2))
            same.append(is_same)
    return np.array(products), np.array(squares), np.array(same, dtype=bool)


def judge(name, fitted, rows, sets, speakers, sources):
    found = []
    for way in WAYS:
        for count in COUNTS:
            products, squares, same = drawn(rows, sets, speakers, sources, name, count, way)
            if same.sum() < 50 or (~same).sum() < 50:
                continue
            for kind, llr in llrs_of(fitted, products, squares).items():
                found.append({
                    "set": name, "way": way, "count": count, "score": kind,
                    "eer": eer(llr, same), "cllr": cllr(llr, same),
                    "least_cllr": least_cllr(llr, same),
                    "false_above_10": float(np.mean(llr[~same] > np.log(10))),
                    "targets": int(same.sum()), "others": int((~same).sum()),
                })
                print(json.dumps(found[-1]), flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--judge", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--rows", type=pathlib.Path, help="what was judged, as JSON")
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    arguments = parser.parse_args()
    sets, speakers, sources, embeddings = load(arguments.voxtrace, arguments.work)
    judged = []
    for name in sorted(set(sets)):
        kept = sets != name
        parameters = train(sets[kept], embeddings[:, kept])
        moved = np.array([compensate(parameters, rows) for rows in embeddings])
        others = [each for each, keep in zip(sources, kept) if keep]
        fitted = line(moved[:, kept], sets[kept], speakers[kept], others)
        print(json.dumps({"left_out": name, "line": fitted, "model": model_of(*fitted)}))
        judged += judge(name, fitted, moved, sets, speakers, sources)
    parameters = train(sets, embeddings)
    moved = np.array([compensate(parameters, rows) for rows in embeddings])
    fitted = line(moved, sets, speakers, sources)
    for folder in arguments.judge:
        own_sets, own_speakers, own_sources, rows = load(arguments.voxtrace, folder)
        moved = np.array([compensate(parameters, each) for each in rows])
        for name in sorted(set(own_sets)):
            judged += judge(name, fitted, moved, own_sets, own_speakers, own_sources)
    if arguments.rows:
        arguments.rows.write_text(json.dumps(judged, indent=1))


if __name__ == "__main__":
    main()
