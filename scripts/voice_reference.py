#!/usr/bin/env python3
"""Voices of recordings by an independent front end, in the order of steps that Voxtrace takes.

Needs `pip install numpy scipy soundfile kaldi-native-fbank onnxruntime==1.32.0`.

Silero VAD finds speech with the thresholds of `[speech]` in config/default.toml; the filter bank of
each stretch of speech comes from kaldi-native-fbank, its mean over the voice is subtracted, and
windows of at most 20 s go through the embedding network. Everything but the rules is other people's
code, so that scripts that need embeddings can judge ours or do without it.
"""

import dataclasses
import json
import pathlib
import subprocess

import kaldi_native_fbank
import numpy as np
import onnxruntime
import scipy.signal
import soundfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RATE = 16000
WINDOW, CONTEXT = 512, 64
START, END = 0.5, 0.35
MIN_SPEECH, MIN_SILENCE, PAD = (RATE * ms // 1000 for ms in (250, 100, 30))
WINDOW_FRAMES = 2000
MAX_SPEECH_SECONDS = 60
MINIMUM_MS = 1500
# Recordings that are decoded at once.
BATCH = 64


@dataclasses.dataclass
class Voice:
    """The voice of one channel; no embedding where there is too little speech."""

    net_speech_ms: int
    embedding: np.ndarray | None


def session(folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = ROOT / "models" / folder / "model.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class Reference:
    """Turns files into voices."""

    def __init__(self, model="campplus-zh-en-telephone"):
        self.vad = session("silero-vad")
        self.network = session(model)

    def voices(self, paths):
        """For each file its voices, one a channel."""
        found = []
        for start in range(0, len(paths), BATCH):
            channels = [channels_of(path) for path in paths[start : start + BATCH]]
            flat = [channel for group in channels for channel in group]
            speech = iter(self.speech(flat))
            found += [[self.voice(signal, next(speech)) for signal in group] for group in channels]
        return found

    def speech(self, signals):
        """Stretches of speech `(start, end)` of each signal."""
        found = []
        for signal in signals:
            length = -(-len(signal) // WINDOW) * WINDOW
            padded = np.zeros(CONTEXT + length, np.float32)
            padded[CONTEXT : CONTEXT + len(signal)] = signal
            windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + WINDOW)[::WINDOW]
            state = np.zeros((2, 1, 128), np.float32)
            (output,) = self.vad.run(["output"], {"input": windows, "state": state})
            found.append(stretches(output[:, 0], len(signal)))
        return found

    def voice(self, signal, speech):
        samples = sum(end - start for start, end in speech)
        net_speech_ms = samples * 1000 // RATE
        if net_speech_ms < MINIMUM_MS:
            return Voice(net_speech_ms, None)
        parts, left = [], MAX_SPEECH_SECONDS * RATE
        for start, end in speech:
            end = min(end, start + left)
            left -= end - start
            parts.append(fbank(signal[start:end]))
        frames = np.concatenate(parts)
        frames = (frames - frames.mean(axis=0, dtype=np.float64)).astype(np.float32)
        return Voice(net_speech_ms, self.embedding(frames))

    def embedding(self, frames):
        count = -(-len(frames) // WINDOW_FRAMES)
        length = -(-len(frames) // count)
        total = 0
        for start in range(0, len(frames), length):
            part = frames[start : start + length]
            total = total + len(part) * self.network.run(["embedding"], {"feats": part[None]})[0][0]
        return total / np.linalg.norm(total)


class Binary:
    """The same from `voxtrace analyse`."""

    def __init__(self, path):
        self.path = path

    def voices(self, paths):
        found = []
        for start in range(0, len(paths), BATCH):
            command = [self.path, "analyse", "--json", "--embeddings", *map(str, paths[start : start + BATCH])]
            # One file without a voice, or a damaged one, is no reason to stop.
            lines = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.splitlines()
            analyses = {line["path"]: line for line in map(json.loads, lines)}
            for path in paths[start : start + BATCH]:
                voices = analyses[str(path)].get("voices", [])
                found.append([voice_of(voice) for voice in sorted(voices, key=lambda v: v["channel"])])
        return found


def voice_of(analysed):
    embedding = analysed.get("embedding")
    return Voice(analysed["net_speech_ms"], None if embedding is None else np.array(embedding, np.float32))


def channels_of(path):
    """Channels of a file at 16 kHz; of a file cut off, what is there; MP3 through libsndfile."""
    signal, rate = soundfile.read(path, dtype="float32", always_2d=True)
    signal = scipy.signal.resample_poly(signal, RATE, rate, axis=0) if rate != RATE else signal
    return list(signal.T.astype(np.float32))


def stretches(probabilities, length):
    """Stretches of speech from probabilities, one a window."""
    found, start, quiet = [], None, None

    def close(start, end):
        if end - start > MIN_SPEECH:
            before = found[-1][1] if found else 0
            found.append((max(start - PAD, before), min(end + PAD, length)))

    for index, probability in enumerate(probabilities[: -(-length // WINDOW)]):
        at = index * WINDOW
        if start is None:
            start = at if probability >= START else None
            continue
        if probability >= START:
            quiet = None
        elif probability < END:
            quiet = at if quiet is None else quiet
            if at - quiet >= MIN_SILENCE:
                close(start, quiet)
                start = quiet = None
    if start is not None:
        close(start, min(length if quiet is None else quiet, length))
    return found


def fbank(samples):
    """Kaldi's filter bank of samples in [-1, 1]: `[T, 80]`, empty for less than one window."""
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 20.0
    options.mel_opts.high_freq = 8000.0
    options.energy_floor = 0.0
    extractor = kaldi_native_fbank.OnlineFbank(options)
    extractor.accept_waveform(RATE, samples.tolist())
    extractor.input_finished()
    frames = [extractor.get_frame(index) for index in range(extractor.num_frames_ready)]
    return np.array(frames, np.float32).reshape(-1, 80)
