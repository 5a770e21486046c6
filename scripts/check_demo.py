#!/usr/bin/env python3
"""Is the best candidate of each demo voice, from another recording, the same person?

Needs what scripts/voice_reference.py needs. Scores are plain cosines by the independent front end;
`voxtrace evaluate --truth audio-samples/truth.csv` answers the same from an archive.
"""

import argparse
import csv
import pathlib

import numpy as np
import voice_reference


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=pathlib.Path, default=voice_reference.ROOT / "audio-samples")
    parser.add_argument("--voxtrace", help="take embeddings from this binary instead")
    arguments = parser.parse_args()

    source = voice_reference.Binary(arguments.voxtrace) if arguments.voxtrace else voice_reference.Reference()
    with open(arguments.demo / "truth.csv", encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    paths = sorted({row["path"] for row in truth})
    voices = dict(zip(paths, source.voices([arguments.demo / path for path in paths])))
    rows = []
    for row in truth:
        voice = voices[row["path"]][int(row["channel"])]
        if voice.embedding is None:
            print(f"{row['path']} #{row['channel']}: too little speech, {voice.net_speech_ms} ms")
        else:
            rows.append((row["path"], row["channel"], row["speaker"], voice))
    cosines = np.array([v[3].embedding for v in rows]) @ np.array([v[3].embedding for v in rows]).T
    right = 0
    print("| Voice | Speaker | Net speech, s | Best candidate | Its speaker | Cosine | Best other person |")
    print("|---|---|---|---|---|---|---|")
    for index, (path, channel, speaker, voice) in enumerate(rows):
        others = [other for other in range(len(rows)) if rows[other][0] != path]
        best = max(others, key=lambda other: cosines[index, other])
        innocent = max(cosines[index, other] for other in others if rows[other][2] != speaker)
        right += rows[best][2] == speaker
        print(
            f"| {path} #{channel} | {speaker} | {voice.net_speech_ms / 1000:.1f} | {rows[best][0]} #{rows[best][1]}"
            f" | {rows[best][2]} | {cosines[index, best]:.3f} | {innocent:.3f} |"
        )
    print(f"\n{right} of {len(rows)} voices have their own speaker as best candidate.")


if __name__ == "__main__":
    main()
