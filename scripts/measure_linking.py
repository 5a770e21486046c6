#!/usr/bin/env python3
"""How right automatic links and groups are on published speech, by set and by pair of bandwidths.

Needs a built voxtrace, and folders made by `scripts/make_calibration_trials.py` (its pieces, not its
trials).

    python3 scripts/measure_linking.py --work WORK --work JUDGE --out FOLDER \\
        [--channels wide,line,g711,gsm,mobile,amr475,amr122]

An archive is made in FOLDER of each set's people who trained nothing, and one of all of them. Each piece
of speech is in it once, through one channel drawn by a fixed seed, as a recording of a case of its own;
of pieces that share a source recording the longest stay. So every link of one person must come from the
voice, across words and mostly across channels. `voxtrace ingest` analyses and links as in service, and
`voxtrace links evaluate` says how right it is. Prints JSON, an object a set.
"""

import argparse
import csv
import json
import pathlib
import random
import subprocess

CHANNELS = "wide,line,g711,gsm,mobile,amr475,amr122"
SEED = 1


def pieces_of(work):
    """Pieces of people who trained nothing, each source once: set, speaker, file name."""
    with open(work / "pieces.csv", newline="") as file:
        pieces = [piece for piece in csv.DictReader(file) if piece["trained"] != "1"]
    taken, chosen = {}, []
    # The cohort has one recording of each person, and its pieces are different parts of it.
    by_length = sorted(pieces, key=lambda piece: -(work / "wide" / piece["name"]).stat().st_size)
    for piece in by_length:
        sources = set(piece["sources"].split())
        used = taken.setdefault(piece["speaker"], set())
        if not used & sources:
            used |= sources
            chosen.append((piece["set"], piece["speaker"], piece["name"]))
    return sorted(chosen)


def measure(voxtrace, out, rows):
    """What `links evaluate` says of an archive of (path, speaker)."""
    out.mkdir(parents=True)
    with open(out / "manifest.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "case_no"])
        writer.writerows((path, f"L-{number:05}") for number, (path, _) in enumerate(rows))
    with open(out / "truth.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "channel", "speaker"])
        writer.writerows((path, 0, speaker) for path, speaker in rows)
    data = ["--data", out / "data"]
    # 1: a piece with too little speech for a voice is told, and the others are in.
    ingested = subprocess.run([voxtrace, "ingest", out / "manifest.csv", *data], capture_output=True)
    if ingested.returncode not in (0, 1):
        raise SystemExit(ingested.stderr.decode())
    subprocess.run([voxtrace, "links", "run", *data], check=True, capture_output=True)
    command = [voxtrace, "--json", "links", "evaluate", "--truth", out / "truth.csv", *data]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, action="append", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--channels", default=CHANNELS)
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    arguments = parser.parse_args()
    draw, channels = random.Random(SEED), arguments.channels.split(",")
    by_set = {}
    for work in arguments.work:
        for name, speaker, piece in pieces_of(work.resolve()):
            path = work.resolve() / draw.choice(channels) / piece
            by_set.setdefault(name, []).append((path, speaker))
    everybody = [row for rows in by_set.values() for row in rows]
    for name, rows in [*by_set.items(), ("all", everybody)]:
        found = measure(arguments.voxtrace, arguments.out / name, rows)
        print(json.dumps({"set": name, "recordings": len(rows), **found}), flush=True)


if __name__ == "__main__":
    main()
