#!/usr/bin/env python3
"""Judges speaker models on the same pieces of speech through the same channels: plain cosines, and after
the compensation of scripts/train_compensation.py.

Needs: pip install numpy scikit-learn onnxruntime; FEATURES made by scripts/student_channels.py.

    python3 scripts/judge_student.py --features FEATURES --develop A.onnx B.onnx
    python3 scripts/judge_student.py --features FEATURES --rows ROWS.json TEACHER.onnx STUDENT.onnx

The first is for choices and measures plain cosines of the people kept for development; the second is
for the people who judge, once. The compensation is trained for each model on its embeddings of all the
others' pieces, in the seven channels. Each line has the EER in %, in brackets the FNMR in % at an FMR
of 0.1 %, pooled over the pairs of channels under one threshold; "any / X" are pairs of a channel that
trained nothing with the seven and with itself. At the end their means over the sets as % of the first
model's plain ones. Embeddings are kept beside the models, as MODEL.npz.
"""

import argparse
import json
import pathlib

import numpy as np
import onnxruntime
import train_compensation as compensation

SEVEN = compensation.CHANNELS
UNSEEN = ["amr59", "mp3_16"]
# Frames of a piece that are heard; what is longer costs time and hardly helps.
MOST_FRAMES = 3000


class Judged:
    def __init__(self, folder):
        self.folder = folder
        pieces = json.loads((folder / "pieces.json").read_text())
        self.sets, self.speakers, self.roles = [
            np.array([piece[key] for piece in pieces]) for key in ("set", "speaker", "role")
        ]
        self.sources = [set(piece["sources"]) for piece in pieces]
        self.offsets = np.load(folder / "offsets.npy")

    def embed(self, model, channel, rows):
        """Unit-norm embeddings `[N, D]`; each is computed once and kept."""
        kept = pathlib.Path(model).with_suffix(".npz")
        found = dict(np.load(kept)) if kept.exists() else {}
        known = found.setdefault(channel, np.full((len(self.sets), 192), np.nan))
        missing = [row for row in rows if np.isnan(known[row, 0])]
        if missing:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 2
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            session = onnxruntime.InferenceSession(model, options)
            frames = np.load(self.folder / f"{channel}.npy", mmap_mode="r")
            for row in missing:
                feats = frames[self.offsets[row] : self.offsets[row + 1]][:MOST_FRAMES].astype(np.float32)
                known[row] = session.run(None, {"feats": feats[None] - feats.mean(0)})[0][0]
            np.savez(kept, **found)
        return compensation.unit(known[rows])

    def pairs(self, rows):
        """Positions in `rows` of two pieces without a common source, and whether they are one speaker."""
        of = [self.speakers[row] for row in rows], [self.sources[row] for row in rows]
        return compensation.trials(np.zeros(len(rows)), np.array(of[0]), of[1], 0)


def measure(embeddings, pairs):
    """EER and FNMR by group of pairs of channels, of embeddings `[K, N, D]`."""
    groups = {name: compensation.pairs_of_channels(name) for name in compensation.GROUPS}
    for at, name in enumerate(UNSEEN[: len(embeddings) - len(SEVEN)], len(SEVEN)):
        groups[f"any / {name}"] = [(each, at) for each in (*range(len(SEVEN)), at)]
    found = {}
    for name, channels in groups.items():
        dots, kinds = compensation.scores_of(embeddings, pairs, channels)
        scores, same = np.concatenate(dots), np.concatenate(kinds)
        found[name] = [compensation.eer(scores, same), compensation.fnmr(scores, same)]
        found[name] += [int(same.sum()), int((~same).sum())]
    return found


def versions(judged, model, rows):
    """Embeddings `[K, N, D]` plain, and compensated by what those who do not judge give."""
    others = np.flatnonzero(judged.roles != "judge")
    trained = np.array([judged.embed(model, channel, others) for channel in SEVEN])
    parameters = compensation.train(judged.sets[others], trained)
    plain = np.array([judged.embed(model, channel, rows) for channel in SEVEN + UNSEEN])
    return {
        model: plain,
        f"{model} compensated": np.array([compensation.compensate(parameters, x) for x in plain]),
    }


def tell(set_name, name, found):
    for group, (eer, fnmr, targets, others) in found.items():
        print(f"{set_name}; {group}; {name}: {eer:.2f} ({fnmr:.1f}), {targets} / {others} pairs", flush=True)


def tell_means(first, found):
    """Of groups in which the first model errs in every set."""
    for group in next(iter(found[first].values())):
        if all(min(found[first][each][group][:2]) > 0 for each in found[first]):
            for name in found:
                shares = [
                    np.mean([found[name][s][group][k] / found[first][s][group][k] for s in found[name]])
                    for k in (0, 1)
                ]
                print(f"mean; {group}; {name}: {100 * shares[0]:.0f} % ({100 * shares[1]:.0f} %)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=pathlib.Path, required=True)
    parser.add_argument("--develop", action="store_true")
    parser.add_argument("--channels", default=",".join(SEVEN), help="for --develop, wide first")
    parser.add_argument("--rows", type=pathlib.Path, help="what was judged, as JSON")
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    judged = Judged(arguments.features / "judge")
    found = {}
    if arguments.develop:
        SEVEN[:] = arguments.channels.split(",")
    role = "dev" if arguments.develop else "judge"
    for model in arguments.models:
        for set_name in sorted(set(judged.sets[judged.roles == role])):
            rows = np.flatnonzero((judged.sets == set_name) & (judged.roles == role))
            if arguments.develop:
                kinds = {model: np.array([judged.embed(model, channel, rows) for channel in SEVEN])}
            else:
                kinds = versions(judged, model, rows)
            for name, embeddings in kinds.items():
                own = measure(embeddings, judged.pairs(rows))
                found.setdefault(name, {})[set_name] = own
                tell(set_name, name, own)
    tell_means(arguments.models[0], found)
    if arguments.rows:
        arguments.rows.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
