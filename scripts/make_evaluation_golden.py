#!/usr/bin/env python3
"""Trials with the figures that an independent implementation gives for them: golden numbers.

pip install numpy scikit-learn scipy

    python3 scripts/make_evaluation_golden.py tests/golden/evaluation/trials.json

Scores are drawn for speakers of several kinds: told apart well and badly, scores rounded so that many
are equal, LLRs that claim too much. Rates come from scikit-learn's `roc_curve`, the convex hull from
scipy, pool adjacent violators from scikit-learn's `IsotonicRegression`; the costs are the formulas as
published: Cllr of Brümmer and du Preez 2006, the DCF of NIST SRE 2016, the empirical cross-entropy of Ramos
and Gonzalez-Rodriguez 2013.
"""

import json
import pathlib
import sys

import numpy as np
import scipy.spatial
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_curve

PRIOR = 0.01
# Prior odds of the cross-entropy, log10.
PRIORS = [-2, 0, 1.5]


def draw(rng, speakers, recordings, between, decimals, scale):
    """Voices in six dimensions, scattered by 1 around speakers who lie `between` apart."""
    centres = rng.normal(0, between, (speakers, 6))
    voices = [(s, centres[s] + rng.normal(0, 1, 6)) for s in range(speakers) for _ in range(recordings)]
    trials = []
    for i, (left, a) in enumerate(voices):
        for right, b in voices[i + 1 :]:
            score = scale * (10 - np.sum((a - b) ** 2) / 2)
            trials.append((round(score, decimals), left, right))
    return trials


def hull_eer(false_alarms, misses):
    """Where the lower convex hull of the operating points meets the diagonal."""
    points = np.column_stack([false_alarms, misses])
    points = np.vstack([points, [1, 1]])
    corners = points[scipy.spatial.ConvexHull(points, qhull_options="Qt").vertices]
    corners = corners[np.lexsort((-corners[:, 1], corners[:, 0]))]
    lower = corners[corners.sum(axis=1) <= 1 + 1e-12]
    for (x0, y0), (x1, y1) in zip(lower, lower[1:]):
        if (x0 - y0) * (x1 - y1) <= 0:
            apart = (y0 - x0) + (x1 - y1)
            return y0 + ((y0 - x0) / apart if apart > 0 else 0) * (y1 - y0)
    raise ValueError("the hull does not meet the diagonal")


def cllr(targets, others):
    return 0.5 * (np.mean(np.logaddexp(0, -targets)) + np.mean(np.logaddexp(0, others))) / np.log(2)


def entropy(targets, others, log10_odds):
    """Ramos and Gonzalez-Rodriguez 2013, in bits."""
    odds = 10.0**log10_odds
    prior = odds / (1 + odds)
    with np.errstate(over="ignore"):
        missed = np.mean(np.log2(1 + 1 / (np.exp(targets) * odds)))
        alarmed = np.mean(np.logaddexp(0, others + np.log(odds))) / np.log(2)
    return prior * missed + (1 - prior) * alarmed


def figures(trials):
    scores = np.array([trial[0] for trial in trials])
    same = np.array([left == right for _, left, right in trials])
    false_alarms, passed, _ = roc_curve(same, scores, drop_intermediate=False)
    misses = 1 - passed
    dcf = PRIOR * misses + (1 - PRIOR) * false_alarms
    threshold = np.log((1 - PRIOR) / PRIOR)
    actual = PRIOR * np.mean(scores[same] < threshold) + (1 - PRIOR) * np.mean(scores[~same] >= threshold)
    weights = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum())
    regression = IsotonicRegression(y_min=0, y_max=1).fit(scores, same.astype(float), weights)
    posterior = regression.predict(scores)
    with np.errstate(divide="ignore"):
        best = np.log(posterior) - np.log1p(-posterior)
    return {
        "eer": hull_eer(false_alarms, misses),
        "min_dcf": dcf.min() / PRIOR,
        "act_dcf": actual / PRIOR,
        "fnmr_at_fmr_0_001": misses[false_alarms <= 0.001].min(),
        "cllr": cllr(scores[same], scores[~same]),
        "min_cllr": cllr(best[same], best[~same]),
        "cross_entropy": [[at, entropy(scores[same], scores[~same], at), entropy(best[same], best[~same], at)] for at in PRIORS],
    }


def main():
    rng = np.random.default_rng(2026)
    sets = {
        "well apart": draw(rng, 12, 4, 4.0, 9, 0.5),
        "badly apart": draw(rng, 20, 3, 1.0, 9, 0.7),
        "many equal": draw(rng, 10, 5, 2.5, 0, 1.0),
        "claims too much": draw(rng, 15, 3, 2.0, 6, 6.0),
        "no error": [(3.0, 0, 0), (2.0, 1, 1), (2.5, 2, 2), (-1.0, 0, 1), (-2.0, 1, 2), (-1.5, 0, 2)],
    }
    found = [
        {"name": name, "trials": [list(map(float, trial)) for trial in trials], "figures": figures(trials)}
        for name, trials in sets.items()
    ]
    target = pathlib.Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, separators=(",", ":")) + "\n")
    for each in found:
        print(each["name"], len(each["trials"]), each["figures"])


if __name__ == "__main__":
    main()
