#!/usr/bin/env python3
"""Baseline for who speaks when: clustering in the manner of pyannote.audio, with the same models.

Needs what scripts/voice_reference.py needs. One thread.

    benches/peers/diarization.py SET_DIR OUT_DIR [--threshold T]

SET_DIR holds calls.csv and recordings. OUT_DIR gets an RTTM file a call, and JSON with the seconds
of audio and of processor time goes to standard output.

Steps: windows of 10 s every second go through the segmentation network; its best class in each
frame says which of three local speakers are active. Each local speaker gets an embedding of the
frames in which it speaks alone. Those who speak alone for at least 2 s are clustered by centroid
linkage of unit vectors (Euclidean distance); clusters of few members are dissolved and go, as do
all other local speakers, to the nearest centroid. Windows are then averaged frame by frame, the
rounded mean number of active speakers says how many speak, and the most active clusters are taken.
"""

import argparse
import csv
import dataclasses
import json
import pathlib
import sys
import time

import numpy as np
import scipy.cluster.hierarchy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from voice_reference import RATE, channels_of, fbank, session  # noqa: E402

WINDOW_SECONDS, STEP_SECONDS = 10.0, 1.0
FRAMES, FRAME_STEP, FRAME_LENGTH = 589, 0.016875, 0.0619375
SPEAKERS = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], bool
)
FBANK_STEP, FBANK_MIDDLE = 0.01, 0.0125
BATCH = 8

# Tuned on the development set of scripts/make_diarization_sets.py.
THRESHOLD = 0.65
CLUSTERED_SECONDS = 2.0
# A cluster needs this share of all clustered local speakers, and no more than so many.
SMALLEST_SHARE, SMALLEST_CLUSTER = 0.1, 12
# Fewer frames of the filter bank (0.01 s) than this give no embedding.
FEWEST_FRAMES = 20


@dataclasses.dataclass
class Analysis:
    """Windows of one recording.

    `active` is [W, 589, 3]; `alone` and `embeddings` are by window and local speaker: seconds that
    it speaks alone, and a unit vector or NaN.
    """

    seconds: float
    starts: np.ndarray
    active: np.ndarray
    alone: np.ndarray
    embeddings: np.ndarray


class Networks:
    def __init__(self):
        self.segmentation = session("segmentation-3.0")
        self.embedding = session("campplus-zh-en-telephone")

    def classes(self, signal, starts):
        """Best class of each frame, [W, 589]."""
        window = int(WINDOW_SECONDS * RATE)
        padded = np.zeros(int(starts[-1] * RATE) + window, np.float32)
        padded[: len(signal)] = signal[: len(padded)]
        found = []
        for first in range(0, len(starts), BATCH):
            cuts = [int(round(start * RATE)) for start in starts[first : first + BATCH]]
            waves = np.stack([padded[cut : cut + window] for cut in cuts])[:, None]
            found.append(self.segmentation.run(["powerset"], {"waveform": waves})[0].argmax(axis=2))
        return np.concatenate(found)

    def voice(self, frames):
        frames = (frames - frames.mean(axis=0, dtype=np.float64)).astype(np.float32)
        found = self.embedding.run(["embedding"], {"feats": frames[None]})[0][0]
        return found / np.linalg.norm(found)


def window_starts(seconds, step):
    """Starts of windows, the last of which is the first to reach the end."""
    count = max(int(np.ceil((seconds - WINDOW_SECONDS) / step - 1e-9)), 0) + 1
    return np.arange(count) * step


def analyse(networks, signal, step=STEP_SECONDS):
    seconds = len(signal) / RATE
    starts = window_starts(seconds, step)
    active = SPEAKERS[networks.classes(signal, starts)]
    features = fbank(signal)
    at = np.arange(len(features)) * FBANK_STEP + FBANK_MIDDLE
    embeddings = np.full((len(starts), 3, 192), np.nan, np.float32)
    alone = np.zeros((len(starts), 3))
    for window, start in enumerate(starts):
        first, last = np.searchsorted(at, [start, start + WINDOW_SECONDS])
        frame = np.floor((at[first:last] - start - FRAME_LENGTH / 2) / FRAME_STEP + 0.5)
        frame = np.clip(frame.astype(int), 0, FRAMES - 1)
        single = active[window] & (active[window].sum(axis=1) == 1)[:, None]
        for speaker in range(3):
            chosen = single[frame, speaker]
            alone[window, speaker] = chosen.sum() * FBANK_STEP
            if chosen.sum() < FEWEST_FRAMES:
                chosen = active[window][frame, speaker]
            if chosen.sum() >= FEWEST_FRAMES:
                embeddings[window, speaker] = networks.voice(features[first:last][chosen])
    return Analysis(seconds, starts, active, alone, embeddings)


def cluster(analysis, threshold):
    """Cluster of each window's local speakers, -1 for those without an embedding."""
    known = ~np.isnan(analysis.embeddings[:, :, 0])
    labels = np.full(known.shape, -1)
    if not known.any():
        return labels
    chosen = known & (analysis.alone >= CLUSTERED_SECONDS)
    if not chosen.any():
        chosen = known
    vectors = analysis.embeddings[chosen]
    if len(vectors) == 1:
        found = np.zeros(1, int)
    else:
        tree = scipy.cluster.hierarchy.linkage(vectors, "centroid", "euclidean")
        found = scipy.cluster.hierarchy.fcluster(tree, threshold, "distance") - 1
    least = min(SMALLEST_CLUSTER, max(1, round(SMALLEST_SHARE * len(vectors))))
    sizes = np.bincount(found)
    kept = np.flatnonzero(sizes >= least)
    if len(kept) == 0:
        kept = [sizes.argmax()]
    centroids = np.stack([vectors[found == label].mean(axis=0) for label in kept])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    labels[known] = (analysis.embeddings[known] @ centroids.T).argmax(axis=1)
    return labels


def timeline(analysis, labels, weights=None):
    """Activity of each cluster on the recording's frames, [F, K].

    `weights` [589] says how much the frames of a window count.
    """
    clusters = labels.max() + 1
    weights = np.ones(FRAMES) if weights is None else weights
    offsets = np.rint(analysis.starts / FRAME_STEP).astype(int)
    length = int(offsets[-1]) + FRAMES
    activity, count, covered = np.zeros((length, clusters)), np.zeros(length), np.zeros(length)
    for window, offset in enumerate(offsets):
        span = slice(offset, offset + FRAMES)
        covered[span] += weights
        mine = np.zeros((FRAMES, clusters), bool)
        for speaker, label in enumerate(labels[window]):
            if label >= 0:
                mine[:, label] |= analysis.active[window, :, speaker]
                count[span] += weights * analysis.active[window, :, speaker]
        activity[span] += weights[:, None] * mine
    speaking = np.floor(count / covered + 0.5).astype(int)
    order = np.argsort(-activity, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(clusters)[None], axis=1)
    return (rank < speaking[:, None]) & (activity > 0)


def stretches(mask, seconds):
    """Stretches of one cluster in seconds; a frame stands for the time around its middle."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    times = edges * FRAME_STEP + (FRAME_LENGTH - FRAME_STEP) / 2
    return [(a, min(b, seconds)) for a, b in times.reshape(-1, 2) if a < seconds]


def rows(active, seconds):
    found = [(a, b, f"voice-{k + 1}") for k, mask in enumerate(active.T) for a, b in stretches(mask, seconds)]
    return sorted(found)


def write_rttm(path, found):
    with open(path, "w", encoding="ascii") as file:
        for start, end, name in found:
            times = f"{start:.3f} {end - start:.3f}"
            file.write(f"SPEAKER {path.stem} 1 {times} <NA> <NA> {name} <NA> <NA>\n")


def calls(folder):
    with open(folder / "calls.csv", newline="", encoding="utf-8") as file:
        return [folder / row["path"] for row in csv.DictReader(file)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    networks, audio, used = Networks(), 0.0, 0.0
    for path in calls(given.set):
        signal = channels_of(path)[0]
        start = time.process_time()
        analysis = analyse(networks, signal)
        labels = cluster(analysis, given.threshold)
        active = timeline(analysis, labels) if labels.max() >= 0 else np.zeros((0, 0), bool)
        found = rows(active, analysis.seconds)
        used += time.process_time() - start
        audio += analysis.seconds
        write_rttm(given.out / f"{path.stem}.rttm", found)
    speed = {"audio_s": round(audio, 2), "cpu_s": round(used, 2), "times_real": round(audio / used, 1)}
    print(json.dumps(speed))


if __name__ == "__main__":
    main()
