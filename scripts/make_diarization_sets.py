#!/usr/bin/env python3
"""Makes simulated telephone calls of one, two and three people in one channel, with references.

Needs what voice_reference.py needs, and ffmpeg with libgsm.

    scripts/make_diarization_sets.py SPEECH_DIR OUT_DIR [--seed N]
    scripts/make_diarization_sets.py SPEECH_DIR audio-samples/diarization --asterisk-only

SPEECH_DIR holds the folders librispeech-cohort, librispeech-test-other, arabic-keywords and
asterisk. Written are OUT_DIR/dev and OUT_DIR/test, which share no speaker, each with WAV files of
16 bit, one RTTM a call and calls.csv. With --asterisk-only four short calls in A-law are written,
of prompts that the demo archive does not use.

References mark speech, not turns: speech_labels.py says by which rule, before anything is mixed.

No sound is used twice in a call, except in the calls of the condition's suffix "-long", in which
recordings of librispeech-cohort, one a speaker, are cut three times at other places.
"""

import argparse
import csv
import dataclasses
import pathlib
import subprocess
import tempfile

import numpy as np
import scipy.signal
import soundfile

import make_demo_archive
from diarization_plans import (
    ARABIC,
    ASTERISK,
    COHORT,
    COHORT_SECONDS,
    OTHER,
    PLANS,
    SMALL_CALLS,
)
from speech_labels import FRAME, Sound, levels_db, sounds
from voice_reference import RATE, Reference, channels_of

SEED = 20261125

TURN_SECONDS = (1.0, 12.0)
GAP_SECONDS = (0.1, 1.0)
LONG_GAP_SECONDS, LONG_GAP_SHARE = (1.0, 3.0), 0.1
OVERLAP_SECONDS, OVERLAP_SHARE = (0.2, 1.0), 0.15
BACK_CHANNEL_SECONDS, BACK_CHANNEL_SHARE = (0.3, 0.8), 0.2
# A turn shorter than this gets no back-channel.
BACK_CHANNEL_TURN_SECONDS = 4.0
EDGE_SECONDS = (0.3, 2.0)
# Sound that is kept around the speech of a turn, where the source has it, and its fade.
MARGIN, FADE = RATE // 10, RATE // 50

LOUDEST_DBFS = (-24.0, -18.0)
LEVEL_DIFFERENCE_DB = (0.0, 10.0)
NOISE_BELOW_LOUDEST_DB = (32.0, 45.0)
PEAK = 0.95


@dataclasses.dataclass
class Voice:
    """A person: each list holds the sounds of one language."""

    name: str
    gender: str
    languages: list


class Pools:
    """Voices by pool; the recordings of one are read when they are first asked for."""

    def __init__(self, speech, reference):
        self.speech, self.reference, self.read = speech, reference, {}
        lines = (speech / COHORT / "SPEAKERS.TXT").read_text(encoding="utf-8").splitlines()
        fields = [line.split("|") for line in lines if not line.startswith(";")]
        self.genders = {row[0].strip(): row[1].strip() for row in fields}

    def names(self, pool, which):
        """Names of a pool's speakers with the folders or files of each."""
        if pool == "asterisk":
            folders = [[self.speech / "asterisk" / name for name in one] for one in ASTERISK[which]]
            return {one[0].name.split("_")[0]: one for one in folders}
        if pool == "cohort":
            files = sorted((self.speech / COHORT).glob("*.flac"))
            files = [file for file in files if soundfile.info(file).duration >= COHORT_SECONDS]
            return {f"ls-{file.name.split('-')[0]}": [file] for file in files}
        folder, prefix = {"other": (OTHER, "ls"), "arabic": (ARABIC, "ar")}[pool]
        return {f"{prefix}-{one.name}": [one] for one in sorted((self.speech / folder).iterdir())}

    def gender(self, name):
        return self.genders.get(name.removeprefix("ls-"), "?")

    def voice(self, name, paths):
        if name not in self.read:
            languages = []
            for path in paths:
                files = sorted(path.glob("*.flac")) if path.is_dir() else [path]
                signals = [channels_of(file)[0] for file in files]
                languages.append(sounds(self.reference, signals))
            self.read[name] = Voice(name, self.gender(name), languages)
        return self.read[name]


def quietest(samples, around, reach):
    """The quietest place near one."""
    low = max(around - reach, 0)
    level = levels_db(samples[low : around + reach])
    return low + int(level.argmin()) * FRAME + FRAME // 2 if len(level) else around


def turns_of(sound, random):
    """A sound in pieces that are cut in pauses where there are any."""
    pieces, start, last = [], sound.speech[0][0], sound.speech[-1][1]
    pauses = [(a[1] + b[0]) // 2 for a, b in zip(sound.speech, sound.speech[1:])]
    shortest, longest = (int(seconds * RATE) for seconds in TURN_SECONDS)
    while last - start > 0:
        wanted = start + int(np.clip(random.lognormal(1.2, 0.6), *TURN_SECONDS) * RATE)
        near = [at for at in pauses if shortest <= at - start <= longest]
        if last - wanted < shortest and last - start <= longest:
            cut = last
        elif near and min(abs(at - wanted) for at in near) < 2 * RATE:
            cut = min(near, key=lambda at: abs(at - wanted))
        else:
            cut = min(quietest(sound.samples, wanted, RATE // 3), last)
        pieces.append(sound.part(*trimmed(sound, start, cut)))
        start = cut
    return [piece for piece in pieces if piece.speech]


def trimmed(sound, start, end):
    """Bounds of the speech between two places, with a margin."""
    inside = [(max(a, start), min(b, end)) for a, b in sound.speech if b > start and a < end]
    if not inside:
        return start, start
    return max(inside[0][0] - MARGIN, start), min(inside[-1][1] + MARGIN, end)


class Speaker:
    """Deals out what one voice says in a call."""

    def __init__(self, voice, again, random):
        language = voice.languages[random.integers(len(voice.languages))]
        self.name, self.random = voice.name, random
        self.spoken = np.concatenate([s.samples[a:b] for s in language for a, b in s.speech])
        self.turns = []
        for _ in range(again):
            for index in random.permutation(len(language)):
                self.turns += turns_of(language[index], random)

    def back_channel(self):
        """A word or two, taken from the end of what is left to say."""
        if len(self.turns) < 3:
            return None
        piece = self.turns.pop()
        start, end = piece.speech[0]
        wanted = int(self.random.uniform(*BACK_CHANNEL_SECONDS) * RATE)
        if end - start > BACK_CHANNEL_SECONDS[1] * RATE:
            end = quietest(piece.samples, start + wanted, RATE // 10)
        if end - start < BACK_CHANNEL_SECONDS[0] * RATE:
            return None
        return piece.part(start, end)


def faded(samples):
    samples = samples.astype(np.float64)
    fade = min(FADE, len(samples) // 2)
    ramp = np.linspace(0, 1, fade)
    samples[:fade] *= ramp
    samples[len(samples) - fade :] *= ramp[::-1]
    return samples


def place(speakers, seconds, random):
    """Who says what from which sample on: `(speaker, start, sound)`."""
    placed, at, last = [], int(random.uniform(*EDGE_SECONDS) * RATE), None
    while at < seconds * RATE:
        ready = [speaker for speaker in speakers if speaker.turns]
        if not ready:
            break
        # Who was not the last to speak; the one with more left to say more often.
        ready = [speaker for speaker in ready if speaker is not last] or ready
        left = np.array([len(speaker.turns) for speaker in ready], float)
        speaker = ready[random.choice(len(ready), p=left / left.sum())]
        turn = speaker.turns.pop(0)
        changes = last not in (None, speaker)
        if changes and random.random() < OVERLAP_SHARE:
            shared = min(random.uniform(*OVERLAP_SECONDS) * RATE, len(turn.samples) / 2)
            before = placed[-1][1] if len(placed) < 2 else max(placed[-1][1], ends(placed[-2]))
            at = max(at - int(shared), before)
        elif last is not None:
            long = random.random() < LONG_GAP_SHARE
            at += int(random.uniform(*(LONG_GAP_SECONDS if long else GAP_SECONDS)) * RATE)
        placed.append((speaker, at, turn))
        at += len(turn.samples)
        last = speaker
    return placed + back_channels(speakers, placed, random), at


def ends(one):
    return one[1] + len(one[2].samples)


def back_channels(speakers, placed, random):
    found = []
    for speaker, start, turn in placed:
        others = [other for other in speakers if other is not speaker]
        if len(turn.samples) < BACK_CHANNEL_TURN_SECONDS * RATE or not others:
            continue
        if random.random() < BACK_CHANNEL_SHARE:
            other = others[random.integers(len(others))]
            # Nobody speaks twice at a time: the middle of the turn is clear of other turns.
            if sound := other.back_channel():
                at = start + int(random.uniform(0.3, 0.5) * len(turn.samples))
                found.append((other, at, sound))
    return found


def decibels(samples):
    return 10 * np.log10(np.mean(np.asarray(samples, np.float64) ** 2) + 1e-12)


def call(speakers, seconds, random):
    """Samples of a call at 16 kHz and its speech `(speaker name, start, end)`."""
    placed, length = place(speakers, seconds, random)
    length += int(random.uniform(*EDGE_SECONDS) * RATE)
    loudest = random.uniform(*LOUDEST_DBFS)
    softer = [0.0] + [random.uniform(*LEVEL_DIFFERENCE_DB) for _ in speakers[1:]]
    gains = {}
    for speaker, below in zip(speakers, random.permutation(softer)):
        gains[speaker.name] = 10 ** ((loudest - below - decibels(speaker.spoken)) / 20)
    signal, speech = np.zeros(length), {}
    for speaker, start, sound in placed:
        signal[start : start + len(sound.samples)] += gains[speaker.name] * faded(sound.samples)
        stretches = speech.setdefault(speaker.name, [])
        stretches += [(start + a, start + b) for a, b in sound.speech]
    noise = random.standard_normal(length + 1)
    noise = noise[1:] + 0.5 * noise[:-1]
    noise_db = loudest - random.uniform(*NOISE_BELOW_LOUDEST_DB)
    signal += noise * 10 ** ((noise_db - decibels(noise)) / 20)
    signal *= min(1.0, PEAK / np.abs(signal).max())
    rows = [(name, a, b) for name, found in speech.items() for a, b in merged(found)]
    return signal, sorted(rows, key=lambda row: row[1:])


def merged(stretches):
    """One speaker's stretches in order, joined where they touch."""
    found = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def telephone(signal):
    """The band of a telephone line, at 8 kHz, without delay."""
    narrow = scipy.signal.resample_poly(signal, 1, 2)
    band = scipy.signal.butter(4, (300, 3400), "bandpass", fs=RATE // 2, output="sos")
    return scipy.signal.sosfiltfilt(band, narrow)


def write(path, signal, condition):
    """Writes a call as it is after its line."""
    codec = condition.split("-")[0]
    if codec == "clean":
        soundfile.write(path, signal, RATE, "PCM_16")
        return
    narrow = np.clip(telephone(signal), -1, 1)
    with tempfile.TemporaryDirectory() as folder:
        plain, coded = (f"{folder}/{name}" for name in ("plain.wav", f"coded.{codec}"))
        soundfile.write(plain, narrow, RATE // 2, "PCM_16")
        form = {"alaw": "alaw", "gsm": "gsm"}[codec]
        run = ["ffmpeg", "-v", "error", "-y"]
        subprocess.run([*run, "-i", plain, "-f", form, coded], check=True)
        source = ["-f", form, "-ar", "8000"] if form == "alaw" else ["-f", form]
        exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
        target = "pcm_alaw" if condition == "alaw-file" else "pcm_s16le"
        encoded = ["-c:a", target, *exact, str(path)]
        subprocess.run([*run, *source, "-i", coded, *encoded], check=True)


def write_rttm(path, rows):
    with open(path, "w", encoding="ascii") as file:
        for name, start, end in rows:
            times = f"{start / RATE:.4f} {(end - start) / RATE:.4f}"
            file.write(f"SPEAKER {path.stem} 1 {times} <NA> <NA> {name} <NA> <NA>\n")


def write_call(out, name, speakers, seconds, which, condition, random):
    """Writes a call and gives its row of calls.csv."""
    signal, rows = call(speakers, seconds, random)
    write(out / f"{name}.wav", signal, condition)
    write_rttm(out / f"{name}.rttm", rows)
    count = len({row[0] for row in rows})
    return f"{name}.wav", f"{name}.rttm", which, count, condition.removesuffix("-file")


def chosen(plan, pools, used, which, random):
    """Voices for the pools of a plan, the least used first; "=" asks for the gender of the first."""
    voices = []
    alike = "=" in plan
    for wish in plan.split():
        pool = wish.removeprefix("=")
        names = pools.names(pool, which)
        fit = [n for n in names if n not in {v.name for v in voices}]
        if wish.startswith("="):
            fit = [name for name in fit if pools.gender(name) == voices[0].gender]
        elif alike:
            genders = [pools.gender(name) for name in names]
            fit = [name for name in fit if genders.count(pools.gender(name)) >= len(plan.split())]
        least = min(used.get(name, 0) for name in fit)
        fit = [name for name in fit if used.get(name, 0) == least]
        name = fit[random.integers(len(fit))]
        used[name] = used.get(name, 0) + 1
        voices.append(pools.voice(name, names[name]))
    return voices


def make_set(which, out, pools, random):
    rows, used = [], {}
    out.mkdir(parents=True, exist_ok=True)
    for plan, condition, seconds, count in PLANS[which]:
        for _ in range(count):
            again = 3 if condition.endswith("-long") else 1
            voices = chosen(plan, pools, used, which, random)
            speakers = [Speaker(voice, again, random) for voice in voices]
            name = f"{which}-{len(rows) + 1:02}"
            rows.append(write_call(out, name, speakers, seconds, which, condition, random))
    write_table(out, rows)


def write_table(out, rows):
    with open(out / "calls.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "rttm", "set", "speakers", "condition"))
        writer.writerows(rows)


def unused_prompts(speech):
    """What the demo archive leaves of the prompts of each voice, at 8 kHz."""
    random = np.random.default_rng(make_demo_archive.SEED)
    prompts = make_demo_archive.Prompts(speech / "asterisk", random)
    steps = ("make_calls", "make_hard_ones", "make_suspects")
    with tempfile.TemporaryDirectory() as folder:
        for step in steps:
            getattr(make_demo_archive, step)(pathlib.Path(folder), prompts, random)
    return prompts.left


def make_small(speech, out, reference, random):
    left, rows = unused_prompts(speech), []
    out.mkdir(parents=True, exist_ok=True)
    for codes, seconds in SMALL_CALLS:
        speakers = []
        for code in codes.split():
            signals = [scipy.signal.resample_poly(s, 2, 1).astype(np.float32) for s in left[code]]
            voice = Voice(make_demo_archive.person(code), "?", [sounds(reference, signals)])
            speakers.append(Speaker(voice, 1, random))
        name = f"call-{len(rows) + 1:02}"
        rows.append(write_call(out, name, speakers, seconds, "asterisk", "alaw-file", random))
    write_table(out, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("speech", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--asterisk-only", action="store_true")
    given = parser.parse_args()
    reference = Reference()
    if given.asterisk_only:
        make_small(given.speech, given.out, reference, np.random.default_rng(given.seed))
        return
    pools = Pools(given.speech, reference)
    for index, which in enumerate(PLANS):
        random = np.random.default_rng((given.seed, index))
        make_set(which, given.out / which, pools, random)


if __name__ == "__main__":
    main()
