#!/usr/bin/env python3
"""How much speech a voiceprint needs: accuracy against `voiceprint.max_speech_ms`.

Needs what `voice_reference.py` needs, and ffmpeg with libgsm.

    python3 scripts/measure_voiceprint_cap.py [--saved FILE] FOLDER...

Each folder holds the prompts of one person, about 25 minutes at 8 kHz, such as the unpacked Debian
packages asterisk-core-sounds-{en,fr,it,ru}-wav and asterisk-prompt-it-menardi-wav. The prompts are
shuffled and dealt out to sessions that share none; digits and letters fill up the end of a session.
Of each session the first speech up to a cap becomes a voiceprint by the steps of the service: speech
detection, filter bank of each stretch, the stretch that passes the cap cut there, mean over what is
used subtracted, equal windows of at most 20 s. Only the telling apart of speakers is left out, as one
person speaks. It is done for the telephone prompts as they are, and with white noise 10 dB below the
speech and GSM full rate behind it.

For each cap, both sides capped alike: mean and deviation of the scores of one person's sessions and of
two people's, d' between them, equal error rate, cosine to the voiceprint of the whole session, and
processor time of the embedding. Intervals of 95 % are a bootstrap over people. The last lines name the
least cap after which d' gains nothing that the bootstrap can tell from none.

The sessions of one person were recorded in one campaign in one studio. Calls of different days differ
by more, which no cap takes away, so what long speech gains here is an upper bound.
"""

import argparse
import itertools
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import soundfile
from voice_reference import RATE, Reference, channels_of, fbank

SESSIONS = 4
CAPS_S = [5, 10, 20, 30, 60, 90, 120, 180, 300, None]
CONDITIONS = ("telephone", "noise and GSM")
SPELLED = {"digits", "letters", "phonetic", "ICAO"}
LEFT_OUT = {"silence"}
TELEPHONE_HZ = 8000
SHORTEST_BYTES = TELEPHONE_HZ
NOISE_DB = -10
# Frame length and shift of the filter bank, in samples.
FRAME, SHIFT = 400, 160
RESAMPLES = 2000


def sessions_of(folder):
    """Signals at 8 kHz, one a session."""
    rng = np.random.default_rng(1)
    groups = {False: [], True: []}
    for path in sorted(folder.rglob("*.wav")):
        if path.parent.name not in LEFT_OUT and path.stat().st_size > SHORTEST_BYTES:
            groups[path.parent.name in SPELLED].append(path)
    files = []
    for group in groups.values():
        rng.shuffle(group)
        files += group
    for session in range(SESSIONS):
        yield np.concatenate([soundfile.read(path, dtype="float32")[0] for path in files[session::SESSIONS]])


def write(signal, condition, path, seed):
    if condition == CONDITIONS[0]:
        soundfile.write(path, signal, TELEPHONE_HZ, subtype="PCM_16")
        return
    frame = TELEPHONE_HZ // 50
    powers = np.mean(signal[: len(signal) // frame * frame].reshape(-1, frame) ** 2, axis=1)
    speech = np.mean(powers[powers > powers.max() / 1000])
    noise = np.random.default_rng(seed).normal(0, np.sqrt(speech * 10 ** (NOISE_DB / 10)), len(signal))
    soundfile.write(path, np.clip(signal + noise, -1, 1), TELEPHONE_HZ, subtype="PCM_16")
    coded = path.with_suffix(".gsm")
    ffmpeg = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    subprocess.run([*ffmpeg, "-i", path, "-c:a", "libgsm", coded], check=True)
    subprocess.run([*ffmpeg, "-f", "gsm", "-i", coded, "-c:a", "pcm_s16le", path], check=True)


def used(stretches, cap_s):
    """Frames of the first `cap_s` seconds, mean subtracted; a stretch is `(samples, frames)`."""
    left = sum(samples for samples, _ in stretches) if cap_s is None else cap_s * RATE
    parts = []
    for samples, frames in stretches:
        samples = min(samples, left)
        left -= samples
        parts.append(frames[: max(0, 1 + (samples - FRAME) // SHIFT)])
    frames = np.concatenate(parts)
    return (frames - frames.mean(axis=0, dtype=np.float64)).astype(np.float32)


def voiceprints(reference, path):
    """`[cap, 192]`, processor seconds by cap, and net speech in seconds."""
    (signal,) = channels_of(path)
    (speech,) = reference.speech([signal])
    stretches = [(end - start, fbank(signal[start:end])) for start, end in speech]
    found, seconds = [], []
    for cap_s in CAPS_S:
        frames = used(stretches, cap_s)
        began = time.process_time()
        found.append(reference.embedding(frames))
        seconds.append(time.process_time() - began)
    return np.array(found), seconds, sum(samples for samples, _ in stretches) / RATE


def measure(folders):
    """Voiceprints `[condition, person, session, cap, 192]` and seconds `[condition, person, session, cap]`."""
    reference = Reference()
    prints, seconds = [], []
    with tempfile.TemporaryDirectory() as work:
        path = pathlib.Path(work) / "session.wav"
        for condition in CONDITIONS:
            people = []
            for folder in folders:
                sessions, net = [], []
                for number, signal in enumerate(sessions_of(folder)):
                    write(signal, condition, path, number)
                    found, took, net_s = voiceprints(reference, path)
                    sessions.append(found)
                    seconds.append(took)
                    net.append(net_s)
                people.append(sessions)
                spoken = ", ".join(f"{value:.0f}" for value in net)
                print(f"{condition}, {folder.name}: {spoken} s of speech", flush=True)
            prints.append(people)
    return np.array(prints), np.array(seconds)


def scores_of(left, right, cap):
    """Scores of one person's different sessions by person, and of two people's by pair."""
    people, sessions = left.shape[:2]
    matrix = np.einsum("psd,qtd->pqst", left[:, :, cap], right[:, :, cap])
    different = ~np.eye(sessions, dtype=bool)
    same = np.array([matrix[person, person][different] for person in range(people)])
    pairs = list(itertools.combinations(range(people), 2))
    other = np.array([np.concatenate([matrix[p, q].ravel(), matrix[q, p].ravel()]) for p, q in pairs])
    return same, other, pairs


def moments(scores, weights):
    mean = np.average(scores.mean(axis=1), weights=weights)
    return mean, np.average(((scores - mean) ** 2).mean(axis=1), weights=weights)


def d_prime(same, other, pairs, counts):
    """Of people who come `counts` times."""
    mean, variance = moments(same, counts)
    away, spread = moments(other, [counts[p] * counts[q] for p, q in pairs])
    return (mean - away) / np.sqrt((variance + spread) / 2)


def equal_errors(same, other):
    same, other = np.sort(same.ravel()), np.sort(other.ravel())
    thresholds = np.concatenate([same, other])
    misses = np.searchsorted(same, thresholds) / len(same)
    alarms = 1 - np.searchsorted(other, thresholds) / len(other)
    return np.min(np.maximum(misses, alarms))


def report(name, left, right, seconds):
    """Prints a table, and gives the least cap after which nothing is gained."""
    scores = [scores_of(left, right, cap) for cap in range(len(CAPS_S))]
    people = left.shape[0]
    rng = np.random.default_rng(2)
    draws = [rng.multinomial(people, np.full(people, 1 / people)) for _ in range(RESAMPLES)]
    # One person drawn throughout has no one to be mistaken for.
    draws = [counts for counts in draws if np.count_nonzero(counts) > 1]
    drawn = np.array([[d_prime(*each, counts) for each in scores] for counts in draws])
    whole = np.array([d_prime(*each, np.ones(people)) for each in scores])
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    print(f"\n{name}: {scores[0][0].size} scores of one person, {scores[0][1].size} of two")
    print("  cap   one person       two people       d'   (95 %)            EER %   to all   most gained after, 95 %   CPU s")
    saturated = []
    for cap, cap_s in enumerate(CAPS_S):
        same, other, _ = scores[cap]
        towards = [np.sum(side[:, :, cap] * side[:, :, -1], axis=-1).mean() for side in (left, right)]
        gained = drawn[:, cap + 1 :] - drawn[:, [cap]]
        gain, done = "", True
        if gained.shape[1]:
            bounds = np.percentile(gained, [2.5, 97.5], axis=0)
            most = np.argmax(whole[cap + 1 :])
            gain = f"{whole[cap + 1 + most] - whole[cap]:+.2f} ({bounds[0, most]:+.2f} to {bounds[1, most]:+.2f})"
            done = bool(np.all(bounds[0] <= 0))
        saturated.append(done)
        label = "all" if cap_s is None else f"{cap_s} s"
        print(
            f"{label:>5}   {same.mean():.3f} ± {same.std():.3f}   {other.mean():.3f} ± {other.std():.3f}   "
            f"{whole[cap]:5.2f} ({low[cap]:5.2f} to {high[cap]:5.2f})   {100 * equal_errors(same, other):5.2f}   "
            f"{np.mean(towards):.4f}   {gain:<25}  {seconds[cap]:5.2f}"
        )
    return next(cap_s for cap_s, done in zip(CAPS_S, saturated) if done)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--saved", type=pathlib.Path, help="voiceprints (.npz): read where there, else written")
    arguments = parser.parse_args()
    if arguments.saved and arguments.saved.exists():
        saved = np.load(arguments.saved)
        prints, seconds = saved["prints"], saved["seconds"]
    else:
        prints, seconds = measure(arguments.folders)
        if arguments.saved:
            np.savez(arguments.saved, prints=prints, seconds=seconds)
    costs = seconds.mean(axis=0)
    telephone, hard = prints
    tables = {
        CONDITIONS[0]: (telephone, telephone),
        CONDITIONS[1]: (hard, hard),
        f"{CONDITIONS[0]} against {CONDITIONS[1]}": (telephone, hard),
    }
    least = {name: report(name, *sides, costs) for name, sides in tables.items()}
    print("\nleast cap after which d' gains nothing that can be told from none:")
    for name, cap_s in least.items():
        print(f"  {name}: {'none' if cap_s is None else f'{cap_s} s'}")


if __name__ == "__main__":
    main()
