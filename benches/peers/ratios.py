#!/usr/bin/env python3
"""Reads lines of JSON of the stages and the peers, and prints medians and ratios.

Each run of Voxtrace is paired with the peers' runs beside it, so a ratio is the median of the
ratios of runs that shared one state of the machine.
"""

import collections
import json
import statistics
import sys

PAIRS = [
    ("embedding", "voxtrace", "network", "voxtrace"),
    ("network", "voxtrace", "network", "kaldi-onnxruntime"),
    ("embedding", "voxtrace", "network", "kaldi-onnxruntime"),
    ("fbank", "voxtrace", "fbank", "kaldi-onnxruntime"),
    ("fbank_embedding", "voxtrace", "fbank_embedding", "kaldi-onnxruntime"),
    ("fbank_embedding", "voxtrace", "fbank_embedding", "sherpa-onnx"),
]


def main():
    speeds = collections.defaultdict(list)
    for line in sys.stdin:
        run = json.loads(line)
        for stage, speed in run["stages"].items():
            speeds[run["tool"], stage].append(speed)
    print(f"{'tool':<20} {'stage':<16} {'median':>10} {'least':>10} {'most':>10}  x real time")
    for (tool, stage), values in speeds.items():
        median = statistics.median(values)
        print(f"{tool:<20} {stage:<16} {median:>10.1f} {min(values):>10.1f} {max(values):>10.1f}")
    print()
    for stage, tool, other_stage, other in PAIRS:
        pairs = zip(speeds[tool, stage], speeds[other, other_stage])
        ratios = [ours / theirs for ours, theirs in pairs]
        if ratios:
            print(
                f"{tool} {stage} / {other} {other_stage}: {statistics.median(ratios):.3f} "
                f"({min(ratios):.3f} to {max(ratios):.3f})"
            )


if __name__ == "__main__":
    main()
