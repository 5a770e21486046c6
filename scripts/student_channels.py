#!/usr/bin/env python3
"""Makes the features that a student of the speaker model learns from and is judged on.

Needs: pip install numpy scipy soundfile kaldi-native-fbank imageio-ffmpeg; ffmpeg with libgsm,
libmp3lame (Debian package ffmpeg). Debian's ffmpeg writes no AMR, that of imageio-ffmpeg does.

    python3 scripts/student_channels.py --speech DIR --out FEATURES

`--speech DIR` has the published sets as folders: librispeech-cohort (251 people of LibriSpeech
train-clean-100, CC BY 4.0), arabic-keywords (30 people of the Arabic speech commands set, CC BY 4.0),
words (what scripts/student_words.py makes; trains only),
librispeech-test-other (5 people, CC BY 4.0), and asterisk (prompts of 7 people from Debian's
asterisk-core-sounds and asterisk-prompt packages, CC BY and CC BY-SA 3.0, GPL-2), which only judge.

FEATURES/train/PASS.npy are the recordings of those who train, each pass through another channel of
`PASSES`; FEATURES/judge/CHANNEL.npy pieces of everybody (as scripts/make_calibration_trials.py cuts
them, the first four of a person) through `SEVEN` and `UNSEEN`.
Both are Kaldi's fbank before its mean is subtracted, f16 [T, 80], one recording after the other;
offsets.npy has where each begins, clips.json and pieces.json whose it is.

Who trains, who develops and who judges: the first 15 keywords people train but for the last 5 of them,
who develop, as do 40 of the cohort, drawn by a fixed seed; the other 15, test-other and the prompts judge.

The channels are made here, not by `voxtrace simulate`: all recordings of a set go through one process
of the coder, with pauses between them. The coders are the same (libgsm, opencore), G.711 and the
filters are not, to the last bit. Nothing cuts out speech.
"""

import argparse
import json
import pathlib
import subprocess
from concurrent.futures import ProcessPoolExecutor

import imageio_ffmpeg
import kaldi_native_fbank
import numpy as np
import scipy.signal
import soundfile  # noqa: F401, what make_calibration_trials reads with.

from make_calibration_trials import RATE, SAME_SPEAKER, pieces_of, read, speakers_of

WORKERS = 2
PIECES = 4
PAUSE_S = 0.4
LINE = (300, 3400)
# Rate in Hz, band in Hz, coder. The first seven are those of scripts/train_compensation.py.
SEVEN = {
    "wide": (RATE, None, None),
    "line": (8000, LINE, "alaw"),
    "g711": (8000, None, "alaw"),
    "gsm": (8000, LINE, "gsm"),
    "mobile": (8000, None, "gsm"),
    "amr475": (8000, None, "amr:4750"),
    "amr122": (8000, None, "amr:12200"),
}
# Nothing is trained on these.
UNSEEN = {"amr59": (8000, None, "amr:5900"), "mp3_16": (8000, None, "mp3:16000")}
# "random": each recording a band, gain, and by chance noise and a room of its own.
PASSES = SEVEN | {
    "rate8": (8000, None, None),
    "random_alaw": (8000, "random", "alaw"),
    "random_mulaw": (8000, "random", "mulaw"),
}
NOISY, IN_ROOM = 0.3, 0.15
CODERS = {
    "gsm": ("ffmpeg", ["-c:a", "libgsm_ms", "-f", "wav"]),
    "mp3": ("ffmpeg", ["-c:a", "libmp3lame", "-f", "mp3"]),
    "amr": (imageio_ffmpeg.get_ffmpeg_exe(), ["-c:a", "libopencore_amrnb", "-f", "amr"]),
}


def roles(speech):
    """What each person of the sets that train is for; everybody else judges."""
    keywords = sorted(speakers_of(speech / "arabic-keywords"))
    cohort = sorted(speakers_of(speech / "librispeech-cohort"))
    apart = set(np.random.default_rng(7).choice(cohort, 40, replace=False).tolist())
    found = {f"librispeech-cohort/{each}": "dev" if each in apart else "train" for each in cohort}
    parts = zip(keywords, ["train"] * 10 + ["dev"] * 5 + ["judge"] * (len(keywords) - 15))
    return found | {f"arabic-keywords/{each}": role for each, role in parts}


def clips_of_training(speech):
    """Whose and the samples; recordings of the sets besides joined in twos, since keywords are short."""
    role, names, audio = roles(speech), [], []
    for folder in ("arabic-keywords", "librispeech-cohort"):
        for speaker, files in speakers_of(speech / folder).items():
            if role[f"{folder}/{speaker}"] == "train":
                clips = [read(path) for path in files]
                clips += [np.concatenate(clips[at : at + 2]) for at in range(0, len(clips) - 1, 2)]
                names += [f"{folder}/{speaker}"] * len(clips)
                audio += clips
    for voice, files in speakers_of(speech / "words").items():
        names += [f"words/{voice}"] * len(files)
        audio += [read(path) for path in files]
    return names, audio


def pieces_to_judge(speech):
    role, found, audio = roles(speech), [], []
    # One in seven of the cohort who train: with the others a compensation has 85 people.
    trained = [each for each in role if each.startswith("librispeech") and role[each] == "train"]
    kept = set(trained[::7][:30])
    for folder in ("arabic-keywords", "librispeech-cohort", "librispeech-test-other", "asterisk"):
        for speaker, files in speakers_of(speech / folder).items():
            person = f"{folder}/{SAME_SPEAKER.get(speaker, speaker)}"
            whose = role.get(person, "judge")
            if person in trained and person not in kept:
                continue
            for sources, samples in pieces_of(folder, files)[:PIECES]:
                found.append(
                    {"set": folder, "speaker": person, "role": whose, "sources": sorted(sources)}
                )
                audio.append(samples)
    return found, audio


def band(samples, rate, low_hz, high_hz):
    """Without delay; the edges are 50 and 100 Hz wide."""
    size = scipy.fft.next_fast_len(len(samples) + rate // 10, real=True)
    at_hz = np.fft.rfftfreq(size, 1 / rate)
    gain = np.clip((high_hz + 50 - at_hz) / 100, 0, 1)
    if low_hz:
        gain *= np.clip((at_hz - low_hz + 25) / 50, 0, 1)
    filtered = np.fft.irfft(np.fft.rfft(samples, size) * gain, size)
    return filtered[: len(samples)].astype(np.float32)


def resample(samples, old, new):
    if old == new:
        return samples
    edge_hz = 0.985 * min(old, new) / 2 - 50
    if new < old:
        return np.ascontiguousarray(band(samples, old, 0, edge_hz)[:: old // new])
    raised = np.zeros(len(samples) * (new // old), np.float32)
    raised[:: new // old] = samples * (new // old)
    return band(raised, new, 0, edge_hz)


def a_law(samples):
    """G.711's A-law by its formula, not by its table of segments."""
    a, size = 87.6, np.clip(np.abs(samples), 0, 1)
    scale = 1 + np.log(a)
    level = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / scale
    level = (np.minimum(np.floor(level * 128), 127) + 0.5) / 128 * scale
    return (np.sign(samples) * np.where(level < 1, level, np.exp(level - 1)) / a).astype(np.float32)


def mu_law(samples):
    level = np.log1p(255 * np.clip(np.abs(samples), 0, 1)) / np.log(256)
    size = np.expm1(np.round(level * 127) / 127 * np.log(256)) / 255
    return (np.sign(samples) * size).astype(np.float32)


def coded(stream, rate, coder):
    """The stream coded and decoded, without the coder's delay."""
    kind, _, bits = coder.partition(":")
    if kind in ("alaw", "mulaw"):
        return {"alaw": a_law, "mulaw": mu_law}[kind](stream)
    program, options = CODERS[kind]
    raw = ["-f", "s16le", "-ar", str(rate), "-ac", "1"]
    run = [program, "-v", "error"]
    encode = [*run, *raw, "-i", "-", *(["-b:a", bits] if bits else []), *options, "-"]
    pcm = (np.clip(stream, -1, 1 - 2**-15) * 2**15).round().astype("<i2").tobytes()
    packed = subprocess.run(encode, input=pcm, stdout=subprocess.PIPE, check=True).stdout
    decode = [*run, "-i", "-", *raw, "-"]
    back = subprocess.run(decode, input=packed, stdout=subprocess.PIPE, check=True).stdout
    heard = np.frombuffer(back, "<i2").astype(np.float32) / 2**15
    head, most = min(len(heard), len(stream), rate * 60), rate // 5
    likeness = scipy.signal.correlate(heard[:head], stream[:head], method="fft")
    delay = int(np.argmax(likeness[head - 1 - most : head + most])) - most
    heard = heard[delay:] if delay >= 0 else np.pad(heard, (-delay, 0))
    return np.pad(heard, (0, max(0, len(stream) - len(heard))))[: len(stream)]


def through(audio, channel, bands):
    """Recordings at 16 kHz through (rate, band, coder); `bands` has the band of each, or None."""
    rate, _, coder = channel
    heard = [resample(samples, RATE, rate) for samples in audio]
    heard = [band(x, rate, *edges) if edges else x for x, edges in zip(heard, bands)]
    if coder:
        pause = np.zeros(int(PAUSE_S * rate), np.float32)
        stream = coded(np.concatenate([part for x in heard for part in (x, pause)]), rate, coder)
        ends = np.cumsum([len(x) + len(pause) for x in heard])
        heard = [stream[end - len(x) - len(pause) :][: len(x)] for x, end in zip(heard, ends)]
    if rate != RATE:
        heard = [np.clip(np.round(x * 2**15), -(2**15), 2**15 - 1) / 2**15 for x in heard]
    return [resample(x, rate, RATE)[: len(samples)] for x, samples in zip(heard, audio)]


def loudness(samples):
    return np.sqrt(np.mean(samples**2) + 1e-12)


def noise(generator, audio, size):
    """White, pink, or 3 to 7 of the other voices."""
    kind = generator.integers(3)
    if kind == 2:
        voices = [audio[each] for each in generator.integers(len(audio), size=generator.integers(3, 8))]
        return sum(np.resize(voice / loudness(voice), size) for voice in voices)
    white = generator.standard_normal(size)
    if kind == 0:
        return white
    spectrum = np.fft.rfft(white)
    return np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), size)


def in_room(generator, samples):
    """Decaying noise as the room: 0.15 to 0.6 s, the direct sound 0 to 12 dB above the rest."""
    size = int(generator.uniform(0.15, 0.6) * RATE)
    answer = generator.standard_normal(size) * np.exp(-6.9 * np.arange(size) / size)
    answer[: int(0.002 * RATE)] = 0
    answer[0] = np.linalg.norm(answer) * 10 ** (generator.uniform(0, 12) / 20)
    heard = scipy.signal.fftconvolve(samples, answer)[: len(samples)]
    return heard * loudness(samples) / loudness(heard)


def spoilt(generator, samples, audio):
    if generator.random() < IN_ROOM:
        samples = in_room(generator, samples)
    if generator.random() < NOISY:
        added = noise(generator, audio, len(samples))
        below_db = generator.uniform(5, 25)
        samples = samples + added * loudness(samples) / loudness(added) * 10 ** (-below_db / 20)
    gain = min(10 ** (generator.uniform(-15, 6) / 20), 0.99 / np.abs(samples).max())
    return (samples * gain).astype(np.float32)


def fbank(samples):
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = RATE
    options.mel_opts.num_bins = 80
    options.mel_opts.high_freq = 8000
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(RATE, samples.tolist())
    bank.input_finished()
    return np.stack([bank.get_frame(index) for index in range(bank.num_frames_ready)])


def make(job):
    speech, folder, name = job
    if folder.name == "train":
        channel, (_, audio) = PASSES[name], clips_of_training(speech)
    else:
        channel, (_, audio) = (SEVEN | UNSEEN)[name], pieces_to_judge(speech)
    bands = [channel[1]] * len(audio)
    if channel[1] == "random":
        generator = np.random.default_rng([11, sum(map(ord, name))])
        bands = [(generator.uniform(20, 400), generator.uniform(2900, 3990)) for _ in audio]
        audio = [spoilt(generator, samples, audio) for samples in audio]
    features = [fbank(samples).astype(np.float16) for samples in through(audio, channel, bands)]
    np.save(folder / f"{name}.npy", np.concatenate(features))
    np.save(folder / "offsets.npy", np.cumsum([0, *map(len, features)]))
    return f"{folder.name}/{name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    train, judge = arguments.out / "train", arguments.out / "judge"
    for folder in (train, judge):
        folder.mkdir(parents=True, exist_ok=True)
    names, audio = clips_of_training(arguments.speech)
    (train / "clips.json").write_text(json.dumps(names))
    print(f"{len(names)} recordings train, {sum(map(len, audio)) / RATE / 60:.0f} min")
    (judge / "pieces.json").write_text(json.dumps(pieces_to_judge(arguments.speech)[0]))
    jobs = [(arguments.speech, train, name) for name in PASSES]
    jobs += [(arguments.speech, judge, name) for name in SEVEN | UNSEEN]
    with ProcessPoolExecutor(WORKERS) as workers:
        for done in workers.map(make, jobs):
            print(done, flush=True)


if __name__ == "__main__":
    main()
