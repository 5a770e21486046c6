#!/usr/bin/env python3
"""Vectors like real voices, and the search of them by faiss and hnswlib.

Needs `pip install numpy faiss-cpu hnswlib`; `draw` needs what scripts/voice_reference.py needs, too.

    vector_search.py draw --speech FOLDER... --count 100000 --out DIR [--seed 1]
    vector_search.py run DIR [--threads 1] [--exact-only]

`draw` embeds pieces of the recordings of each person (files of one person share what comes before
the first `-` of their names), and draws people from the covariance between people's means and
recordings from the covariance within people, five a person. `DIR/vectors.f32` gets `[N, 192]` unit
vectors, `DIR/probes.f32` further recordings of 256 of those people.

`run` prints JSON: faiss's exact scan (`IndexFlatIP`), and hnswlib with 16 links and 200 candidates
at the least `ef` that reaches recall@10 of 0.99 against the exact scan. The bench `index` prints the
same of Voxtrace for `--vectors DIR`.
"""

import argparse
import json
import pathlib
import sys
import time

import numpy as np

DIMENSIONS = 192
RECORDINGS, PROBES, TOP_K = 5, 256, 10
PIECE_S = 4
EFS = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]
RECALL = 0.99


def draw(arguments):
    embeddings, people = embedded(arguments.speech)
    means = np.stack([embeddings[people == person].mean(0) for person in np.unique(people)])
    rest = np.concatenate(
        [
            embeddings[people == person] - embeddings[people == person].mean(0)
            for person in np.unique(people)
        ]
    )
    freedom = len(rest) - len(means)
    within = rest.T @ rest / freedom
    counts = len(embeddings) / len(means)
    between = np.cov(means.T) - within / counts
    print(
        f"{len(means)} people, {len(embeddings)} pieces; variance between {np.trace(between):.3f}, "
        f"within {np.trace(within):.3f}",
        file=sys.stderr,
    )
    people_root, piece_root = root(between), root(within)
    generator = np.random.default_rng(arguments.seed)
    normal = lambda count: generator.standard_normal((count, DIMENSIONS), np.float32)
    count = arguments.count
    of_people = means.mean(0) + normal(-(-count // RECORDINGS)) @ people_root
    folder = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "vectors.f32", "wb") as file:
        # In blocks, for a million of them are 768 MB.
        for start in range(0, count, 50_000):
            end = min(start + 50_000, count)
            persons = np.arange(start, end) // RECORDINGS
            file.write(unit(of_people[persons] + normal(end - start) @ piece_root).tobytes())
    chosen = generator.choice(len(of_people), PROBES, replace=len(of_people) < PROBES)
    probes = unit(of_people[chosen] + normal(PROBES) @ piece_root)
    (folder / "probes.f32").write_bytes(probes.tobytes())


def embedded(folders):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
    from voice_reference import RATE, Reference, channels_of

    reference = Reference()
    embeddings, people = [], []
    for path in sorted(path for folder in folders for path in folder.rglob("*.flac")):
        signal = channels_of(path)[0]
        pieces = [
            signal[start : start + PIECE_S * RATE]
            for start in range(0, len(signal) - PIECE_S * RATE + 1, PIECE_S * RATE)
        ]
        for piece, speech in zip(pieces, reference.speech(pieces)):
            embedding = reference.voice(piece, speech).embedding
            if embedding is not None:
                embeddings.append(embedding)
                people.append(path.name.split("-")[0])
    return np.stack(embeddings), np.array(people)


def root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T).astype(np.float32)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def run(arguments):
    import faiss

    read = lambda name: np.fromfile(arguments.folder / name, np.float32).reshape(-1, DIMENSIONS)
    vectors, probes = read("vectors.f32"), read("probes.f32")
    faiss.omp_set_num_threads(arguments.threads)
    exact = faiss.IndexFlatIP(DIMENSIONS)
    exact.add(vectors)
    times = []
    truth = []
    for probe in probes:
        start = time.perf_counter()
        truth.append(exact.search(probe[None], TOP_K)[1][0])
        times.append(time.perf_counter() - start)
    report = {
        "voices": len(vectors),
        "exact_best_ms": 1e3 * min(times),
        "exact_median_ms": 1e3 * float(np.median(times)),
    }
    report["tool"] = "faiss"
    print(json.dumps(report), flush=True)
    if arguments.exact_only:
        return
    del exact
    run_hnswlib(vectors, probes, truth, arguments.threads)


def run_hnswlib(vectors, probes, truth, threads):
    import hnswlib

    graph = hnswlib.Index(space="ip", dim=DIMENSIONS)
    graph.init_index(max_elements=len(vectors), M=16, ef_construction=200, random_seed=1)
    graph.set_num_threads(threads)
    start = time.perf_counter()
    graph.add_items(vectors, num_threads=threads)
    report = {"tool": "hnswlib", "voices": len(vectors), "build_s": time.perf_counter() - start}
    for ef in EFS:
        graph.set_ef(ef)
        found, times = 0, []
        for probe, true in zip(probes, truth):
            start = time.perf_counter()
            rows, _ = graph.knn_query(probe[None], TOP_K, num_threads=1)
            times.append(time.perf_counter() - start)
            found += len(set(rows[0]) & set(true))
        report |= {
            "ef": ef,
            "recall_at_10": found / len(probes) / TOP_K,
            "query_median_ms": 1e3 * float(np.median(times)),
        }
        if report["recall_at_10"] >= RECALL:
            break
    print(json.dumps(report))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    drawing = commands.add_parser("draw")
    drawing.add_argument("--speech", type=pathlib.Path, nargs="+", required=True)
    drawing.add_argument("--count", type=int, default=100_000)
    drawing.add_argument("--seed", type=int, default=1)
    drawing.add_argument("--out", type=pathlib.Path, required=True)
    drawing.set_defaults(command=draw)
    running = commands.add_parser("run")
    running.add_argument("folder", type=pathlib.Path)
    running.add_argument("--threads", type=int, default=1)
    running.add_argument("--exact-only", action="store_true")
    running.set_defaults(command=run)
    arguments = parser.parse_args()
    arguments.command(arguments)


if __name__ == "__main__":
    main()
