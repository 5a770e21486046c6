#!/usr/bin/env python3
"""Measures how often a population is warned of, by the mean score of a voice with it.

Needs: pip install numpy scikit-learn; the folders that `scripts/train_compensation.py` embedded.

    python3 scripts/measure_population_check.py --work WORK --judge PROMPTS

A population is one piece of each speaker of a set, all through one channel. Warned of is a voice whose
mean score with it lies outside the central 99 % of the mean scores of its own voices with all others.
Printed is the share of warned voices: of the speakers' other pieces, their own speaker left out,
through the same channel and through another one, and of the speakers of other sets.
"""

import argparse
import pathlib

import numpy as np

from train_compensation import CHANNELS, compensate, load, train

ORDINARY = 0.99
# Fewer speakers than this make no population (setting populations.min_voices).
LEAST = 30


def ordinary(rows):
    """Ends of the central share of each row's mean product with all others."""
    means = np.sort((rows @ rows.sum(0) - np.sum(rows * rows, 1)) / (len(rows) - 1))
    tail = int((1 - ORDINARY) / 2 * (len(means) - 1))
    return means[tail], means[len(means) - 1 - tail]


def warned(population, owners, probes, speakers):
    low, high = ordinary(population)
    found = []
    for probe, speaker in zip(probes, speakers):
        mean = (population[owners != speaker] @ probe).mean()
        found.append(not low <= mean <= high)
    return np.mean(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--judge", type=pathlib.Path, required=True)
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    arguments = parser.parse_args()
    sets, speakers, _, embeddings = load(arguments.voxtrace, arguments.work)
    parameters = train(sets, embeddings)
    own_sets, own_speakers, _, own = load(arguments.voxtrace, arguments.judge)
    rows = np.concatenate(
        [
            [compensate(parameters, each) for each in embeddings],
            [compensate(parameters, each) for each in own],
        ],
        axis=1,
    )
    sets, speakers = np.concatenate([sets, own_sets]), np.concatenate([speakers, own_speakers])
    first = np.array([np.flatnonzero(speakers == each)[0] for each in sorted(set(speakers))])
    print("population | same set and channel | same set, other channel | other sets, same channel")
    for name in sorted(set(sets)):
        members = first[sets[first] == name]
        if len(members) < LEAST:
            continue
        others = np.setdiff1d(np.flatnonzero(sets == name), members)
        shares = []
        for channel in range(len(CHANNELS)):
            population, owners = rows[channel][members], speakers[members]
            row = [warned(population, owners, rows[channel][others], speakers[others])]
            away = [each for each in range(len(CHANNELS)) if each != channel]
            row.append(
                np.mean(
                    [warned(population, owners, rows[each][others], speakers[others]) for each in away]
                )
            )
            for other in sorted(set(sets) - {name}):
                there = sets == other
                row.append(warned(population, owners, rows[channel][there], speakers[there]))
            shares.append(row)
        foreign = sorted(set(sets) - {name})
        means = " | ".join(f"{100 * each:.1f} %" for each in np.mean(shares, axis=0))
        print(f"{name}, {len(members)} voices: {means}  (other sets: {', '.join(foreign)})")


if __name__ == "__main__":
    main()
