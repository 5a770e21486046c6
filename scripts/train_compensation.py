#!/usr/bin/env python3
"""Trains what takes the channel out of embeddings: models/MODEL/channels.npy and its golden vector.

Needs: pip install numpy onnxruntime scikit-learn; a built voxtrace; the folder that
`scripts/make_calibration_trials.py --out WORK --channels wide,line,g711,gsm,mobile,amr475,amr122`
made (its list of trials is not used here).

    python3 scripts/train_compensation.py --work WORK --out models/MODEL

The same pieces of speech lie there as recorded (`wide`) and through telephone channels. All are
embedded by the binary itself (`voxtrace analyse --embeddings`). With e the unit-norm embedding:

- A multinomial logistic regression gives p_k(e), the probability of channel k.
- m_k is the mean embedding of channel k, each set of speakers weighing the same.
- A_k is the linear map that takes e - m_k of a piece nearest to e - m_wide of the same piece as
  recorded, by ridge regression towards the identity: the sum over pieces of |A_k x - y|^2, plus
  lambda times the mean square of a dimension of x times |A_k - I|^2, with lambda = `--ridge`.

With `--words FEATURES` the words of scripts/student_words.py, as scripts/student_channels.py passed
them through the channels, train along, each voice a set of its own: two dozen languages more. Their
features go through the network of `--out` here.

The compensated embedding is the sum over k of p_k(e) A_k (e - m_k), scaled to unit norm. It depends on
nothing but the embedding: no channel has to be told.

channels.npy is f32 [K, D + 2, D]: of each channel the mean, the weights of the regression and the map,
one row an output. The biases and the digest go into model.toml by hand; they are printed.

`--held-out FOLDER` also writes, for each set, what the other sets give, as `voxtrace calibrate
--held-out` takes it: so a calibration is trained on scores of speakers that trained nothing of them.

What is printed judges it on speakers of other sets: each set of recordings is left out in
turn, and what the others give is judged on it, beside the plain cosine, over all pairs of channels;
the line of its LLRs is trained on scores whose compensation had not seen their speakers either.
People who trained the network (the student's, which make_calibration_trials.py --student marks) train
the means and maps, but neither the line nor do they judge.
`--judge FOLDER` adds another folder made by make_calibration_trials.py whose speakers train nothing.
"""

import argparse
import csv
import hashlib
import itertools
import json
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

CHANNELS = ["wide", "line", "g711", "gsm", "mobile", "amr475", "amr122"]
# The inverse strength of the regression's penalty. From 3 to 300 nothing changes by more than noise.
C = 30
WORKERS = 2
BATCH = 200
# Of a voice of the words so many clips of at most so many frames, where it has at least so many.
WORD_CLIPS, WORD_FRAMES, LEAST_CLIPS = 8, 700, 4


def embed(voxtrace, paths):
    """Unit-norm embedding by path, of the recordings that have one voice."""

    def run(batch):
        command = [voxtrace, "--json", "analyse", "--embeddings", *map(str, batch)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.stdout.decode().splitlines()

    found = {}
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    with ThreadPoolExecutor(WORKERS) as workers:
        for line in itertools.chain.from_iterable(workers.map(run, batches)):
            analysis = json.loads(line)
            voices = [each for each in analysis.get("voices", []) if "embedding" in each]
            if len(voices) == 1:
                found[analysis["path"]] = np.array(voices[0]["embedding"])
    return found


def load(voxtrace, work):
    """Pieces that have an embedding in every channel: folder, speaker, sources and [K, N, D]."""
    with open(work / "pieces.csv", newline="") as file:
        pieces = list(csv.DictReader(file))
    kept = work / "embeddings.npz"
    if not kept.exists():
        paths = [work / channel / piece["name"] for channel in CHANNELS for piece in pieces]
        found = embed(voxtrace, paths)
        rows = [
            [found.get(str(work / channel / piece["name"])) for channel in CHANNELS]
            for piece in pieces
        ]
        whole = [index for index, row in enumerate(rows) if all(each is not None for each in row)]
        embeddings = np.array([rows[index] for index in whole]).transpose(1, 0, 2)
        np.savez(kept, whole=whole, embeddings=embeddings)
    data = np.load(kept)
    pieces = [pieces[index] for index in data["whole"]]
    speakers = np.array([piece["speaker"] for piece in pieces])
    sources = [set(piece["sources"].split()) for piece in pieces]
    return np.array([each.split("/")[0] for each in speakers]), speakers, sources, data["embeddings"]


def of_trained(work):
    """Whether each of these pieces is of a speaker who trained the network."""
    with open(work / "pieces.csv", newline="") as file:
        pieces = list(csv.DictReader(file))
    whole = np.load(work / "embeddings.npz")["whole"]
    return np.array([pieces[index].get("trained") == "1" for index in whole])


def words(features, network):
    """Voices and embeddings [K, N, D] of some clips of each, which are not judged."""
    clips = json.loads((features / "train" / "clips.json").read_text())
    offsets = np.load(features / "train" / "offsets.npy")
    voices = {}
    for index, name in enumerate(clips):
        if name.startswith("words/"):
            voices.setdefault(name, []).append(index)
    draw = np.random.default_rng(0)
    chosen = [
        (name, index)
        for name, own in voices.items()
        if len(own) >= LEAST_CLIPS
        for index in draw.permutation(own)[:WORD_CLIPS]
    ]
    session = onnxruntime.InferenceSession(network)
    found = []
    for channel in CHANNELS:
        frames = np.load(features / "train" / f"{channel}.npy", mmap_mode="r")
        for _, index in chosen:
            feats = frames[offsets[index] : offsets[index + 1]][:WORD_FRAMES].astype(np.float32)
            found.append(session.run(None, {"feats": (feats - feats.mean(0))[None]})[0][0])
    names = np.array([name for name, _ in chosen])
    return names, unit(np.array(found, float)).reshape(len(CHANNELS), len(names), -1)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def train(sets, embeddings, also=None, ridge_lambda=1.0):
    """Means [K, D], weights [K, D], biases [K] and maps [K, D, D]; `also` are more sets and their
    embeddings."""
    if also:
        sets, embeddings = np.concatenate([sets, also[0]]), np.concatenate([embeddings, also[1]], axis=1)
    channels, count, size = embeddings.shape
    names = sorted(set(sets))
    share = np.array([1 / (sets == each).sum() for each in sets])
    means = np.array(
        [np.mean([rows[sets == name].mean(0) for name in names], axis=0) for rows in embeddings]
    )
    classes = np.repeat(np.arange(channels), count)
    weight = np.tile(share, channels)
    regression = LogisticRegression(C=C, max_iter=1000)
    regression.fit(
        embeddings.reshape(-1, size), classes, sample_weight=weight * len(weight) / weight.sum()
    )
    maps = []
    target = embeddings[0] - means[0]
    for rows, mean in zip(embeddings, means):
        source = rows - mean
        square = (source * share[:, None]).T @ source
        cross = (source * share[:, None]).T @ target
        ridge = ridge_lambda * np.trace(square) / size * np.eye(size)
        maps.append(np.linalg.solve(square + ridge, cross + ridge).T)
    return means, regression.coef_, regression.intercept_, np.array(maps)


def compensate(parameters, rows):
    means, weights, biases, maps = parameters
    logits = rows @ weights.T + biases
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    moved = [(rows - mean) @ each.T for mean, each in zip(means, maps)]
    return unit(np.einsum("nk,knd->nd", shares, np.array(moved)))


def scored_apart(sets, embeddings, **more):
    """The embeddings compensated, each set by what the others give: what trained a compensation is no
    measure of what it makes of others."""
    moved = np.empty(embeddings.shape)
    for name in sorted(set(sets)):
        parameters = train(sets[sets != name], embeddings[:, sets != name], **more)
        moved[:, sets == name] = [compensate(parameters, rows) for rows in embeddings[:, sets == name]]
    return moved


def trials(sets, speakers, sources, name, kept=True):
    """Index pairs of a set among the pieces that are kept, and whether they are one speaker. Parts of
    one recording are a pair only in the cohort, which has one recording of each speaker."""
    pairs = [
        (left, right, speakers[left] == speakers[right])
        for left, right in itertools.permutations(np.flatnonzero((sets == name) & kept), 2)
        if speakers[left] != speakers[right] or not sources[left] & sources[right]
    ]
    left, right, same = np.array(pairs).T
    return left, right, same.astype(bool)


def eer(scores, same):
    order = np.argsort(scores, kind="stable")
    labels = same[order]
    misses = np.cumsum(labels) / labels.sum()
    alarms = 1 - np.cumsum(~labels) / (~labels).sum()
    at = np.argmin(np.abs(misses - alarms))
    return 50 * (misses[at] + alarms[at])


def fnmr(scores, same, fmr=1e-3):
    return 100 * np.mean(scores[same] < np.quantile(scores[~same], 1 - fmr))


GROUPS = {
    "all pairs": lambda i, j: True,
    "wide / telephone": lambda i, j: (i == 0) != (j == 0),
    "one telephone channel": lambda i, j: i == j > 0,
    "two telephone channels": lambda i, j: i != j and i > 0 < j,
    "wide / wide": lambda i, j: i == j == 0,
}


def pairs_of_channels(group):
    count = range(len(CHANNELS))
    return [(i, j) for i in count for j in count if i <= j and GROUPS[group](i, j)]


def scores_of(rows, pairs, channels):
    """Scores of each pair of channels, with whether they are of one speaker; within one channel each
    pair of pieces comes once."""
    left, right, same = pairs
    once = left < right
    dots, kinds = [], []
    for i, j in channels:
        of = once if i == j else np.ones_like(once)
        dots.append(np.einsum("nd,nd->n", rows[i][left[of]], rows[j][right[of]]))
        kinds.append(same[of])
    return dots, kinds


def line(rows, sets, speakers, sources, kept=True):
    """Slope and intercept over all pairs of channels; sets, channels and both kinds weigh the same. As
    `voxtrace calibrate` does it: the sets are laid upon each other at their zeros, and the slope is
    lessened by what is unknown of the zero of a further one."""
    channels = pairs_of_channels("all pairs")
    by_set, zeros = [], []
    for name in sorted(set(sets)):
        dots, kinds = scores_of(rows, trials(sets, speakers, sources, name, kept), channels)
        scores, labels, weights = [], [], []
        for dot, same in zip(dots, kinds):
            for kind in (True, False):
                of_kind = dot[same == kind]
                scores.append(of_kind)
                labels.append(np.full(len(of_kind), kind))
                weights.append(np.full(len(of_kind), 1 / len(of_kind)))
        by_set.append(tuple(map(np.concatenate, (scores, labels, weights))))
        slope, intercept = regression(*by_set[-1])
        zeros.append(-intercept / slope)
    middle, count = np.mean(zeros), len(zeros)
    variance = np.var(zeros, ddof=1) * (1 + 1 / count) if count > 1 else 0.0
    moved = [scores + middle - zero for (scores, _, _), zero in zip(by_set, zeros)]
    labels, weights = (np.concatenate([each[at] for each in by_set]) for at in (1, 2))
    slope, intercept = regression(np.concatenate(moved), labels, weights)
    lessened = np.sqrt(1 + np.pi / 8 * slope**2 * variance)
    return slope / lessened, intercept / lessened


def regression(scores, labels, weights):
    """Slope and intercept of a logistic regression."""
    model = LogisticRegression(C=np.inf, max_iter=1000)
    model.fit(scores[:, None], labels, weights * len(weights) / weights.sum())
    return model.coef_[0, 0], model.intercept_[0]


def cllr(llr, same):
    costs = [np.logaddexp(0, -llr[same]), np.logaddexp(0, llr[~same])]
    return sum(cost.mean() for cost in costs) / 2 / np.log(2)


def least_cllr(llr, same):
    weights = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum())
    fitted = IsotonicRegression(out_of_bounds="clip").fit(llr, same, weights).predict(llr)
    with np.errstate(divide="ignore"):
        return cllr(np.log(fitted) - np.log1p(-fitted), same)


def judge(name, plain, moved, pairs, fitted):
    """One row a group of channel pairs: EER pooled under one threshold, mean EER of each pair of
    channels under its own, and FNMR, of the plain cosine and compensated; Cllr and least Cllr of the
    line that the other sets gave."""
    found = []
    for group in GROUPS:
        channels = pairs_of_channels(group)
        row = {"set": name, "channels": group}
        for kind, rows in (("plain", plain), ("compensated", moved)):
            dots, kinds = scores_of(rows, pairs, channels)
            labels, scores = np.concatenate(kinds), np.concatenate(dots)
            row[kind] = {
                "eer": eer(scores, labels),
                "own_eer": np.mean([eer(dot, same) for dot, same in zip(dots, kinds)]),
                "fnmr": fnmr(scores, labels),
            }
        llr = fitted[0] * scores + fitted[1]
        row |= {"cllr": cllr(llr, labels), "least_cllr": least_cllr(llr, labels)}
        row |= {"targets": int(labels.sum()), "others": int((~labels).sum())}
        print(json.dumps(row), flush=True)
        found.append(row)
    return found


def write(folder, files, parameters, golden_input):
    """Numbers and golden vector under the given names; returns the lines that describe them."""
    means, weights, biases, maps = parameters
    packed = np.concatenate([means[:, None], weights[:, None], maps], axis=1).astype("<f4")
    np.save(folder / files[0], packed)
    np.save(folder / files[1], compensate(parameters, golden_input).astype("<f4"))
    digest = hashlib.sha256((folder / files[0]).read_bytes()).hexdigest()
    lines = [
        f'file = "{files[0]}"',
        f'sha256 = "{digest}"',
        "names = " + json.dumps(CHANNELS),
        "biases = [" + ", ".join(f"{each:.6f}" for each in biases) + "]",
        f'golden = "{files[1]}"',
    ]
    return "\n".join(lines) + "\n"


def golden(out):
    raw = np.load(out / "golden" / "embedding.npy").astype(float).reshape(1, -1)
    return unit(raw)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--judge", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--held-out", type=pathlib.Path)
    parser.add_argument("--rows", type=pathlib.Path, help="what was judged, as JSON")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    parser.add_argument("--words", type=pathlib.Path)
    parser.add_argument("--ridge", type=float, default=1.0)
    arguments = parser.parse_args()
    sets, speakers, sources, embeddings = load(arguments.voxtrace, arguments.work)
    unseen = ~of_trained(arguments.work)
    more = {"ridge_lambda": arguments.ridge}
    if arguments.words:
        more["also"] = words(arguments.words, arguments.out / "model.onnx")
    print(f"{len(sets)} pieces of {len(set(speakers))} speakers in {len(CHANNELS)} channels\n")
    judged = []
    for name in sorted(set(sets)):
        kept = sets != name
        parameters = train(sets[kept], embeddings[:, kept], **more)
        if arguments.held_out:
            folder = arguments.held_out / name
            folder.mkdir(parents=True, exist_ok=True)
            files = ["channels.npy", "compensated.npy"]
            lines = write(folder, files, parameters, golden(arguments.out))
            (folder / "channels.toml").write_text(lines)
        moved = np.array([compensate(parameters, rows) for rows in embeddings])
        others = [each for each, keep in zip(sources, kept) if keep]
        apart = scored_apart(sets[kept], embeddings[:, kept], **more)
        fitted = line(apart, sets[kept], speakers[kept], others, unseen[kept])
        pairs = trials(sets, speakers, sources, name, unseen)
        judged += judge(name, embeddings, moved, pairs, fitted)
    parameters = train(sets, embeddings, **more)
    fitted = line(scored_apart(sets, embeddings, **more), sets, speakers, sources, unseen)
    for folder in arguments.judge:
        own_sets, own_speakers, own_sources, rows = load(arguments.voxtrace, folder)
        moved = np.array([compensate(parameters, each) for each in rows])
        for name in sorted(set(own_sets)):
            pairs = trials(own_sets, own_speakers, own_sources, name)
            judged += judge(name, rows, moved, pairs, fitted)
    if arguments.rows:
        arguments.rows.write_text(json.dumps(judged, indent=1))
    files = ["channels.npy", "golden/compensated.npy"]
    print("\n" + write(arguments.out, files, parameters, golden(arguments.out)))


if __name__ == "__main__":
    main()
