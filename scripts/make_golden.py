#!/usr/bin/env python3
"""Makes the golden vectors under models/*/golden from audio-samples/golden/utterance.wav.

pip install numpy soundfile kaldi-native-fbank onnxruntime==1.32.0
pip install --no-deps silero-vad==6.2.3

With --prompts DIR it first makes the utterance itself, with ffmpeg, from the two prompts named
below (DIR holds them as .wav or .flac, as Debian's asterisk-core-sounds-en-wav has them).
The numbers come from kaldi-native-fbank and ONNX Runtime's Python binding: from nothing of ours.
"""

import argparse
import importlib.metadata
import pathlib
import subprocess
import sys

import kaldi_native_fbank as knf
import numpy as np
import onnxruntime
import soundfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
UTTERANCE = ROOT / "audio-samples" / "golden" / "utterance.wav"
MODELS = ROOT / "models"
PROMPTS = ["dir-nomatch", "vm-next"]
SAMPLE_RATE_HZ = 16_000
UTTERANCE_S = 4.0
GAP_S = 0.3

# Silero VAD's windows at 16 kHz.
WINDOW_SAMPLES = 512
CONTEXT_SAMPLES = 64
# The windows that the check at load runs at once: speech, the pause and speech again.
RUN_WINDOWS = range(60, 100)


def make_utterance(folder: pathlib.Path) -> None:
    """Joins the prompts with a short pause, at 16 kHz, mono, 16 bits."""
    inputs, chain = [], []
    for index, prompt in enumerate(PROMPTS):
        path = next(p for p in (folder / f"{prompt}.wav", folder / f"{prompt}.flac") if p.exists())
        inputs += ["-i", str(path)]
        chain.append(f"[{index}]aresample={SAMPLE_RATE_HZ}:resampler=soxr,apad=pad_dur={GAP_S}[p{index}]")
    joined = "".join(f"[p{index}]" for index in range(len(PROMPTS)))
    chain.append(f"{joined}concat=n={len(PROMPTS)}:v=0:a=1[out]")
    UTTERANCE.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex", ";".join(chain), "-map", "[out]",
         "-t", str(UTTERANCE_S), "-ac", "1", "-c:a", "pcm_s16le", "-bitexact", str(UTTERANCE)],
        check=True,
    )


def mean_subtracted_fbank(samples: np.ndarray) -> np.ndarray:
    """Kaldi's fbank of samples in [-1, 1], less the mean of each bin: `[T, 80]`."""
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE_HZ
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = True
    options.frame_opts.window_type = "povey"
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 20.0
    options.mel_opts.high_freq = 8000.0
    options.energy_floor = 0.0
    extractor = knf.OnlineFbank(options)
    extractor.accept_waveform(SAMPLE_RATE_HZ, samples.tolist())
    extractor.input_finished()
    frames = np.stack([extractor.get_frame(i) for i in range(extractor.num_frames_ready)])
    return (frames - frames.mean(axis=0, dtype=np.float64)).astype(np.float32)


def published_silero() -> pathlib.Path:
    """The network as its makers publish it: ours is rewritten from it and must agree with it."""
    files = importlib.metadata.files("silero-vad") or []
    return next(pathlib.Path(f.locate()) for f in files if f.name == "silero_vad.onnx")


def session(model: str, path: pathlib.Path | None = None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    path = path or MODELS / model / "model.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def save(model: str, **arrays: np.ndarray) -> None:
    folder = MODELS / model / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array, dtype=np.float32))
        print(f"{model}/golden/{name}.npy {list(array.shape)}")


def embedding(samples: np.ndarray) -> None:
    feats = mean_subtracted_fbank(samples)[None]
    for model in ("campplus-zh-en", "campplus-zh-en-telephone"):
        (raw,) = session(model).run(["embedding"], {"feats": feats})
        save(model, feats=feats, embedding=raw)


def segmentation(samples: np.ndarray) -> None:
    waveform = samples[None, None, :SAMPLE_RATE_HZ]
    (powerset,) = session("segmentation-3.0").run(["powerset"], {"waveform": waveform})
    save("segmentation-3.0", waveform=waveform, powerset=powerset)


def voice_activity(samples: np.ndarray) -> None:
    network = session("silero-vad", published_silero())
    rate = np.array(SAMPLE_RATE_HZ, dtype=np.int64)
    state = np.zeros((2, 1, 128), np.float32)
    context = np.zeros(CONTEXT_SAMPLES, np.float32)
    padded = np.pad(samples, (0, -len(samples) % WINDOW_SAMPLES))
    windows, states, probabilities, next_states = [], [], [], []
    for start in range(0, len(padded), WINDOW_SAMPLES):
        window = np.concatenate([context, padded[start : start + WINDOW_SAMPLES]])
        feed = {"input": window[None], "state": state, "sr": rate}
        windows.append(window)
        states.append(state)
        probability, state = network.run(["output", "stateN"], feed)
        probabilities.append(probability[0, 0])
        next_states.append(state)
        context = window[-CONTEXT_SAMPLES:]
    save(
        "silero-vad",
        probabilities=np.array(probabilities),
        input=np.stack([windows[i] for i in RUN_WINDOWS]),
        state=states[RUN_WINDOWS[0]],
        output=np.array([[probabilities[i]] for i in RUN_WINDOWS]),
        stateN=next_states[RUN_WINDOWS[-1]],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=pathlib.Path, help="folder of prompts: make the utterance anew")
    arguments = parser.parse_args()
    if arguments.prompts:
        make_utterance(arguments.prompts)
    samples, rate = soundfile.read(UTTERANCE, dtype="int16")
    if rate != SAMPLE_RATE_HZ or samples.ndim != 1:
        print(f"{UTTERANCE} is {rate} Hz, expected mono at {SAMPLE_RATE_HZ} Hz", file=sys.stderr)
        return 1
    samples = samples.astype(np.float32) / 32768.0
    embedding(samples)
    segmentation(samples)
    voice_activity(samples)
    return 0


if __name__ == "__main__":
    sys.exit(main())
