#!/usr/bin/env python3
"""Makes the call records and transfers of the demo cases, from a fixed seed.

usage: scripts/make_demo_events.py

Reads audio-samples/manifest.csv and writes audio-samples/events/: a call record for each recording
with its numbers and nearly its time, further calls between the numbers of a case, and transfers
between invented accounts. Nothing in it is real: the numbers are those of the manifest, kept for
fiction (+1 202 555 01xx, +44 20 7946 0xxx), devices have the type allocation code of test equipment
(001010), and accounts begin with 999999, which no bank has.
"""

import csv
import datetime
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parent.parent / "audio-samples"
OUT = ROOT / "events"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
# Which handset each caller of the demo uses: callers of several cases share one.
HANDSETS = {
    "+12025550141": 1, "+12025550118": 1, "+12025550133": 1, "+12025550146": 1,
    "+12025550162": 2, "+12025550173": 2, "+12025550187": 2, "+12025550191": 2,
}
# Accounts of the demo's money: victims pay into the first, which pays on.
COLLECTOR, MULE, EXIT = 1, 2, 3


def luhn_digit(digits):
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def imei(number):
    body = f"00101000{number:06d}"
    return body + luhn_digit(body)


def account(number):
    body = f"999999{number:012d}"
    return body + luhn_digit(body)


def local(time):
    return time.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def write(name, encoding, header, rows):
    with open(OUT / name, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def main():
    rng = random.Random(20260112)
    OUT.mkdir(exist_ok=True)
    with open(ROOT / "manifest.csv", encoding="utf-8") as file:
        recordings = list(csv.DictReader(file))
    tables = []
    for case_no in sorted({row["case_no"] for row in recordings}):
        own = [row for row in recordings if row["case_no"] == case_no]
        calls = []
        numbers = sorted({row[side] for row in own for side in ("caller", "callee")})
        for row in own:
            began = datetime.datetime.fromisoformat(row["started_at"])
            # Clocks of operators and recorders differ by seconds.
            calls.append((began + datetime.timedelta(seconds=rng.randint(-20, 20)), row["caller"], row["callee"]))
        first = min(time for time, _, _ in calls)
        for _ in range(12):
            caller, callee = rng.sample(numbers, 2)
            calls.append((first + datetime.timedelta(minutes=rng.randint(300, 6000)), caller, callee))
        calls.sort()
        rows = [
            (caller, callee, local(time), rng.randint(8, 400),
             imei(HANDSETS[caller]) if caller in HANDSETS else imei(100 + numbers.index(caller) + 10 * int(case_no[-1])),
             "460-00", f"{9300 + int(case_no[-1])}", str(rng.randint(10001, 10006)))
            for time, caller, callee in calls
        ]
        name = f"calls-{case_no}.csv"
        # Both encodings and both languages of headers that operators use.
        if int(case_no[-1]) % 2:
            write(name, "utf-8-sig", ["主叫号码", "被叫号码", "通话开始时间", "通话时长(秒)", "IMEI", "网络", "LAC", "CI"], rows)
        else:
            write(name, "gb18030", ["caller", "callee", "start time", "duration", "imei", "网络", "lac", "ci"], rows)
        tables.append((name, case_no, "calls"))
    for index, case_no in enumerate(["2026-001", "2026-002", "2026-004", "2026-005"]):
        began = datetime.datetime.fromisoformat(next(row["started_at"] for row in recordings if row["case_no"] == case_no))
        victim = 100 + index
        mule = MULE + 10 * (index % 2)
        rows = []
        for step in range(3):
            paid = began + datetime.timedelta(minutes=40 + 25 * step)
            amount = rng.randint(2_000_00, 60_000_00)
            rows.append((account(victim), f"甲{index + 1}", account(COLLECTOR), "户名一", local(paid), f"{amount / 100:,.2f}", f"D{index}{step}01"))
            moved = paid + datetime.timedelta(minutes=rng.randint(2, 9))
            rows.append((account(COLLECTOR), "户名一", account(mule), f"户名{'二三'[index % 2]}", local(moved), f"{amount * 0.95 / 100:,.2f}", f"D{index}{step}02"))
        out = began + datetime.timedelta(hours=5)
        rows.append((account(mule), f"户名{'二三'[index % 2]}", account(EXIT), "户名四", local(out), f"{rng.randint(1_000_00, 9_000_00) / 100:,.2f}", f"D{index}903"))
        name = f"transfers-{case_no}.csv"
        write(name, "utf-8", ["付款账号", "付款户名", "收款账号", "收款户名", "交易时间", "交易金额", "交易流水号"], rows)
        tables.append((name, case_no, "transfers"))
    with open(OUT / "tables.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "case_no", "kind"])
        writer.writerows(tables)


if __name__ == "__main__":
    main()
