#!/usr/bin/env python3
"""Scored trials with the calibration that an independent implementation trains on them: golden numbers.

pip install numpy scikit-learn

    python3 scripts/make_training_golden.py tests/golden/evaluation/training.json

Two sets of different size, scatter and level, in three conditions, each with a line of its own and all
with one (`shared`). Lines are scikit-learn's unpenalised
`LogisticRegression` over each trial twice, once for either label, weighed by Platt's labels (1999,
section 2.2); the slope is lessened by how far the zeros of the sets lie apart (MacKay 1992). The least
Cllr comes from its `IsotonicRegression`. Weights, bounds, the division of the speakers and the
variance within pairs of people are written down here a second time.
"""

import json
import math
import pathlib
import sys

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

CONDITIONS = ["narrowband_narrowband", "narrowband_wideband", "wideband_wideband"]
# Speakers, recordings of each, scatter, level.
SETS = [(14, 2, 0.10, 0.0), (9, 3, 0.14, 0.06)]


def draw(rng):
    """Rows of condition, set, left speaker, right speaker, score."""
    rows = []
    for number, condition in enumerate(CONDITIONS):
        first = 0
        for index, (speakers, recordings, scatter, level) in enumerate(SETS):
            voices = [first + s for s in range(speakers) for _ in range(recordings)]
            first += speakers
            for i, left in enumerate(voices):
                for right in voices[i + 1 :]:
                    middle = (0.65 if left == right else 0.2) - 0.05 * number + level
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


def line(rows, weight, score, speakers, pairs):
    same = np.array([r[2] == r[3] for r in rows])
    label = np.where(same, (speakers + 1) / (speakers + 2), 1 / (pairs + 2))
    score = score[:, None]
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, solver="newton-cholesky")
    model.fit(
        np.vstack([score, score]),
        np.repeat([1, 0], len(rows)),
        np.concatenate([weight * label, weight * (1 - label)]),
    )
    return model.coef_[0, 0], model.intercept_[0]


def fit(rows, weight, speakers, pairs):
    """The line of all sets laid upon each other, its slope lessened by what is unknown of one more."""
    score = np.array([r[4] for r in rows])
    of_set = np.array([r[1] for r in rows])
    zeros = {}
    for one in set(of_set):
        own = [r for r in rows if r[1] == one]
        of_own = (own, weight[of_set == one], score[of_set == one])
        slope, intercept = line(*of_own, effective(own, True), effective(own, False))
        zeros[one] = -intercept / slope
    if len(zeros) < 2:
        return line(rows, weight, score, speakers, pairs)
    middle = np.mean(list(zeros.values()))
    variance = np.var(list(zeros.values()), ddof=1) * (1 + 1 / len(zeros))
    moved = score + middle - np.array([zeros[one] for one in of_set])
    slope, intercept = line(rows, weight, moved, speakers, pairs)
    lessened = np.sqrt(1 + np.pi / 8 * slope**2 * variance)
    return slope / lessened, intercept / lessened


def scatter(rows):
    """Variance of the score within pairs of people, each set and kind weighing the same."""
    pairs = {}
    for row in rows:
        pairs.setdefault((row[1], row[2] == row[3], *sorted(row[2:4])), []).append(row[4])
    kinds = {}
    for (of, same, *_), scores in pairs.items():
        if len(scores) > 1:
            kinds.setdefault((of, same), []).append(np.array(scores))
    pooled = [
        sum(np.sum((one - one.mean()) ** 2) for one in many) / sum(len(one) - 1 for one in many)
        for many in kinds.values()
    ]
    return float(np.mean(pooled))


def basis(rows, conditions):
    """Trials of the conditions with their weights, each condition weighing the same."""
    parts = [weights([r for r in rows if r[0] == condition]) for condition in conditions]
    weight = np.concatenate([weight / len(parts) for _, weight in parts])
    return sum((part for part, _ in parts), []), weight


def judge(training, held_out, labels, counted, condition, conditions):
    """Trained on the first, judged on the second; the labels stand on as many speakers as the third
    has, the bounds on those of the fourth."""
    slope, intercept = fit(*basis(training, conditions), effective(labels, True), effective(labels, False))
    low, high = -math.log(effective(counted, True)), math.log(effective(counted, False))
    rows, weight = weights([r for r in held_out if r[0] == condition])
    llr = np.clip(slope * np.array([r[4] for r in rows]) + intercept, low, high)
    same = np.array([r[2] == r[3] for r in rows])

    def cllr(llr):
        cost = np.logaddexp(0, np.where(same, -llr, llr)) / math.log(2)
        return 0.5 * np.sum(weight * cost)

    fitted = IsotonicRegression(out_of_bounds="clip").fit(llr, same, weight).predict(llr)
    with np.errstate(divide="ignore"):
        best = np.log(fitted) - np.log1p(-fitted)
    return cllr(llr), cllr(best)


def of_condition(rows, condition, conditions):
    """What a condition gets whose line is trained on the given conditions."""
    own = lambda rows: [r for r in rows if r[0] == condition]
    joined = [r for r in rows if r[0] in conditions]
    slope, intercept = fit(*basis(rows, conditions), effective(joined, True), effective(joined, False))
    trials = own(rows)
    second = {s for of in (0, 1) for s in sorted({x for r in rows if r[1] == of for x in r[2:4]})[1::2]}
    half = [[r for r in rows if (r[2] in second) == side and (r[3] in second) == side] for side in (False, True)]
    judged = [judge(a, b, joined, trials, condition, conditions) for a, b in (half, half[::-1])]
    held = np.mean(judged, axis=0)
    left_out = []
    for of in (0, 1):
        others, part = [r for r in rows if r[1] != of], [r for r in rows if r[1] == of]
        labels = [r for r in others if r[0] in conditions]
        left_out.append(list(judge(others, part, labels, own(others), condition, conditions)))
    return {
        "condition": condition,
        "slope": slope,
        "intercept": intercept,
        "llr_min": -math.log(effective(trials, True)),
        "llr_max": math.log(effective(trials, False)),
        "cllr": held[0],
        "min_cllr": held[1],
        "scatter": scatter(joined),
        "left_out": left_out,
    }


def main():
    rows = draw(np.random.default_rng(20261125))
    golden = [of_condition(rows, condition, [condition]) for condition in CONDITIONS]
    shared = [of_condition(rows, condition, CONDITIONS) for condition in CONDITIONS]
    lines = ",\n".join(json.dumps(row) for row in rows)
    text = f'{{"golden": {json.dumps(golden, indent=1)},\n"shared": {json.dumps(shared, indent=1)},\n"trials": [\n{lines}\n]}}\n'
    pathlib.Path(sys.argv[1]).write_text(text)


if __name__ == "__main__":
    main()
