"""What of a voice's feeling is kept: its melody (f0) and its energy contour, of clean speech against a suppressed mix.

f0 is found by Praat's autocorrelation method (Boersma 1993), by way of the praat-parselmouth package.
"""

from __future__ import annotations

import math

import numpy as np
import parselmouth
from numpy.typing import NDArray

from .audio import METRIC_RATE, Samples, active_power, frame_power, from_db, to_metric_rate

STEP_S = 0.01
LOWEST_HZ, HIGHEST_HZ = 75.0, 600.0  # voices of men, women and children
FEWEST_FRAMES = 30  # 0.3 s of voice, else there is no melody to compare
SAME_SEMITONES = 1.0  # f0 counts as kept within this
RANGE_PERCENT = (5, 95)
CONTOUR_RANGE_DB = 30  # frames within this of the active level
CONTOUR_FLOOR_DB = 50  # below the active level: deeper counts as equal

STILL = 1e-6  # deviation in semitones or dB below which nothing varies

NAMES = ("f0_correlation", "f0_kept", "f0_range", "energy_contour")


def score(clean: Samples, output: Samples) -> dict[str, float]:
    """Compare an aligned 48 kHz output with the clean speech; NaN for what too little speech does not tell.

    f0_correlation: Pearson's, of f0 in semitones over frames voiced in both. f0_kept: percentage of the voiced frames
    of the clean speech whose f0 in the output is within a semitone. f0_range: the range of f0 (5th to 95th percentile,
    semitones) as a share of the clean speech's, 1 if kept. energy_contour: Pearson's correlation of the level in dB
    over the active frames.
    """
    reference, heard = f0(clean), f0(output)
    size = min(len(reference), len(heard))
    return {**melody(reference[:size], heard[:size]), "energy_contour": energy_contour(clean, output)}


def f0(samples: Samples) -> NDArray[np.float64]:
    """f0 in Hz every 10 ms of a 48 kHz recording, 0 where there is no voice."""
    if not samples.any():
        return np.zeros(len(samples) * 100 // 48_000)
    sound = parselmouth.Sound(to_metric_rate(samples).astype(np.float64), METRIC_RATE)
    pitch = sound.to_pitch_ac(time_step=STEP_S, pitch_floor=LOWEST_HZ, pitch_ceiling=HIGHEST_HZ)
    return pitch.selected_array["frequency"]


def melody(reference: NDArray[np.float64], heard: NDArray[np.float64]) -> dict[str, float]:
    """Compare two f0 contours of equal length."""
    voiced, both = reference > 0, (reference > 0) & (heard > 0)
    if np.count_nonzero(voiced) < FEWEST_FRAMES:
        return dict.fromkeys(("f0_correlation", "f0_kept", "f0_range"), math.nan)
    kept = np.abs(semitones(heard[both]) - semitones(reference[both])) <= SAME_SEMITONES
    enough = np.count_nonzero(both) >= FEWEST_FRAMES
    return {
        "f0_correlation": correlation(semitones(reference[both]), semitones(heard[both])) if enough else math.nan,
        "f0_kept": 100 * float(np.count_nonzero(kept)) / float(np.count_nonzero(voiced)),
        "f0_range": _range(heard[heard > 0]) / _range(reference[voiced]) if enough else math.nan,
    }


def semitones(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pitch in semitones above 100 Hz."""
    return 12 * np.log2(hertz / 100)


def _range(hertz: NDArray[np.float64]) -> float:
    low, high = np.percentile(semitones(hertz), RANGE_PERCENT)
    return float(high - low)


def energy_contour(clean: Samples, output: Samples) -> float:
    """Correlation of the levels in dB of 20 ms frames in which the clean speech is active."""
    power = frame_power(clean)
    level = active_power(power)
    active = power > level * from_db(-CONTOUR_RANGE_DB)
    if level == 0 or np.count_nonzero(active) < FEWEST_FRAMES:
        return math.nan
    heard = np.maximum(frame_power(output)[active], level * from_db(-CONTOUR_FLOOR_DB))
    return correlation(10 * np.log10(power[active]), 10 * np.log10(heard))


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's correlation; NaN where one of the two does not vary."""
    if min(np.std(one), np.std(other)) < STILL:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])
