#!/usr/bin/env python3
"""Whole utterance against windows: what the embedding's window limit costs and saves.

pip install numpy soundfile kaldi-native-fbank onnxruntime==1.32.0

python3 scripts/measure_windows.py FOLDER, where FOLDER has one folder a speaker with ten
recordings at 16 kHz. The first five are joined into a probe, the last five are targets one by one.
"""

import pathlib
import resource
import sys
import time

import numpy as np
import soundfile

import make_golden

LIMITS_S = [None, 20, 15, 10, 6, 4]


def windows(frames: int, limit: int | None) -> list[tuple[int, int]]:
    """Equal windows of at most `limit` frames that cover all frames."""
    count = 1 if limit is None else -(-frames // limit)
    edges = [round(i * frames / count) for i in range(count + 1)]
    return list(zip(edges, edges[1:]))


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def eer(targets: np.ndarray, others: np.ndarray) -> float:
    thresholds = np.sort(np.concatenate([targets, others]))
    misses = np.searchsorted(np.sort(targets), thresholds) / len(targets)
    alarms = 1 - np.searchsorted(np.sort(others), thresholds) / len(others)
    return float(np.min(np.maximum(misses, alarms)))


def main() -> int:
    network = make_golden.session("campplus-zh-en")

    def raw(feats: np.ndarray) -> np.ndarray:
        return network.run(["embedding"], {"feats": feats[None]})[0][0]

    speakers = []
    for folder in sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir()):
        recordings = [soundfile.read(p, dtype="float32")[0] for p in sorted(folder.rglob("*.*"))]
        half = len(recordings) // 2
        joined = make_golden.mean_subtracted_fbank(np.concatenate(recordings[:half]))
        singles = [unit(raw(make_golden.mean_subtracted_fbank(r))) for r in recordings[half:]]
        speakers.append((joined, singles))
    seconds = sum(len(joined) for joined, _ in speakers) / 100
    print(f"{len(speakers)} speakers, probes of {seconds / len(speakers):.1f} s on average")
    whole = [unit(raw(joined)) for joined, _ in speakers]
    for limit in LIMITS_S:
        for mean in ("raw", "unit"):
            started = time.perf_counter()
            probes = []
            for joined, _ in speakers:
                parts = windows(len(joined), limit and limit * 100)
                embeddings = [raw(joined[a:b]) for a, b in parts]
                if mean == "unit":
                    embeddings = [unit(e) for e in embeddings]
                probes.append(unit(np.average(embeddings, axis=0, weights=[b - a for a, b in parts])))
            took = time.perf_counter() - started
            targets, others = [], []
            for i, probe in enumerate(probes):
                for j, (_, singles) in enumerate(speakers):
                    (targets if i == j else others).extend(probe @ s for s in singles)
            agreement = np.mean([p @ w for p, w in zip(probes, whole)])
            spread = (np.mean(targets) - np.mean(others)) / np.sqrt((np.var(targets) + np.var(others)) / 2)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"limit {limit or 'none':>4} s, mean of {mean:4}: EER {100 * eer(np.array(targets), np.array(others)):.2f} %, "
                f"d' {spread:.2f}, cosine to whole {agreement:.4f}, {seconds / took:.0f} x real time, "
                f"peak {memory:.0f} MiB"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
