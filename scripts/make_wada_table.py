#!/usr/bin/env python3
"""Prints the table of `src/audio/quality/wada.rs`: what the waveform's amplitudes say of the SNR.

Kim and Stern, "Robust signal-to-noise ratio estimation based on waveform amplitude distribution
analysis", Interspeech 2008: clean speech has amplitudes of a symmetric gamma distribution of shape
0.4, noise is Gaussian; for each SNR the statistic is G = ln E|z| - E ln|z| of their sum z.

Given the speech s, both expectations over the noise are exact: E|s+n| is the mean of a folded
normal, and the derivative of E ln|m+n| (n of variance 1) is sqrt(2) Dawson(m / sqrt 2). What is left
is one integral over the gamma distribution, in 200,000 steps of equal probability.

    python3 scripts/make_wada_table.py    # needs numpy, scipy
"""

import numpy as np
from scipy import integrate, special, stats

SHAPE = 0.4
LOWEST_DB, HIGHEST_DB = -20, 100
STEPS = 200_000


def log_mean(m):
    """E ln|m + n| for n of mean 0 and variance 1, by a table of its integral."""
    grid = np.concatenate([np.linspace(0, 30, 300_001), np.geomspace(30.001, 1e8, 200_000)])
    slope = np.sqrt(2) * special.dawsn(grid / np.sqrt(2))
    value = -(np.euler_gamma + np.log(2)) / 2 + integrate.cumulative_trapezoid(slope, grid, initial=0)
    # Far out the noise no longer matters.
    return np.where(m > 1e3, np.log(np.maximum(m, 1e-300)), np.interp(m, grid, value))


def main():
    probabilities = (np.arange(STEPS) + 0.5) / STEPS
    speech = stats.gamma.ppf(probabilities, SHAPE)
    speech /= np.sqrt(np.mean(speech**2))
    row = []
    for db in range(LOWEST_DB, HIGHEST_DB + 1):
        sigma = 10 ** (-db / 20)
        m = speech / sigma
        mean = sigma * np.sqrt(2 / np.pi) * np.exp(-m * m / 2) + speech * special.erf(m / np.sqrt(2))
        logs = np.log(sigma) + log_mean(m)
        row.append(np.log(np.mean(mean)) - np.mean(logs))
    for start in range(0, len(row), 8):
        print("    " + " ".join(f"{value:.6f}," for value in row[start : start + 8]))


if __name__ == "__main__":
    main()
