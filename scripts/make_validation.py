#!/usr/bin/env python3
"""Writes docs/validation.md from what was measured.

    python3 scripts/make_calibration_trials.py --speech DIR --out WORK --channels CHANNELS \\
        --student arabic-keywords,librispeech-cohort
    python3 scripts/make_calibration_trials.py --speech DIR --out JUDGE --sets asterisk --channels CHANNELS
    python3 scripts/train_compensation.py --work WORK --judge JUDGE --rows ROWS --out models/MODEL \\
        --words FEATURES --ridge 5
    voxtrace evaluate --trials JUDGE/trials.csv --audio JUDGE --out EVALUATED
    python3 scripts/make_validation.py --rows ROWS --published PUBLISHED --evaluated EVALUATED

with CHANNELS wide,line,g711,gsm,mobile,amr475,amr122. FEATURES is what scripts/student_channels.py
made. PUBLISHED are rows made alike, without words and ridge, by the network as published (setting
models.embedding) on the pieces of WORK whose speakers did not train. Every number of the document comes
from these files; the sentences about them stand below.
"""

import argparse
import json
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLOTS = {
    "det": "DET: misses against false alarms",
    "tippett": "Tippett: share of pairs with at least an LR",
    "ece": "ECE: the cost of believing the LRs, by prior odds",
    "calibration": "Calibration: the LR given against the one that the data ask for",
    "zoo": "Zoo: each speaker with himself and with others",
}
SETS = {
    "arabic-keywords": "Arabic keywords, 20 people",
    "librispeech-cohort": "LibriSpeech train-clean-100, 38 people",
    "librispeech-test-other": "LibriSpeech test-other, 5 people",
    "asterisk": "Telephone prompts, 7 people, one of them in two languages",
}


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def with_interval(judged, name, scale, digits):
    low, high = (scale * end for end in judged["intervals"][name])
    return f"{scale * judged[name]:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def judgement(judged):
    return [
        judged["group"],
        f"{judged['targets']:,}",
        f"{judged['non_targets']:,}",
        with_interval(judged, "eer", 100, 2),
        with_interval(judged, "fnmr_at_fmr_0_001", 100, 1),
        with_interval(judged, "min_dcf", 1, 3),
        with_interval(judged, "cllr", 1, 3),
        with_interval(judged, "min_cllr", 1, 3),
    ]


def in_short(judged):
    return f"{judged['eer']:.2f}, {judged['own_eer']:.2f} ({judged['fnmr']:.0f})"


def travels(rows, published):
    cells = []
    for row, first in zip(rows, published, strict=True):
        if (row["set"], row["channels"]) != (first["set"], first["channels"]):
            raise ValueError(f"{row['set']}, {row['channels']}: the rows are not of the same pieces")
        cells.append(
            [
                SETS.get(row["set"], row["set"]) if row["channels"] == "all pairs" else "",
                row["channels"],
                f"{row['targets']:,} / {row['others']:,}",
                in_short(first["plain"]),
                in_short(row["plain"]),
                in_short(row["compensated"]),
                f"{row['cllr']:.3f}, {row['least_cllr']:.3f}",
            ]
        )
    head = ["Judged on", "Channels", "Pairs of one / two people", "Published network, plain cosine"]
    return table([*head, "This network, plain", "Compensated", "Cllr, least"], cells)


def left_over(rows, published, channels, name):
    """How much of the published network's errors is left in each set."""
    pairs = [pair for pair in zip(rows, published) if pair[0]["channels"] == channels]
    return [row["compensated"][name] / first["plain"][name] for row, first in pairs]


def spread(found):
    return (
        f"{100 * min(found):.0f} to {100 * max(found):.0f} %, on average "
        f"{100 * sum(found) / len(found):.0f} %"
    )


def shares(rows, published):
    whole = [row for row in rows if row["channels"] == "all pairs"]
    left = lambda channels, name: spread(left_over(rows, published, channels, name))
    over = [row["cllr"] / row["least_cllr"] for row in whole]
    largest = max(rows, key=lambda row: row["cllr"])
    apart = [row["cllr"] - row["least_cllr"] for row in rows]
    return (
        f"Over all pairs of channels {left('all pairs', 'eer')} of the published network's EER by plain "
        f"cosine is left, and {left('all pairs', 'fnmr')} of its FNMR; wideband against telephone "
        f"{left('wide / telephone', 'eer')} of the EER, one telephone channel on both sides "
        f"{left('one telephone channel', 'eer')}.\n"
        f"The Cllr there is {min(over):.2f} to {max(over):.2f} times its least; within single "
        f"groups of channels it lies up to {max(apart):.3f} bit above it, and the largest Cllr of any row is "
        f"{largest['cllr']:.3f}."
    )


def identification(found):
    head = ["FPIR at most", "FPIR", "FNIR", "log10 LR from which a candidate counts"]
    rows = [
        [
            f"{100 * row['fpir_at_most']:g} %",
            f"{100 * row['fpir']:.2f} %",
            f"{100 * row['fnir']:.2f} %",
            f"{row['threshold'] / 2.302585:.2f}",
        ]
        for row in found
    ]
    return table(head, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=pathlib.Path, required=True)
    parser.add_argument("--published", type=pathlib.Path, required=True)
    parser.add_argument("--evaluated", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs" / "validation.md")
    arguments = parser.parse_args()
    rows, published = [json.loads(path.read_text()) for path in (arguments.rows, arguments.published)]
    found = json.loads((arguments.evaluated / "result.json").read_text())
    images = arguments.out.parent / "images" / "validation"
    images.mkdir(parents=True, exist_ok=True)
    for plot in PLOTS:
        shutil.copyfile(arguments.evaluated / f"{plot}.svg", images / f"{plot}.svg")
    facts = found["facts"]
    listed = found["identification"][0]
    head = ["Group", "One person", "Two people", "EER %", "FNMR % at FMR 0.1 %", "min DCF", "Cllr", "min Cllr"]
    parts = [
        f"""<!-- Written by scripts/make_validation.py; do not edit. -->
# Validation

What was measured of the shipped model `{facts['model_id']}` (SHA-256 `{facts['model_sha256']}`) on speakers who trained nothing of what judges them.
[The method](method.md) says what each figure is and on which sources it stands; this page is generated, and the head of its script says by which commands.

## Does it hold for other sets?

Each set of recordings is left out in turn: means, maps and line come from the other sets, without bounds on the LLR, and the set that was left out is judged.
It is the method that is judged here; the shipped compensation and calibration are trained on all sets but the prompts.
People who trained the network are not judged and train no line; they train means and maps.
The prompts train nothing in any case.
Which speech trains the means and maps was decided with the figures of all four sets in sight, which flatters a little ([the method](method.md) says how).
The network as published is judged on the same pieces, cut by its own analysis.
Every piece of speech is there as recorded and through six telephone channels: 300 to 3400 Hz with A-law, A-law, 300 to 3400 Hz with GSM, GSM, AMR-NB at 4.75 and at 12.2 kbit/s.
EER in %, under one threshold for all pairs of channels of the row, and the mean with a threshold for each pair; in brackets the FNMR in % at an FMR of 0.1 %.""",
        travels(rows, published),
        shares(rows, published),
        f"""## The shipped system on people it does not know

The shipped compensation and the calibration `{facts['calibration']}`: the prompts of the demo archive through the same channels, {facts['recordings']} recordings of {found['all'][0]['speakers']} people, by `voxtrace evaluate` from the files on: decoding, speech detection, embedding, compensation, calibration.
One person speaks two languages, and pairs across them count as one person.
All of it was recorded at 8 kHz, so every pair is narrowband.
In brackets: 95 % by drawing speakers anew ({facts['draws']} draws), which with so few speakers is wide and rough.""",
        table(head, [judgement(each) for each in [*found["all"], *found["durations"]]]),
        f"""Groups by net speech of the shorter side are judged where both kinds have 30 pairs.

**Searching a list** [ISO/IEC 19795-1] of {listed['listed']} people, {listed['mated']} searches with the speaker listed and {listed['non_mated']} with him struck off:""",
        identification(found["identification"]),
        "\n".join(f"![{words}](images/validation/{plot}.svg)\n" for plot, words in PLOTS.items()).rstrip(),
        """## What it does not show

- Casework. No set has recordings of one person from different days and telephones: each speaker of LibriSpeech and of the prompts was recorded in one session or studio, which flatters every figure of one person's pairs.
- Other codecs, networks and rooms. Channels are simulated by real coders, without loss, noise or a real network; Opus, EVS and AMR-WB are not among them.
- Languages beyond Arabic, English, Spanish, French, Italian and Russian, of which all but the first two are one to three people each. Mandarin, in which the model was trained, has no set here.
- Emotion, shouting, whispering, disguise, imitation, synthetic speech, illness and age.
- Relatives. Nobody here is known to be related.
- The number of false candidates in a large archive: with seven to some hundred people the rate at which strangers reach a high LR is read from few pairs.
""",
    ]
    arguments.out.write_text("\n\n".join(parts))


if __name__ == "__main__":
    main()
