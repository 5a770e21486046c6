#!/usr/bin/env python3
"""Scored trials with the calibration that an independent implementation trains on them: golden numbers.

pip install numpy scikit-learn

    python3 scripts/make_training_golden.py tests/golden/evaluation/training.json

Two sets of different size and scatter, in three conditions. The line is scikit-learn's unpenalised
`LogisticRegression` over each trial twice, once for either label, weighed by Platt's labels (1999,
section 2.2); the least Cllr comes from its `IsotonicRegression`. Weights, bounds and the division of
the speakers are written down here a second time.
"""

import json
import math
import pathlib
import sys

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

CONDITIONS = ["narrowband_narrowband", "narrowband_wideband", "wideband_wideband"]
SETS = [(14, 2, 0.10), (9, 3, 0.14)]


def draw(rng):
    """Rows of condition, set, left speaker, right speaker, score."""
    rows = []
    for number, condition in enumerate(CONDITIONS):
        first = 0
        for index, (speakers, recordings, scatter) in enumerate(SETS):
            voices = [first + s for s in range(speakers) for _ in range(recordings)]
            first += speakers
            for i, left in enumerate(voices):
                for right in voices[i + 1 :]:
                    middle = (0.65 if left == right else 0.2) - 0.05 * number
                    score = round(middle + rng.normal(0, scatter), 3)
                    rows.append([condition, index, left, right, score])
    return rows


def weights(rows):
    """Rows of sets with both kinds, and the weight of each."""
    sets = {r[1] for r in rows if r[2] == r[3]} & {r[1] for r in rows if r[2] != r[3]}
    rows = [r for r in rows if r[1] in sets]
    count = lambda of, same: sum(r[1] == of and (r[2] == r[3]) == same for r in rows)
    counts = {(of, same): count(of, same) for of in sets for same in (True, False)}
    return rows, np.array([1 / len(sets) / counts[r[1], r[2] == r[3]] for r in rows])


def effective(rows, same):
    found = {}
    for row in rows:
        if (row[2] == row[3]) == same:
            found.setdefault(row[1], set()).add(tuple(sorted(row[2:4])))
    return len(found) ** 2 / sum(1 / len(pairs) for pairs in found.values())


def fit(rows, weight, speakers, pairs):
    same = np.array([r[2] == r[3] for r in rows])
    label = np.where(same, (speakers + 1) / (speakers + 2), 1 / (pairs + 2))
    score = np.array([r[4] for r in rows])[:, None]
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, solver="newton-cholesky")
    model.fit(
        np.vstack([score, score]),
        np.repeat([1, 0], len(rows)),
        np.concatenate([weight * label, weight * (1 - label)]),
    )
    return model.coef_[0, 0], model.intercept_[0], -math.log(speakers), math.log(pairs)


def judge(training, held_out, counted):
    """Trained on the first, judged on the second, with as many speakers as the third has."""
    slope, intercept, low, high = fit(*weights(training), effective(counted, True), effective(counted, False))
    rows, weight = weights(held_out)
    llr = np.clip(slope * np.array([r[4] for r in rows]) + intercept, low, high)
    same = np.array([r[2] == r[3] for r in rows])

    def cllr(llr):
        cost = np.logaddexp(0, np.where(same, -llr, llr)) / math.log(2)
        return 0.5 * np.sum(weight * cost)

    fitted = IsotonicRegression(out_of_bounds="clip").fit(llr, same, weight).predict(llr)
    with np.errstate(divide="ignore"):
        best = np.log(fitted) - np.log1p(-fitted)
    return cllr(llr), cllr(best)


def main():
    rows = draw(np.random.default_rng(20261125))
    golden = []
    for condition in CONDITIONS:
        trials = [r for r in rows if r[0] == condition]
        slope, intercept, low, high = fit(*weights(trials), effective(trials, True), effective(trials, False))
        second = {s for of in (0, 1) for s in sorted({x for r in trials if r[1] == of for x in r[2:4]})[1::2]}
        half = [[r for r in trials if (r[2] in second) == side and (r[3] in second) == side] for side in (False, True)]
        held = np.mean([judge(half[0], half[1], trials), judge(half[1], half[0], trials)], axis=0)
        parts = [([r for r in trials if r[1] != of], [r for r in trials if r[1] == of]) for of in (0, 1)]
        left_out = [judge(others, part, others) for others, part in parts]
        golden.append(
            {
                "condition": condition,
                "slope": slope,
                "intercept": intercept,
                "llr_min": low,
                "llr_max": high,
                "cllr": held[0],
                "min_cllr": held[1],
                "left_out": [list(pair) for pair in left_out],
            }
        )
    lines = ",\n".join(json.dumps(row) for row in rows)
    text = f'{{"golden": {json.dumps(golden, indent=1)},\n"trials": [\n{lines}\n]}}\n'
    pathlib.Path(sys.argv[1]).write_text(text)


if __name__ == "__main__":
    main()
