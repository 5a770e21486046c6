#!/usr/bin/env python3
"""Makes the demo archive in audio-samples/ from telephone prompts: calls, manifest, truth, suspects.

Needs `pip install numpy soundfile` and `apt-get install ffmpeg`.

usage: scripts/make_demo_archive.py --speech DIR [--out audio-samples]

DIR holds one folder a voice (see PROVENANCE.md), each with 8 kHz prompts. Prompts are dealt out in
an order drawn once from SEED and each is used once at most, so that no two recordings share a
sound. The same seed and the same ffmpeg give the same bytes.
"""

import argparse
import csv
import pathlib
import subprocess
import tempfile

import numpy as np
import soundfile

SEED = 20260101
RATE = 8000
# Longer prompts would make a call too long.
MAX_PROMPT_SECONDS = 20.0
PAUSE_SECONDS = (0.3, 1.5)
SPEECH_DBFS = (-27.0, -19.0)
NOISE_BELOW_SPEECH_DB = (28.0, 38.0)

# Seconds of prompts that one side of a call gets at least, by the number of its sides.
SIDE_SECONDS = {1: 20.0, 2: 13.0}

# Folder of each voice; one person may fill several folders.
FOLDERS = {
    "a": "allison_en",
    "a-es": "allison_es",
    "b": "armelle_fr",
    "c": "ivrvoice_ru",
    "d": "carlo_it",
    "e": "june_fr",
    "f": "menardi_it",
}

WAV_ALAW = ("wav", 8000, ["-c:a", "pcm_alaw"])
WAV_MULAW = ("wav", 8000, ["-c:a", "pcm_mulaw"])
WAV_16_KHZ = ("wav", 16000, ["-c:a", "pcm_s16le"])
FLAC = ("flac", 8000, ["-c:a", "flac"])
# Joint stereo would let one side of a call leak into the other.
MP3 = ("mp3", 16000, ["-c:a", "libmp3lame", "-joint_stereo", "0", "-b:a"])
MP3_MONO = (*MP3[:2], [*MP3[2], "32k"])
MP3_STEREO = (*MP3[:2], [*MP3[2], "64k"])
MP3_8_KHZ = (MP3[0], 8000, [*MP3[2], "24k"])

# Case, call, format, who speaks on each channel, caller, callee, time, direction, source, note.
# Numbers are from the ranges that the United States and the United Kingdom keep for fiction.
CALLS = [
    (1, 1, WAV_ALAW, "a b", "+12025550141", "+442079460011", "2026-01-12T09:14:05+00:00", "outbound", "operator", "says she is the bank"),
    (1, 2, MP3_MONO, "a", "+12025550141", "+442079460011", "2026-01-12T10:02:41+00:00", "outbound", "victim phone", "second call, one side"),
    (1, 3, WAV_16_KHZ, "c", "+12025550162", "+442079460011", "2026-01-13T08:40:00+00:00", "outbound", "call centre", "supervisor"),
    (1, 4, FLAC, "c d", "+12025550162", "+442079460027", "2026-01-13T15:21:33+00:00", "outbound", "operator", ""),
    (2, 1, WAV_MULAW, "a-es", "+12025550118", "+442079460033", "2026-02-03T11:05:12+00:00", "outbound", "operator", "Spanish"),
    (2, 2, WAV_ALAW, "e f", "+442079460033", "+442079460038", "2026-02-03T12:10:00+00:00", "inbound", "call centre", "report of the victim"),
    (2, 3, MP3_STEREO, "a d", "+12025550118", "+442079460041", "2026-02-04T09:00:27+00:00", "outbound", "call platform", ""),
    (2, 4, FLAC, "b", "+442079460044", "+442079460033", "2026-02-05T17:45:09+00:00", "inbound", "victim phone", ""),
    (3, 1, WAV_ALAW, "c", "+12025550173", "+442079460052", "2026-03-09T07:58:46+00:00", "outbound", "operator", ""),
    (3, 2, FLAC, "a-es e", "+12025550125", "+442079460052", "2026-03-09T08:30:00+00:00", "outbound", "call platform", "Spanish on the first side"),
    (3, 3, MP3_MONO, "f", "+442079460059", "+442079460052", "2026-03-10T13:12:54+00:00", "inbound", "victim phone", ""),
    (3, 4, WAV_MULAW, "c b", "+12025550173", "+442079460061", "2026-03-11T16:20:18+00:00", "outbound", "operator", ""),
    (4, 1, WAV_16_KHZ, "a", "+12025550133", "+442079460070", "2026-04-20T10:10:10+00:00", "outbound", "call centre", ""),
    (4, 2, WAV_ALAW, "d f", "+442079460072", "+442079460070", "2026-04-20T18:31:02+00:00", "inbound", "operator", ""),
    (4, 3, FLAC, "e", "+442079460075", "+442079460070", "2026-04-21T09:09:39+00:00", "inbound", "victim phone", ""),
    (4, 4, MP3_8_KHZ, "d", "+442079460072", "+442079460077", "2026-04-22T20:00:51+00:00", "outbound", "operator", ""),
    (5, 1, WAV_MULAW, "a-es f", "+12025550146", "+442079460083", "2026-05-15T14:25:37+00:00", "outbound", "operator", "Spanish on the first side"),
    (5, 2, WAV_ALAW, "e", "+442079460085", "+442079460083", "2026-05-15T15:00:00+00:00", "inbound", "operator", ""),
    (5, 3, WAV_MULAW, "c b", "+12025550187", "+442079460083", "2026-05-16T11:47:23+00:00", "outbound", "call platform", ""),
    (5, 4, MP3_MONO, "a", "+12025550146", "+442079460089", "2026-05-18T08:15:44+00:00", "outbound", "victim phone", ""),
    (6, 1, FLAC, "c e", "+12025550191", "+442079460092", "2026-06-24T09:33:16+00:00", "outbound", "call platform", ""),
    (6, 2, WAV_MULAW, "d", "+442079460094", "+442079460092", "2026-06-24T12:12:12+00:00", "inbound", "operator", ""),
    (6, 3, WAV_16_KHZ, "f", "+442079460096", "+442079460092", "2026-06-25T19:05:58+00:00", "inbound", "call centre", ""),
    (6, 4, WAV_ALAW, "b", "+442079460098", "+442079460092", "2026-06-26T07:20:30+00:00", "inbound", "operator", ""),
]

SUSPECTS = [
    ("Suspect A", "a", "suspect-a.wav", "demo order 1 of 2026-05-20"),
    ("Suspect C", "c", "suspect-c.wav", "demo order 2 of 2026-05-21"),
]

# Seconds of prompts in a suspect's recording.
ENROLMENT_SECONDS = 20.0

# Share of the truncated file that is left.
TRUNCATED_SHARE = 0.55


def person(voice):
    """Code of the person whose voice a folder holds."""
    return f"speaker-{voice[0]}"


def trimmed(signal):
    """Without the silence around a prompt: what is 40 dB below its peak, in frames of 10 ms."""
    frame = RATE // 100
    level = np.abs(signal[: len(signal) // frame * frame]).reshape(-1, frame).max(axis=1)
    loud = np.flatnonzero(level > level.max() * 0.01)
    return signal[max(loud[0] - 5, 0) * frame : (loud[-1] + 6) * frame]


class Prompts:
    """Deals out each prompt of a voice once."""

    def __init__(self, speech, random):
        self.left = {}
        for voice, folder in FOLDERS.items():
            signals = [soundfile.read(path) for path in sorted((speech / folder).glob("*.flac"))]
            assert all(rate == RATE for _, rate in signals)
            signals = [trimmed(signal) for signal, _ in signals]
            signals = [signal for signal in signals if len(signal) <= MAX_PROMPT_SECONDS * RATE]
            order = random.permutation(len(signals))
            self.left[voice] = [signals[index] for index in order]

    def take(self, voice, seconds):
        """The next prompts of a voice, until they last at least as long."""
        taken = []
        while sum(map(len, taken)) < seconds * RATE:
            taken.append(self.left[voice].pop(0))
        return taken


def level_db(signal):
    return 10 * np.log10(np.mean(signal**2) + 1e-12)


def pause(random):
    return int(random.uniform(*PAUSE_SECONDS) * RATE)


def call(sides, random):
    """Channels `[S, C]` on which the sides take turns; each turn is one or two prompts."""
    turns = []
    queues = [list(side) for side in sides]
    while any(queues):
        for channel, queue in enumerate(queues):
            for _ in range(random.integers(1, 3)):
                if queue:
                    turns.append((channel, queue.pop(0)))
    length = pause(random)
    placed = []
    for channel, prompt in turns:
        placed.append((channel, length, prompt))
        length += len(prompt) + pause(random)
    signal = np.zeros((length, len(sides)))
    for channel, start, prompt in placed:
        signal[start : start + len(prompt), channel] = prompt
    for channel, side in enumerate(sides):
        line(signal[:, channel], np.concatenate(side), random)
    return signal


def line(channel, speech, random):
    """Sets the level of a channel, in place, and adds the noise of a line."""
    target = random.uniform(*SPEECH_DBFS)
    channel *= 10 ** ((target - level_db(speech)) / 20)
    noise = random.standard_normal(len(channel) + 1)
    # Half of each sample is the one before it, so that the noise falls towards 4 kHz.
    noise = noise[1:] + 0.5 * noise[:-1]
    noise_db = target - random.uniform(*NOISE_BELOW_SPEECH_DB)
    channel += noise * 10 ** ((noise_db - level_db(noise)) / 20)


def write(path, signal, form):
    """Encodes `[S, C]` at 8 kHz; the same samples give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, rate, arguments = form
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    with tempfile.NamedTemporaryFile(suffix=".wav") as raw:
        soundfile.write(raw.name, np.clip(signal, -1, 1), RATE, "PCM_16")
        command = ["ffmpeg", "-v", "error", "-y", "-i", raw.name, "-ar", str(rate)]
        subprocess.run([*command, *arguments, *exact, str(path)], check=True)


def table(path, heading, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)


def make_calls(out, prompts, random):
    """Manifest rows and truth rows of the ordinary calls."""
    manifest, truth = [], []
    for case, number, form, voices, *facts in CALLS:
        voices = voices.split()
        name = f"case-2026-{case:03}/call-{number:02}.{form[0]}"
        sides = [prompts.take(voice, SIDE_SECONDS[len(voices)]) for voice in voices]
        write(out / name, call(sides, random), form)
        manifest.append((name, f"2026-{case:03}", *facts))
        truth += [(name, channel, person(voice)) for channel, voice in enumerate(voices)]
    return manifest, truth


def make_hard_ones(out, prompts, random):
    """Manifest rows and truth rows of a recording too short, one of silence and one cut off."""
    facts = ("+12025550199", "+442079460092", "2026-06-27T10:00:00+00:00", "outbound", "operator")
    folder, case = "case-2026-006", "2026-006"

    short = f"{folder}/one-second.wav"
    prompt = prompts.take("d", 1.0)[0][:RATE]
    write(out / short, call([[prompt, np.zeros(3 * RATE)]], random), WAV_ALAW)

    silent = f"{folder}/silence.wav"
    write(out / silent, np.zeros((20 * RATE, 1)), WAV_ALAW)

    cut = f"{folder}/truncated.wav"
    write(out / cut, call([prompts.take("a-es", 30.0)], random), WAV_MULAW)
    whole = (out / cut).read_bytes()
    (out / cut).write_bytes(whole[: int(len(whole) * TRUNCATED_SHARE)])

    manifest = [
        (short, case, *facts, "one second of speech: too little for a voiceprint"),
        (silent, case, *facts, "nobody speaks"),
        (cut, case, *facts, "file cut off: its header promises more"),
    ]
    return manifest, [(short, 0, "speaker-d"), (cut, 0, "speaker-a")]


def make_suspects(out, prompts, random):
    """Rows of the suspects' file and truth rows."""
    rows, truth = [], []
    for subject, voice, name, ground in SUSPECTS:
        path = f"suspects/{name}"
        write(out / path, call([prompts.take(voice, ENROLMENT_SECONDS)], random), WAV_ALAW)
        rows.append((subject, "suspect", ground, path))
        truth.append((path, 0, person(voice)))
    return rows, truth


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("audio-samples"))
    arguments = parser.parse_args()

    random = np.random.default_rng(SEED)
    prompts = Prompts(arguments.speech, random)
    manifest, truth = make_calls(arguments.out, prompts, random)
    for make, rows in ((make_hard_ones, manifest), (make_suspects, suspects := [])):
        more, true = make(arguments.out, prompts, random)
        rows += more
        truth += true
    heading = "path case_no caller callee started_at direction source note".split()
    table(arguments.out / "manifest.csv", heading, manifest)
    table(arguments.out / "truth.csv", ("path", "channel", "speaker"), truth)
    table(arguments.out / "suspects.csv", ("subject", "class", "ground", "path"), suspects)


if __name__ == "__main__":
    main()
