#!/usr/bin/env python3
"""Computes hashes of audit rows without the Rust code, for src/audit/golden.json.

Needs nothing beyond the standard library.
Run from the repository root: scripts/audit_golden.py > src/audit/golden.json
"""

import hashlib
import json
import struct

DOMAIN = b"voxtrace audit row\n"

ROWS = [
    {
        "at": 0,
        "actor": "",
        "action": "",
        "object": "",
        "detail": None,
    },
    {
        "at": 1_764_022_800_123,
        "actor": "command_line",
        "action": "case.opened",
        "object": "case/019ab000-0000-7000-8000-000000000001",
        "detail": {"case_no": "A-2026/17", "z": [1, 2.5, -3], "a": {"b": True, "a": None}},
    },
    {
        "at": -1,
        "actor": "检验员",
        "action": "recording.stored",
        "object": "recording/录音",
        "detail": {"text": "line\nbreak \"quoted\" \\ \u0001 é", "size_bytes": 18446744073709551615},
    },
    {
        "at": 9_223_372_036_854_775_807,
        "actor": "worker",
        "action": "search.answered",
        "object": "search/1",
        "detail": {"parameters": {"threshold": 0.5, "window_ms": 25, "floor_db": -1.5}},
    },
]


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def text(value):
    data = value.encode()
    return struct.pack(">Q", len(data)) + data


def encode(seq, row, detail):
    head = struct.pack(">BQq", 1, seq, row["at"])
    return head + b"".join(text(part) for part in (row["actor"], row["action"], row["object"], detail))


def main():
    previous = bytes(32)
    rows = []
    for seq, row in enumerate(ROWS, start=1):
        detail = canonical(row["detail"])
        previous = hashlib.sha256(DOMAIN + previous + encode(seq, row, detail)).digest()
        rows.append({"seq": seq, **row, "canonical_detail": detail, "hash": previous.hex()})
    print(json.dumps({"rows": rows}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
