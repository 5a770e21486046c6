#!/usr/bin/env python3
"""Diarization error rate of RTTM files against references, with exact arithmetic.

Needs `pip install numpy scipy`.

    scripts/score_diarization.py REF_DIR HYP_DIR [--collar 0.25] [--calls]
    scripts/score_diarization.py --golden tests/golden/der

Prints JSON. Every time is a whole number of microseconds, so sums are exact.

- Stretches of one speaker that overlap or touch are joined first, in both.
- Not scored is what lies within the collar on either side of a start or an end of a reference
  stretch; all else is scored, speech of several people included. Files have no other bounds.
- In an interval of constant speakers with R in the reference, H in the answer and C of them rightly
  mapped, missed is max(R-H, 0), false alarm max(H-R, 0), confused min(R, H) - C, each times its
  length; the rate is their sum over the sum of R times the length.
- The mapping is one to one and has the greatest scored time in common.
- Speaker counts are those of labels in the files. "too_few" and "too_many" are by how many speakers
  the answer has less or more. Independently of the count, "merged" is the number of people
  whose best label, by scored time in common, is also the best label of a person with more time in
  it; "lost" those of no label at all; "split" the labels that are nobody's best.

`total` sums over calls; a call without an answer file counts as one in which nothing was found.
"""

import argparse
import decimal
import json
import pathlib
import random

import numpy as np
import scipy.optimize

MICROSECONDS = 1_000_000
GOLDEN_SEED = 7
COUNTS = ("calls", "count_right", "too_few", "too_many", "merged", "lost", "split")
TIMES = ("scored_s", "missed_s", "false_alarm_s", "confused_s")


def microseconds(text):
    return int((decimal.Decimal(text) * MICROSECONDS).to_integral_value())


def read_rttm(path):
    """Stretches of each speaker, in microseconds."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if fields and fields[0] == "SPEAKER":
            start = microseconds(fields[3])
            found.setdefault(fields[7], []).append((start, start + microseconds(fields[4])))
    return {name: joined(stretches) for name, stretches in found.items()}


def joined(stretches):
    found = []
    for start, end in sorted(stretches):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def intervals(reference, answer, collar):
    """Scored intervals: `(length, names in the reference, labels in the answer)`."""
    changes = []
    for side, speakers in enumerate((reference, answer)):
        for name, stretches in speakers.items():
            for start, end in stretches:
                changes += [(start, side, name, 1), (end, side, name, -1)]
    for stretches in reference.values():
        for at in (at for stretch in stretches for at in stretch):
            changes += [(at - collar, 2, "collar", 1), (at + collar, 2, "collar", -1)]
    active, last = ({}, {}, {}), None
    for at, side, name, step in sorted(changes):
        if last is not None and at > last and not active[2]:
            yield at - last, frozenset(active[0]), frozenset(active[1])
        last = at
        active[side][name] = active[side].get(name, 0) + step
        if active[side][name] == 0:
            del active[side][name]


def score(reference, answer, collar):
    """Times in seconds and counts of one call."""
    parts = list(intervals(reference, answer, collar))
    names, labels = sorted(reference), sorted(answer)
    shared = np.zeros((len(names), len(labels)), np.int64)
    for length, real, found in parts:
        for name in real:
            for label in found:
                shared[names.index(name), labels.index(label)] += length
    rows, columns = scipy.optimize.linear_sum_assignment(shared, maximize=True)
    right = {(names[row], labels[column]) for row, column in zip(rows, columns)}
    times = dict.fromkeys(TIMES, 0)
    for length, real, found in parts:
        both = sum((name, label) in right for name in real for label in found)
        times["scored_s"] += length * len(real)
        times["missed_s"] += length * max(len(real) - len(found), 0)
        times["false_alarm_s"] += length * max(len(found) - len(real), 0)
        times["confused_s"] += length * (min(len(real), len(found)) - both)
    best = [int(row.argmax()) for row in shared if row.any()]
    result = {name: value / MICROSECONDS for name, value in times.items()}
    result |= {
        "calls": 1,
        "count_right": int(len(names) == len(labels)),
        "too_few": max(len(names) - len(labels), 0),
        "too_many": max(len(labels) - len(names), 0),
        "merged": len(best) - len(set(best)),
        "lost": len(names) - len(best),
        "split": len(labels) - len(set(best)),
    }
    return with_rates(result)


def with_rates(result):
    scored = result["scored_s"]
    rates = {}
    for name in TIMES[1:]:
        rates[name.removesuffix("_s")] = 100 * result[name] / scored if scored else None
    rates["der"] = sum(rates.values()) if scored else None
    return result | {f"{name}_percent": value for name, value in rates.items()}


def total(results):
    names = TIMES + COUNTS
    return with_rates({name: round(sum(one[name] for one in results), 6) for name in names})


def score_folders(reference, answer, collar):
    """Results by call."""
    found = {}
    for path in sorted(reference.glob("*.rttm")):
        other = answer / path.name
        found[path.stem] = score(read_rttm(path), read_rttm(other) if other.exists() else {}, collar)
    return found


def golden_pairs():
    """Pairs of RTTM stretches: made by hand, then drawn."""
    one = {"a": [(0, 4), (6, 9)], "b": [(4.5, 6)]}
    yield "right", one, {"x": [(4.5, 6)], "y": [(0, 4), (6, 9)]}
    yield "merged", one, {"x": [(0, 9)]}
    yield "overlap", {"a": [(0, 5)], "b": [(3, 8), (7.9, 10)]}, {"x": [(0, 4.2)], "y": [(4.1, 9)], "z": [(9, 12)]}
    for index in range(2):
        generator = random.Random(GOLDEN_SEED + index)
        yield f"drawn-{index + 1}", drawn(generator, "abc"), drawn(generator, "wxyz"[: 2 + 2 * index])


def drawn(generator, names):
    found = {name: [] for name in names}
    at = 0.0
    while at < 60:
        name = generator.choice(names)
        length = round(generator.uniform(0.2, 6), 3)
        found[name].append((round(at, 3), round(at + length, 3)))
        at += length + generator.uniform(-0.8, 1.2)
    return {name: stretches for name, stretches in found.items() if stretches}


def write_rttm(path, call, speakers):
    rows = sorted((start, end, name) for name, all_of in speakers.items() for start, end in all_of)
    with open(path, "w", encoding="ascii") as file:
        for start, end, name in rows:
            times = f"{start:.3f} {end - start:.3f}"
            file.write(f"SPEAKER {call} 1 {times} <NA> <NA> {name} <NA> <NA>\n")


def make_golden(out):
    out.mkdir(parents=True, exist_ok=True)
    results = {}
    for call, reference, answer in golden_pairs():
        paths = [out / f"{call}.{side}.rttm" for side in ("reference", "answer")]
        for path, speakers in zip(paths, (reference, answer)):
            write_rttm(path, call, speakers)
        read = [read_rttm(path) for path in paths]
        collars = (0, MICROSECONDS // 4)
        results[call] = {str(c / MICROSECONDS): score(*read, c) for c in collars}
    (out / "expected.json").write_text(json.dumps(results, indent=1) + "\n", encoding="ascii")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=pathlib.Path, nargs="*", metavar="REF_DIR HYP_DIR")
    parser.add_argument("--collar", default="0.25", help="seconds on either side")
    parser.add_argument("--calls", action="store_true", help="print each call, too")
    parser.add_argument("--golden", type=pathlib.Path)
    given = parser.parse_args()
    if given.golden:
        make_golden(given.golden)
        return
    if len(given.folders) != 2:
        parser.error("two folders are needed")
    results = score_folders(*given.folders, microseconds(given.collar))
    if not results:
        parser.error(f"no RTTM file in {given.folders[0]}")
    answer = {"collar_s": float(given.collar), "total": total(list(results.values()))}
    print(json.dumps(answer | ({"calls": results} if given.calls else {}), indent=1))


if __name__ == "__main__":
    main()
