#!/usr/bin/env python3
"""A whole service over an archive of a million voices.

Needs `pip install numpy`; VECTORS is drawn by `benches/peers/vector_search.py draw`.

    large_archive.py fill DATA VECTORS COUNT     # into an archive with one analysed recording
    large_archive.py run VOXTRACE DATA FILE [--rounds 20]

`fill` writes COUNT recordings of one voice each into the tables that a search reads, with the
embeddings of VECTORS and everything else as the one analysed recording has it. They have no blobs and
no rows in the audit trail: the folder is for measuring, not for cases.

`run` starts `VOXTRACE serve` and prints JSON: how long it takes from the start until every voice can
be found, without a snapshot and with one; how long searches take, whole and narrowed; how long FILE's
link job takes, which searches its voices and proposes links; how much memory the process keeps.
"""

import argparse
import contextlib
import json
import pathlib
import sqlite3
import statistics
import subprocess
import time
import urllib.request
import uuid

import numpy as np

DIMENSIONS = 192
PORT = 18_097
API = f"http://127.0.0.1:{PORT}/api/v1"
# Patience, in seconds.
START, ANALYSIS = 900, 300


def fill(arguments):
    database = sqlite3.connect(arguments.data / "voxtrace.db")
    database.executescript("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF;")
    database.row_factory = sqlite3.Row
    voice = database.execute(
        "SELECT voices.*, model, provenance_id FROM voices "
        "JOIN voiceprints ON voice_id = voices.id LIMIT 1"
    ).fetchone()
    recording = database.execute(
        "SELECT * FROM recordings WHERE id = ?", (voice["recording_id"],)
    ).fetchone()
    vectors = np.fromfile(arguments.vectors / "vectors.f32", np.float32).reshape(-1, DIMENSIONS)
    start = database.execute("SELECT ifnull(max(position), 0) FROM voiceprints").fetchone()[0]
    day = 86_400_000
    made = int(recording["created_at"])

    def rows(table, changed):
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        source = {"recordings": recording, "voices": voice}[table]
        template = [source[column] if column in source.keys() else None for column in columns]
        places = {column: columns.index(column) for column in changed(0)}

        def row(number):
            values = list(template)
            for column, value in changed(number).items():
                values[places[column]] = value
            return values

        marks = ",".join("?" * len(columns))
        numbers = range(arguments.count)
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", map(row, numbers))

    key = lambda kind, number: uuid.UUID(int=(0x0190 << 112) | (7 << 76) | (kind << 64) | (2 << 62) | number).bytes
    rows(
        "recordings",
        lambda number: {
            "id": key(1, number),
            "sha256": key(9, number) * 2,
            "case_id": None,
            "caller": f"+86755{number:08}",
            "callee": None,
            "started_at": made - (number % 1000) * day,
            "parties_read": 1,
        },
    )
    rows(
        "voices",
        lambda number: {
            "id": key(2, number),
            "recording_id": key(1, number),
            "bandwidth": "narrowband" if number % 2 else "wideband",
        },
    )
    numbers = range(arguments.count)
    database.executemany(
        "INSERT INTO voiceprints VALUES (?,?,?,?,?,?,?)",
        (
            (
                start + 1 + number,
                key(3, number),
                key(2, number),
                voice["model"],
                vectors[number].tobytes(),
                voice["provenance_id"],
                made,
            )
            for number in numbers
        ),
    )
    database.executemany(
        "INSERT INTO gallery_log (model, change, voice_id, recording_id, bandwidth, voiceprint_position) "
        "VALUES (?,'added',?,?,?,?)",
        (
            (
                voice["model"],
                key(2, number),
                key(1, number),
                "narrowband" if number % 2 else "wideband",
                start + 1 + number,
            )
            for number in numbers
        ),
    )
    database.executemany(
        "INSERT INTO call_numbers (recording_id, side, number) VALUES (?, 'caller', ?)",
        ((key(1, number), f"+86755{number:08}") for number in numbers),
    )
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def ask(path, body=None, timeout=600):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    address = path if path.startswith("http") else f"{API}/{path}"
    request = urllib.request.Request(address, data, headers)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.load(answer)


@contextlib.contextmanager
def served(arguments):
    """The running service, the seconds until it answered, and until it knew every voice."""
    command = [arguments.voxtrace, "serve", "--data", arguments.data, "--listen", f"127.0.0.1:{PORT}"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError):
                ready = ask(f"http://127.0.0.1:{PORT}/readyz", timeout=5)
                if ready["checks"]["voices"] >= arguments.count:
                    break
            if process.poll() is not None or time.perf_counter() - began > START:
                raise SystemExit("the service did not start")
            time.sleep(0.02)
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def kept(process, field):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def timed(rounds, body):
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        answer = ask("searches", body)
        times.append(1e3 * (time.perf_counter() - began))
    return {
        "median_ms": statistics.median(times),
        "best_ms": min(times),
        "gallery": answer["gallery_size"],
        "method": answer["method"]["name"],
    }


def link_job(arguments):
    """Milliseconds of the job that searches a new recording's voices and proposes links."""
    with open(arguments.file, "rb") as file:
        content = file.read()
    mark = "voxtrace-bench"
    # Each round has other bytes, so that it is another recording.
    head = f'--{mark}\r\nContent-Disposition: form-data; name="case_no"\r\n\r\n{uuid.uuid4()}\r\n'
    part = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    body = head.encode() + part.encode() + content + f"\r\n--{mark}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    request = urllib.request.Request(f"{API}/recordings", body, headers)
    with urllib.request.urlopen(request, timeout=600) as answer:
        recording = json.load(answer)["recording"]["id"]
    began = time.perf_counter()
    analysed = None
    while time.perf_counter() - began < ANALYSIS:
        if analysed is None and ask(f"recordings/{recording}")["state"] != "pending":
            analysed = time.perf_counter()
        jobs = ask(f"jobs?kind=link&recording_id={recording}")["items"]
        if analysed and any(job["state"] == "done" for job in jobs):
            return 1e3 * (time.perf_counter() - analysed)
        time.sleep(0.002)
    raise SystemExit("no link job was done")


def run(arguments):
    database = sqlite3.connect(arguments.data / "voxtrace.db")
    arguments.count = database.execute("SELECT count(*) FROM voiceprints").fetchone()[0]
    newest, probe = database.execute(
        "SELECT max(rowid), voice_id FROM voiceprints"
    ).fetchone()
    probe = str(uuid.UUID(bytes=probe))
    database.close()
    report = {"voices": arguments.count, "vectors_mib": arguments.count * DIMENSIONS * 4 / 2**20}
    with served(arguments) as (process, seconds):
        report["open_without_snapshot_s"] = seconds
        report["resident_after_mib"] = kept(process, "VmRSS")
        # The snapshot is written in the background.
        time.sleep(20)
    with served(arguments) as (process, seconds):
        report["open_with_snapshot_s"] = seconds
        report["resident_mib"] = kept(process, "VmRSS")
        report["anonymous_mib"] = kept(process, "RssAnon")
        for name, body in {
            "whole": {},
            "exact": {"exact": True},
            "narrowband": {"filters": {"bandwidth": "narrowband"}},
            "one_number": {"filters": {"number_prefix": "+8675500000001"}},
            "one_day_of_a_thousand": {"filters": {"started_from": "2100-01-01T00:00:00Z"}},
            "half_by_time": {"filters": {"number_prefix": "+86755"}},
        }.items():
            report[f"search_{name}"] = timed(arguments.rounds, {"voice_id": probe, **body})
        jobs = [link_job(arguments) for _ in range(5)]
        report["link_job_seen_ms"] = {"median": statistics.median(jobs), "best": min(jobs)}
        report["resident_at_end_mib"] = kept(process, "VmRSS")
        report["anonymous_at_end_mib"] = kept(process, "RssAnon")
    print(json.dumps(report, indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    filling = commands.add_parser("fill")
    filling.add_argument("data", type=pathlib.Path)
    filling.add_argument("vectors", type=pathlib.Path)
    filling.add_argument("count", type=int)
    filling.set_defaults(do=fill)
    running = commands.add_parser("run")
    running.add_argument("voxtrace", type=pathlib.Path)
    running.add_argument("data", type=pathlib.Path)
    running.add_argument("file", type=pathlib.Path)
    running.add_argument("--rounds", type=int, default=20)
    running.set_defaults(do=run)
    arguments = parser.parse_args()
    arguments.do(arguments)


if __name__ == "__main__":
    main()
