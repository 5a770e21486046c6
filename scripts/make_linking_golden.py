#!/usr/bin/env python3
"""Golden figures of links and groups: pair counts, B-cubed, false links among the best.

Needs nothing but Python. Counts pair by pair and voice by voice, straight from the definitions
(B-cubed: Bagga and Baldwin, LREC workshop 1998), and writes tests/golden/linking/figures.json.
"""

import itertools
import json
import pathlib
import random

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "linking" / "figures.json"
DEPTHS = [1, 10, 20, 50, 100, 200, 500, 1000, 10000]


def b_cubed(voices, chosen):
    """Precision, recall and F over the chosen voices; nothing without any."""
    if not chosen:
        return None
    precisions, recalls = [], []
    for one in chosen:
        speaker, group, _ = voices[one]
        together = [i for i, v in enumerate(voices) if i == one or (group is not None and v[1] == group)]
        same = [i for i, v in enumerate(voices) if v[0] == speaker]
        both = len(set(together) & set(same))
        precisions.append(both / len(together))
        recalls.append(both / len(same))
    precision = sum(precisions) / len(precisions)
    recall = sum(recalls) / len(recalls)
    return [precision, recall, 2 * precision * recall / (precision + recall)]


def pairs(voices, is_together, counts=lambda a, b: True):
    """Pairs of one speaker, pairs together, and pairs that are both."""
    one, together, right = 0, 0, 0
    for i, j in itertools.combinations(range(len(voices)), 2):
        if not counts(voices[i][2], voices[j][2]):
            continue
        same = voices[i][0] == voices[j][0]
        near = is_together(i, j)
        one += same
        together += near
        right += same and near
    return [one, together, right]


def drawn(seed):
    draw = random.Random(seed)
    count = draw.choice([1, 2, 5, 12, 30, 60])
    bands = ["narrowband", "wideband"]
    voices = [
        [
            f"S-{draw.randrange(max(1, count // 3)):03}",
            draw.choice([None, *range(max(1, count // 3))]),
            draw.choice(bands),
        ]
        for _ in range(count)
    ]
    ends = list(itertools.combinations(range(count), 2))
    chosen = draw.sample(ends, min(len(ends), draw.choice([0, 3, 25, 120])))
    # Coarse ratios, so that some are equal.
    links = [[i, j, draw.randrange(20) / 4] for i, j in chosen]
    linked = {(i, j) for i, j, _ in links}
    in_group = lambda i, j: voices[i][1] is not None and voices[i][1] == voices[j][1]
    best = sorted(links, key=lambda link: (-link[2], link[0], link[1]))
    false = lambda link: voices[link[0]][0] != voices[link[1]][0]
    depths = [d for d in DEPTHS if d < len(best)] + ([len(best)] if best else [])
    return {
        "voices": voices,
        "links": links,
        "pairs": pairs(voices, in_group),
        "link_pairs": pairs(voices, lambda i, j: (i, j) in linked),
        "mixed_pairs": pairs(voices, in_group, lambda a, b: a != b),
        "b_cubed": b_cubed(voices, range(count)),
        "b_cubed_narrowband": b_cubed(voices, [i for i, v in enumerate(voices) if v[2] == "narrowband"]),
        "false_links": [[d, sum(map(false, best[:d]))] for d in depths],
    }


OUT.write_text(json.dumps([drawn(seed) for seed in range(40)]) + "\n", encoding="utf-8")
