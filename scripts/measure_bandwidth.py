#!/usr/bin/env python3
"""Measures what tells narrowband speech from wideband speech.

    pip install numpy scipy soundfile        (and ffmpeg with libgsm and libmp3lame)
    scripts/measure_bandwidth.py --wide DIR [DIR...] --narrow DIR [DIR...]

`--wide` folders hold speech sampled at 16 kHz, `--narrow` folders speech sampled at 8 kHz.
The wideband speech is also passed through telephone codecs, which makes it narrowband, and through
wideband codecs, which must leave it wideband.
The measure is the one of `src/audio/quality/band.rs`: Hann windows of 512 samples at 16 kHz, half
overlapped, mean power from 5 to 7.5 kHz relative to 0.3 to 3.4 kHz over the speech.
Speech is here every window within 30 dB of the 95th percentile of the windows' power.
Prints the distribution of each condition and the errors at each threshold.
"""

import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
import scipy.signal
import soundfile

RATE = 16_000
WINDOW = 512
HOP = 256
LOW = slice(10, 109)  # 312.5 to 3375 Hz
HIGH = slice(160, 241)  # 5000 to 7500 Hz
MAX_SECONDS = 12
PIECE_SECONDS = 3

# Condition: codec arguments of the first pass, rate of the first pass, arguments of a second pass
# at 16 kHz (none where the 8 kHz signal is brought up here), and whether it is still wideband.
CONDITIONS = {
    "A-law": (["-c:a", "pcm_alaw"], 8000, "wav", None, False),
    "GSM full rate": (["-c:a", "libgsm_ms"], 8000, "wav", None, False),
    "A-law, then 16-bit WAV at 16 kHz": (["-c:a", "pcm_alaw"], 8000, "wav", (["-c:a", "pcm_s16le"], "wav"), False),
    "A-law, then MP3 of 32 kbit/s at 16 kHz": (["-c:a", "pcm_alaw"], 8000, "wav", (["-c:a", "libmp3lame", "-b:a", "32k"], "mp3"), False),
    "G.722": (["-c:a", "g722"], 16000, "wav", None, True),
    "MP3 of 32 kbit/s": (["-c:a", "libmp3lame", "-b:a", "32k"], 16000, "mp3", None, True),
    "Opus of 16 kbit/s": (["-c:a", "libopus", "-b:a", "16k"], 16000, "ogg", None, True),
}


def powers(signal):
    """Power spectrum of every window, [windows, 257], and of every window, [windows]."""
    frames = np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[::HOP]
    window = scipy.signal.get_window("hann", WINDOW)
    spectrum = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return spectrum, (frames**2).mean(axis=1)


def top_band_db(signal):
    spectrum, power = powers(signal)
    speech = power > np.percentile(power, 95) * 1e-3
    mean = spectrum[speech].mean(axis=0)
    return 10 * np.log10(max(mean[HIGH].sum(), 1e-20) / max(mean[LOW].sum(), 1e-20))


def at_16_khz(signal, rate):
    if rate == RATE:
        return signal
    return scipy.signal.resample(signal, len(signal) * RATE // rate)


def read(folders):
    files = sorted(p for d in folders for p in pathlib.Path(d).rglob("*") if p.suffix in (".flac", ".wav"))
    for path in files:
        signal, rate = soundfile.read(path)
        yield at_16_khz(signal[: MAX_SECONDS * rate], rate)


def ffmpeg(source, target, *arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, *arguments, target], check=True)


def through(signals, condition):
    """All signals in one file through the codecs, and cut apart again."""
    arguments, rate, suffix, second, _ = CONDITIONS[condition]
    with tempfile.TemporaryDirectory() as folder:
        name = lambda stem: f"{folder}/{stem}"
        soundfile.write(name("in.wav"), np.concatenate(signals), RATE, "PCM_16")
        ffmpeg(name("in.wav"), name(f"coded.{suffix}"), "-ar", str(rate), *arguments)
        last = name(f"coded.{suffix}")
        if second:
            ffmpeg(last, name(f"again.{second[1]}"), "-ar", str(RATE), *second[0])
            last, rate = name(f"again.{second[1]}"), RATE
        ffmpeg(last, name("out.wav"), "-ar", str(rate), "-c:a", "pcm_f32le")
        joined, rate = soundfile.read(name("out.wav"))
    start = 0
    for signal in signals:
        length = len(signal) * rate // RATE
        yield at_16_khz(joined[start : start + length], rate)
        start += length


def pieces(signal):
    step = PIECE_SECONDS * RATE
    return [signal[n : n + step] for n in range(0, len(signal) - step + 1, step)] or [signal]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wide", nargs="+", required=True)
    parser.add_argument("--narrow", nargs="+", required=True)
    arguments = parser.parse_args()

    wide = list(read(arguments.wide))
    groups = {"wideband, as recorded": (True, wide)}
    groups["8 kHz, as recorded"] = (False, list(read(arguments.narrow)))
    for condition, (*_, is_wide) in CONDITIONS.items():
        groups[condition] = (is_wide, list(through(wide, condition)))

    measured = {}
    print(f"{'condition':42} {'files':>5} {'min':>7} {'1 %':>7} {'50 %':>7} {'99 %':>7} {'max':>7}")
    for name, (is_wide, signals) in groups.items():
        for unit, cut in (("", lambda s: [s]), (", 3 s pieces", pieces)):
            values = np.array([top_band_db(p) for s in signals for p in cut(s) if len(p) >= RATE // 2])
            measured[name + unit] = (is_wide, values)
            marks = " ".join(f"{q:7.1f}" for q in np.percentile(values, [0, 1, 50, 99, 100]))
            print(f"{name + unit:42} {len(values):5} {marks}")

    print("\nthreshold: errors of each condition")
    for threshold in range(-84, -40, 2):
        errors = [
            f"{(values < threshold).sum() if is_wide else (values >= threshold).sum()}/{len(values)}"
            for is_wide, values in measured.values()
        ]
        print(threshold, *errors)


if __name__ == "__main__":
    main()
