"""What both peers share: the recordings of a folder, the rounds, the line of JSON."""

import argparse
import json
import pathlib
import statistics
import time

import numpy as np
import soundfile

RATE_HZ = 16_000
# As many samples as make 2,000 frames, as benches/stages takes.
LONGEST_SAMPLES = 1_999 * 160 + 400


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("model", type=pathlib.Path, help="model.onnx of CAM++")
    parser.add_argument("folder", type=pathlib.Path, help="recordings at 16 kHz")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def recordings(folder):
    """Every channel of a second or more at 16 kHz, `[N]` f32, in the order of names."""
    channels = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".wav", ".flac"):
            continue
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        if rate_hz != RATE_HZ:
            raise SystemExit(f"{path} has {rate_hz} Hz, expected {RATE_HZ} Hz")
        for channel in samples.T:
            if len(channel) >= RATE_HZ:
                channels.append(np.ascontiguousarray(channel[:LONGEST_SAMPLES]))
    if not channels:
        raise SystemExit(f"no recording of a second or more in {folder}")
    return channels


def report(tool, channels, stages, rounds):
    """Runs each stage over all channels, in turns, and prints audio seconds a second.

    `stages` maps a name to a function of (index, samples).
    """
    for stage in stages.values():
        stage(0, channels[0])
    audio_s = sum(map(len, channels)) / RATE_HZ
    speeds = {name: [] for name in stages}
    for _ in range(rounds):
        times = dict.fromkeys(stages, 0.0)
        for index, samples in enumerate(channels):
            for name, stage in stages.items():
                # The thread's processor time, as in benches/stages: both peers work on the
                # calling thread.
                start = time.thread_time()
                stage(index, samples)
                times[name] += time.thread_time() - start
        for name, seconds in times.items():
            speeds[name].append(audio_s / seconds)
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    print(json.dumps({"tool": tool, "audio_s": audio_s, "stages": medians}))
