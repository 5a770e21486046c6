#!/usr/bin/env python3
"""Makes the golden vectors of the fbank tests with kaldi-native-fbank.

    pip install kaldi-native-fbank==1.23.0 numpy scipy soundfile
    scripts/make_fbank_golden.py PROMPTS

PROMPTS is a folder with prompts of the Debian package asterisk-core-sounds-en-wav, as .wav or
.flac (see tests/golden/fbank/PROVENANCE.md).
Each case becomes two files in tests/golden/fbank: CASE.samples.npy, `[N]` f32 at 16 kHz, and
CASE.fbank.npy, `[T, 80]` f32 natural-log mel energies before any mean is subtracted.
Cases of pure tones have CASE.exact.npy besides, the same in f64 arithmetic: kaldi-native-fbank
transforms in f32, whose rounding shows more than 80 dB below a frame's loudest bin.
"""

import argparse
import pathlib

import kaldi_native_fbank as knf
import numpy as np
import scipy.signal
import soundfile

RATE_HZ = 16_000
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "fbank"

# (case, prompt, start in seconds, length in seconds). The second one opens on a pause, so that
# frames at the floor stand beside loud ones.
SPEECH = [
    ("speech_review", "vm-review", 0.30, 0.60),
    ("speech_pause", "vm-tempgreeting", 0.00, 0.60),
]

PURE_TONES = ("tones", "sweep")


def fbank(samples):
    """The reference: Kaldi's fbank with the front end of the CAM++ model, `[T, 80]`."""
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = True
    options.frame_opts.window_type = "povey"
    options.frame_opts.preemph_coeff = 0.97
    options.frame_opts.remove_dc_offset = True
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 20.0
    options.mel_opts.high_freq = 8000.0
    extractor = knf.OnlineFbank(options)
    extractor.accept_waveform(RATE_HZ, samples.tolist())
    extractor.input_finished()
    frames = [extractor.get_frame(i) for i in range(extractor.num_frames_ready)]
    return np.array(frames, dtype=np.float32).reshape(-1, 80)


def exact_fbank(samples):
    """The same by its definition, in f64."""
    length, shift, lines = 400, 160, 256
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / (length - 1))) ** 0.85
    edges = np.linspace(*1127.0 * np.log1p(np.array([20.0, 8000.0]) / 700.0), 82)
    mels = 1127.0 * np.log1p(np.arange(lines) * RATE_HZ / (2 * lines) / 700.0)
    rising = (mels - edges[:-2, None]) / (edges[1] - edges[0])
    filters = np.clip(np.minimum(rising, 2.0 - rising), 0.0, None)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), length)[::shift]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    spectrum = np.fft.rfft((frames - 0.97 * before) * window, 2 * lines)[:, :lines]
    energies = np.abs(spectrum) ** 2 @ filters.T
    return np.log(np.maximum(energies, np.finfo(np.float32).eps)).astype(np.float32)


def prompt(folder, name, start_s, length_s):
    """A stretch of a telephone prompt, brought from 8 to 16 kHz."""
    path = next(path for path in folder.rglob(f"{name}.*") if path.suffix in (".wav", ".flac"))
    samples, rate_hz = soundfile.read(path, dtype="float64")
    samples = scipy.signal.resample_poly(samples, RATE_HZ // 1000, rate_hz // 1000)
    start = int(start_s * RATE_HZ)
    return samples[start : start + int(length_s * RATE_HZ)]


def cases(folder):
    """Every case by name, f64."""
    rng = np.random.default_rng(20261124)
    seconds = np.arange(RATE_HZ // 2) / RATE_HZ
    yield "uniform", rng.uniform(-1.0, 1.0, RATE_HZ // 2)
    yield "uniform_offset", 0.5 + rng.uniform(-0.25, 0.25, RATE_HZ // 4)
    tones = sum(np.sin(2 * np.pi * hz * seconds) for hz in (97.0, 440.0, 1000.0, 3333.0, 7450.0))
    yield "tones", 0.18 * tones
    yield "sweep", 0.9 * scipy.signal.chirp(seconds, 20.0, seconds[-1], 8000.0)
    yield "silence", np.zeros(1200)
    yield "quiet", rng.uniform(-1e-4, 1e-4, RATE_HZ // 4)
    yield "one_bit", rng.integers(-1, 2, RATE_HZ // 4) / 32768.0
    yield "clipped", np.clip(4.0 * np.sin(2 * np.pi * 150.0 * seconds), -1.0, 32767 / 32768)
    yield "onset", np.concatenate([np.zeros(2000), rng.uniform(-1.0, 1.0, 2000), np.zeros(2000)])
    for length in (399, 400, 401, 559, 560, 561):
        yield f"length_{length}", rng.uniform(-0.5, 0.5, length)
    for case, name, start_s, length_s in SPEECH:
        yield case, prompt(folder, name, start_s, length_s)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prompts", type=pathlib.Path)
    folder = parser.parse_args().prompts
    GOLDEN.mkdir(parents=True, exist_ok=True)
    frames = 0
    for case, samples in cases(folder):
        samples = samples.astype(np.float32)
        features = fbank(samples)
        np.save(GOLDEN / f"{case}.samples.npy", samples)
        np.save(GOLDEN / f"{case}.fbank.npy", features)
        if case in PURE_TONES:
            np.save(GOLDEN / f"{case}.exact.npy", exact_fbank(samples))
        frames += len(features)
    print(f"{frames} frames in {GOLDEN}")


if __name__ == "__main__":
    main()
