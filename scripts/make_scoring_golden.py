#!/usr/bin/env python3
"""Makes the golden numbers of joint scoring and of populations: tests/golden/scoring/*.json.

Needs: pip install numpy scipy

    python3 scripts/make_scoring_golden.py

`joint.json` has the mean of scores and of LLRs for several recordings of one person, with the line
and the bounds of the tests in src/scoring/calibration. `population.json` has embeddings of a probe, a
candidate and a population with how many reach a ratio, each way, with the one-sided Wilson upper
bound of scipy, and each member's mean score with the others.
"""

import json
import pathlib

import numpy as np
from scipy.stats import binomtest

OUT = pathlib.Path(__file__).parent.parent / "tests" / "golden" / "scoring"
LINE, BOUNDS = (20.0, -12.0), (-4.0, 9.0)
SEED = 1


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def rounded(rows):
    """Unit-norm rows as they are written, and as they are computed with."""
    rows = np.round(unit(rows), 9)
    return rows.tolist(), unit(rows)


def llr_of(products):
    return np.clip(LINE[0] * products + LINE[1], *BOUNDS)


def joint(generator):
    cases = []
    for count in [1, 2, 3, 5, 8, 20]:
        for spread in [0.3, 0.8, 2.0]:
            centre = generator.normal(size=16)
            written, vectors = rounded(centre + spread * generator.normal(size=(count, 16)))
            probe, x = rounded(centre + spread * generator.normal(size=16))
            products = vectors @ x
            cases.append({
                "enrolled": written, "probe": probe,
                "score": float(products.mean()), "llr": float(llr_of(products).mean()),
            })
    return {"cases": cases}


def population(generator):
    cases = []
    for count in [30, 57, 200]:
        for spread in [0.5, 0.9, 1.5]:
            centre = generator.normal(size=16)
            written, members = rounded(centre + spread * generator.normal(size=(count, 16)))
            probe, x = rounded(centre + spread * generator.normal(size=16))
            candidate, y = rounded(x + 0.3 * generator.normal(size=16))
            reached = llr_of(x @ y)
            sides = {}
            for name, side in [("probe", x), ("candidate", y)]:
                hits = int(np.sum(llr_of(members @ side) >= reached))
                interval = binomtest(hits, count, alternative="less")
                upper = interval.proportion_ci(0.95, method="wilson").high
                sides[name] = {"reached": hits, "upper": float(upper)}
            products = members @ members.T
            means = (products.sum(1) - np.diag(products)) / (count - 1)
            cases.append({
                "members": written, "probe": probe, "candidate": candidate,
                "llr": float(reached), "sides": sides,
                "mean_with_others": means.tolist(), "probe_mean": float((members @ x).mean()),
            })
    return {"cases": cases}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in [("joint", joint), ("population", population)]:
        text = json.dumps(make(np.random.default_rng(SEED)))
        (OUT / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
