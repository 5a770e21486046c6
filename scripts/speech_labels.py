"""Which stretches of a recording are speech, for references of simulated calls.

Speech is what both of two rules call so: Silero VAD with the thresholds of voice_reference.py, and
a level (10 ms frames, mean of five) that is less than 35 dB below the 95th percentile of the
recording's frames. Then holes shorter than 0.2 s are filled and stretches shorter than 0.1 s are
dropped. The recordings have to be clean: both rules fail where others speak, too.
"""

import dataclasses

import numpy as np

from voice_reference import RATE

FRAME = RATE // 100
BELOW_LOUD_DB = 35.0
SHORTEST_PAUSE, SHORTEST_SPEECH = RATE // 5, RATE // 10


@dataclasses.dataclass
class Sound:
    """Samples at 16 kHz and the stretches `(start, end)` of them that are speech."""

    samples: np.ndarray
    speech: list

    def part(self, start, end):
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in self.speech]
        return Sound(self.samples[start:end], [(a, b) for a, b in inside if b > a])


def levels_db(samples):
    """Level of each frame of 10 ms, the mean of five."""
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power = np.convolve((whole**2).mean(axis=1), np.ones(5) / 5, mode="same")
    return 10 * np.log10(power + 1e-10)


def runs(mask):
    """Stretches `(start, end)` in which a mask holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def closed(stretches):
    """Without holes and stretches that are too short."""
    found = []
    for start, end in stretches:
        if found and start - found[-1][1] < SHORTEST_PAUSE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(start, end) for start, end in found if end - start >= SHORTEST_SPEECH]


def sounds(reference, signals):
    """Marks the speech of signals."""
    found = []
    for samples, speech in zip(signals, reference.speech(signals)):
        level = levels_db(samples)
        mask = np.zeros(len(samples), bool)
        for start, end in speech:
            mask[start:end] = True
        loud = np.repeat(level > np.percentile(level, 95) - BELOW_LOUD_DB, FRAME)
        mask[: len(loud)] &= loud
        mask[len(loud) :] = False
        if stretches := closed(runs(mask)):
            found.append(Sound(samples, stretches))
    return found
