#!/usr/bin/env python3
"""How right the measured quality is: noise, music, clipping and bands of known size.

Needs pip install numpy scipy soundfile, ffmpeg with libgsm, libmp3lame and libopus, and a built voxtrace.

    python3 scripts/measure_quality.py --speech DIR --others DIR --prompts DIR... --music DIR
        [--voxtrace PATH] [--tables noise,shares,clipping,band]

`--speech` has one folder a person with speech at 16 kHz, such as LibriSpeech test-other; `--others`
has speech of other people at 16 kHz for babble, such as LibriSpeech train-clean-100; each folder of
`--prompts` has one person's telephone prompts at 8 kHz without audible noise, such as the unpacked
Debian packages asterisk-core-sounds-{en,it,ru}-wav; `--music` is music on hold at 8 kHz, such as
asterisk-moh-opsound-wav.

Noise is added so many dB below the mean power of the 20 ms frames within 30 dB of the loudest, as
`voxtrace simulate` does. Speech that was recorded with noise of its own cannot be found cleaner than
it is: the row "none" shows where that ends. Of each file the voice with the most speech is read.

All values come from `voxtrace analyse --json`.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import scipy.signal
import soundfile

WIDE, NARROW = 16000, 8000
SNRS_DB = [None, 30, 20, 15, 10, 5, 0]
CLIPPED_PERCENT = [0, 0.1, 0.5, 1, 2, 5, 10]
PIECES = 16
PIECE_S = 10
MUSIC_S = 20
TALKERS = 8
# Bounds of `[suitability]` in config/default.toml.
CAUTION_DB, REJECT_DB, MUSIC_CAUTION = 15.0, 5.0, 0.3
SHARES = ("music_ratio", "tone_ratio", "silence_ratio", "speech_ratio")


class Bench:
    """Analyses signals."""

    def __init__(self, voxtrace):
        self.voxtrace = voxtrace

    def analyse(self, signals, rate):
        with tempfile.TemporaryDirectory() as work:
            paths = []
            for number, signal in enumerate(signals):
                paths.append(f"{work}/{number:03}.wav")
                soundfile.write(paths[-1], np.clip(signal, -1, 32767 / 32768), rate, subtype="PCM_16")
            return self.analyse_files(paths)

    def analyse_files(self, paths):
        command = [self.voxtrace, "analyse", "--json", *paths]
        # A file without a voice is no reason to stop.
        lines = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        found = {line["path"]: line for line in map(json.loads, lines.splitlines())}
        return [found[path] for path in paths]


def voice_quality(analysis, name):
    voices = analysis.get("voices", [])
    if not voices:
        return None
    return max(voices, key=lambda voice: voice["net_speech_ms"])["quality"].get(name)


def active(signal, rate):
    """Samples in the 20 ms frames within 30 dB of the loudest."""
    frame = rate // 50
    frames = signal[: len(signal) // frame * frame].reshape(-1, frame)
    powers = np.mean(frames**2, axis=1)
    return frames[powers > powers.max() / 1000].ravel()


def over(signal, noise, snr_db, rate):
    power = np.mean(active(signal, rate) ** 2) / 10 ** (snr_db / 10)
    return signal + noise * np.sqrt(power / np.mean(noise**2))


def loud(signal, peak=0.7):
    return peak * signal / np.abs(signal).max()


def spread(values, width=6):
    values = [value for value in values if value is not None]
    if not values:
        return "none"
    middle, low, high = np.median(values), *np.percentile(values, [10, 90])
    return f"{middle:{width}.1f} ({low:{width}.1f} to {high:{width}.1f})"


def percent(hits):
    hits = list(hits)
    return f"{100 * sum(hits) / max(1, len(hits)):4.0f} %"


def noise_table(bench, name, speech, rate, others, music):
    rng = np.random.default_rng(1)
    print(f"\nNoise, {name}: dB made; dB found by WADA-SNR and by level above the pauses, median (10 to 90 %)")
    print(f"  noise    made   WADA-SNR                   error   below {CAUTION_DB:.0f}, {REJECT_DB:.0f} dB   above the pauses")
    for kind in ("white", "babble", "music"):
        for snr_db in SNRS_DB:
            if snr_db is None and kind != "white":
                continue
            made = []
            for signal in speech:
                length = len(signal)
                if kind == "white":
                    noise = rng.normal(0, 1, length)
                elif kind == "babble":
                    chosen = rng.choice(len(others), TALKERS, replace=False)
                    noise = sum(np.resize(others[index] / others[index].std(), length) for index in chosen)
                else:
                    tune = music[rng.integers(len(music))]
                    start = rng.integers(len(tune) - length)
                    noise = tune[start : start + length]
                made.append(loud(signal if snr_db is None else over(signal, noise, snr_db, rate)))
            analyses = bench.analyse(made, rate)
            found = [voice_quality(each, "wada_snr_db") for each in analyses]
            above = [voice_quality(each, "snr_db") for each in analyses]
            heard = [value for value in found if value is not None]
            error = "" if snr_db is None or not heard else f"{np.median(heard) - snr_db:+6.1f}"
            print(
                f"  {'none' if snr_db is None else kind:<7} {'' if snr_db is None else snr_db:>4}   {spread(found):<26} {error:>6}"
                f"   {percent(value < CAUTION_DB for value in heard)}, {percent(value < REJECT_DB for value in heard)}"
                f"   {spread(above)}" + ("" if len(heard) == len(made) else f"   no voice in {len(made) - len(heard)}"),
                flush=True,
            )


def through_gsm(signals):
    """Signals at 8 kHz through GSM full rate."""
    coded = []
    with tempfile.TemporaryDirectory() as work:
        for signal in signals:
            soundfile.write(f"{work}/a.wav", signal, NARROW, subtype="PCM_16")
            ffmpeg(f"{work}/a.wav", f"{work}/a.gsm", "-c:a", "libgsm")
            ffmpeg(f"{work}/a.gsm", f"{work}/b.wav", "-c:a", "pcm_s16le")
            coded.append(soundfile.read(f"{work}/b.wav", dtype="float32")[0])
    return coded


def ffmpeg(source, target, *arguments):
    form = ["-f", "gsm"] if source.endswith(".gsm") else []
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *form, "-i", source, *arguments, target], check=True)


def shares_table(bench, speech, prompts, tunes):
    print("\nShares of the channel in %, median (10 to 90 %), and channels cautioned for music")
    print(f"  {'':<44} {'music':<26} {'tones':<22} {'speech found':<26} cautioned")

    def row(name, signals, rate):
        channels = [each["quality"][0] for each in bench.analyse(signals, rate)]
        music, tone, _, spoken = ([100 * channel[key] for channel in channels] for key in SHARES)
        warned = percent(value > 100 * MUSIC_CAUTION for value in music)
        print(f"  {name:<44} {spread(music):<26} {spread(tone, 4):<22} {spread(spoken):<26} {warned}", flush=True)

    cut = {name: pieces(tune, MUSIC_S * NARROW, 6) for name, tune in tunes.items()}
    for name, parts in cut.items():
        row(f"{MUSIC_S} s of {name}", [loud(part) for part in parts], NARROW)
    everything = [part for parts in cut.values() for part in parts]
    row(f"{MUSIC_S} s of any music", [loud(part) for part in everything], NARROW)
    row("the same 20 dB quieter", [loud(part, 0.07) for part in everything], NARROW)
    row("the same through GSM", through_gsm([loud(part) for part in everything]), NARROW)
    row("speech alone, 16 kHz", [loud(signal) for signal in speech], WIDE)
    row("speech alone, 8 kHz", [loud(at_8_khz(signal)) for signal in speech], NARROW)
    row("speech alone, 8 kHz, through GSM", through_gsm([loud(at_8_khz(signal)) for signal in speech]), NARROW)
    row("prompts alone, 8 kHz", [loud(signal) for signal in prompts], NARROW)
    after = [np.concatenate([loud(part, 0.35), loud(signal)]) for part, signal in zip(spaced(everything, len(prompts)), prompts)]
    share = np.median([100 * MUSIC_S * NARROW / len(signal) for signal in after])
    row(f"music, then prompts ({share:.0f} % is music)", after, NARROW)
    row("the same through GSM", through_gsm(after), NARROW)


def clipping_table(bench, name, speech, rate):
    print(f"\nClipping, {name}: % of the speech's samples; found of the voice, median (10 to 90 %)")
    kinds = ["at full scale", "then 1 dB quieter", "then through A-law"] + (["then through GSM"] if rate == NARROW else [])
    print("   made   " + "  ".join(f"{kind:<26}" for kind in kinds))
    for share in CLIPPED_PERCENT:
        made = []
        for signal in speech:
            limit = np.quantile(np.abs(active(signal, rate)), 1 - share / 100)
            made.append(np.clip(0.999 * signal / limit if share == 0 else signal / limit, -1, 1))
        columns = [made, [10 ** (-1 / 20) * signal for signal in made], [a_law(signal) for signal in made]]
        if rate == NARROW:
            columns.append(through_gsm(made))
        shown = []
        for signals in columns:
            found = [voice_quality(each, "clipping_ratio") for each in bench.analyse(signals, rate)]
            found = [100 * value for value in found if value is not None]
            middle, low, high = np.median(found), *np.percentile(found, [10, 90])
            shown.append(f"{middle:6.2f} ({low:5.2f} to {high:5.2f})")
        print(f"  {share:>5}   " + "  ".join(f"{each:<26}" for each in shown), flush=True)


def a_law(signal):
    """Coded and decoded, by the companding curve in steps of 8 bits."""
    a = 87.6
    below = 1 + np.log(a)
    size = np.abs(signal)
    code = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / below
    code = (np.floor(np.minimum(code, 0.9999) * 128) + 0.5) / 128 * below
    return np.sign(signal) * np.where(code < 1, code / a, np.exp(code - 1) / a)


def band_table(bench, speech, prompts):
    print("\nBand: files found wideband, and power from 5 to 7.5 kHz relative to 0.3 to 3.4 kHz is not shown where narrow")
    rng = np.random.default_rng(1)

    def row(name, truth, found):
        wide = [voice_quality(each, "bandwidth") == "wideband" for each in found]
        band = [voice_quality(each, "band_top_hz") for each in found]
        print(f"  {name:<52} is {truth:<6}  found wide {percent(wide)}   band up to {spread(band, 5)} Hz", flush=True)

    def files(name, truth, signals, rate, suffix, *arguments):
        with tempfile.TemporaryDirectory() as work:
            paths = []
            for number, signal in enumerate(signals):
                soundfile.write(f"{work}/a.wav", signal, rate, subtype="PCM_16")
                paths.append(f"{work}/{number:03}.{suffix}")
                ffmpeg(f"{work}/a.wav", paths[-1], *arguments)
            row(name, truth, bench.analyse_files(paths))

    up = [scipy.signal.resample_poly(signal, 2, 1) for signal in map(loud, prompts)]
    line = [np.interp(np.arange(2 * len(signal)) / 2, np.arange(len(signal)), signal) for signal in map(loud, prompts)]
    row("8 kHz", "narrow", bench.analyse([loud(signal) for signal in prompts], NARROW))
    row("8 kHz, brought to 16 kHz by a polyphase filter", "narrow", bench.analyse(up, WIDE))
    files("8 kHz, brought to 16 kHz by ffmpeg", "narrow", map(loud, prompts), NARROW, "wav", "-ar", str(WIDE))
    files("the same, then MP3 of 32 kbit/s", "narrow", up, WIDE, "mp3", "-c:a", "libmp3lame", "-b:a", "32k")
    files("the same, then Opus of 16 kbit/s", "narrow", up, WIDE, "ogg", "-c:a", "libopus", "-b:a", "16k")
    row("8 kHz, lines drawn between the samples", "narrow", bench.analyse(line, WIDE))
    row("8 kHz, each sample twice", "narrow", bench.analyse([np.repeat(loud(signal), 2) for signal in prompts], WIDE))
    for snr_db in (50, 40, 30, 20):
        noisy = [over(signal, rng.normal(0, 1, len(signal)), snr_db, WIDE) for signal in up]
        row(f"brought to 16 kHz, white noise {snr_db} dB below", "narrow", bench.analyse(noisy, WIDE))
    clipped = [np.clip(2 * signal, -1, 1) for signal in up]
    row("brought to 16 kHz 6 dB too loud, clipped", "narrow", bench.analyse(clipped, WIDE))
    row("16 kHz", "wide", bench.analyse([loud(signal) for signal in speech], WIDE))
    files("16 kHz, then Opus of 16 kbit/s", "wide", map(loud, speech), WIDE, "ogg", "-c:a", "libopus", "-b:a", "16k")
    files("16 kHz, then MP3 of 32 kbit/s", "wide", map(loud, speech), WIDE, "mp3", "-c:a", "libmp3lame", "-b:a", "32k")
    low = scipy.signal.butter(10, 5000, fs=WIDE, output="sos")
    row("16 kHz, low-pass at 5 kHz", "wide", bench.analyse([scipy.signal.sosfilt(low, loud(s)) for s in speech], WIDE))


def at_8_khz(signal):
    return scipy.signal.resample_poly(signal, 1, 2)


def pieces(signal, length, count):
    starts = np.linspace(0, max(0, len(signal) - length), count).astype(int)
    return [signal[start : start + length] for start in starts]


def spaced(items, count):
    return [items[index * len(items) // count] for index in range(count)]


def read(folder, pattern):
    for path in sorted(folder.rglob(pattern)):
        yield path, soundfile.read(path, dtype="float32")[0]


def prompts_of(folders):
    """Pieces of prompts joined, the same number from each person."""
    found = []
    for folder in folders:
        signals = [signal for path, signal in read(folder, "*.wav") if len(signal) > 2 * NARROW and path.parent.name != "silence"]
        # A pause of a prompt alone is short; half a second of it stands between two.
        joined = np.concatenate([np.concatenate([signal, np.zeros(NARROW // 2, np.float32)]) for signal in signals])
        found += pieces(joined, PIECE_S * NARROW, -(-PIECES // len(folders)))
    return found[:PIECES]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--others", type=pathlib.Path, required=True)
    parser.add_argument("--prompts", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--music", type=pathlib.Path, required=True)
    parser.add_argument("--voxtrace", default="target/release/voxtrace")
    parser.add_argument("--tables", default="noise,shares,clipping,band")
    arguments = parser.parse_args()
    bench = Bench(arguments.voxtrace)
    long = [signal for _, signal in read(arguments.speech, "*.flac") if len(signal) >= PIECE_S * WIDE]
    speech = [signal[: PIECE_S * WIDE] for signal in spaced(long, min(PIECES, len(long)))]
    others = [signal for _, signal in read(arguments.others, "*.flac")][:64]
    prompts = prompts_of(arguments.prompts)
    tunes = {path.stem: signal for path, signal in read(arguments.music, "*.wav")}
    music = list(tunes.values())
    print(f"{len(speech)} pieces at 16 kHz, {len(prompts)} of prompts, {len(others)} others, {len(music)} tunes")
    tables = arguments.tables.split(",")
    if "shares" in tables:
        shares_table(bench, speech, prompts, tunes)
    if "clipping" in tables:
        clipping_table(bench, "16 kHz", speech, WIDE)
        clipping_table(bench, "8 kHz", [at_8_khz(signal) for signal in speech], NARROW)
    if "band" in tables:
        band_table(bench, speech, prompts)
    if "noise" in tables:
        up = [scipy.signal.resample_poly(signal, 2, 1) for signal in music]
        noise_table(bench, "speech at 16 kHz", speech, WIDE, others, up)
        down = [at_8_khz(signal) for signal in others]
        noise_table(bench, "the same at 8 kHz", [at_8_khz(signal) for signal in speech], NARROW, down, music)
        noise_table(bench, "prompts at 8 kHz", prompts, NARROW, down, music)


if __name__ == "__main__":
    main()
