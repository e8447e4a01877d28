"""What happened to level and spectrum of one clip, against its clean reference, all at 48 kHz."""

from __future__ import annotations

import math

import numpy as np

from .audio import Power, Samples, active_power, frame_power, from_db, spectral_power

BIN_HZ = 50  # 48 kHz over 960 samples
DEL8_TOP_HZ = 8_000
DEL8_RANGE_DB = 35  # below the clip's strongest bin
DEL8_OVER_NOISE_DB = 3
DEL8_CUT_DB = 10
LSD_LOW_HZ = 8_000
LSD_HIGH_HZ = 20_000
LSD_NOTHING_HZ = 9_000  # a mix without a sound above this has no upper band to compare
LSD_FLOOR_DB = 80  # below the clip's strongest bin: what lies deeper is inaudible and counts as equal
LSD_ACTIVE_DB = 30  # frames within this of the active level: keeps weak fricatives, drops pauses
PAUSE_DB = 50  # below the active level
PAUSE_FRAMES = 10  # at least 0.1 s of pauses, else there is nothing to measure
PAUSE_FLOOR = 10**-9.6  # mean square of a pause is not taken below -96 dBFS, the step of 16-bit samples
LEAST_GAIN = 1e-3  # of the reference within an output; below, there is none


def level_matched(reference: Samples, output: Samples) -> Samples:
    """Scale output so that the part of it that is the reference has the reference's level (least squares)."""
    gain = _gain(reference, output)
    return output / gain if gain > LEAST_GAIN else output


def voice_level(reference: Samples, output: Samples) -> float:
    """Level in dB of the part of output that is the reference: 0 as loud as it came in, negative softer.

    The gain of the least-squares fit, so that noise which stays does not count. NaN where nothing of the voice is left.
    """
    gain = _gain(reference, output)
    return 20 * math.log10(gain) if gain > LEAST_GAIN else math.nan


def _gain(reference: Samples, output: Samples) -> float:
    return float(np.dot(output, reference) / np.dot(reference, reference))


def speech_cut(clean: Samples, noisy: Samples, output: Samples) -> float:
    """DEL8: percentage of speech-dominated time-frequency bins below 8 kHz that were cut, at 48 kHz.

    Speech dominates a bin of a 20 ms frame where the clean speech is within 35 dB of its strongest bin and 3 dB
    above the noise. It is cut when the output is more than 10 dB below it. A suppressor that turns everything down
    counts as cutting: pass the output through level_matched first to count the speech cut beyond that.
    """
    top = DEL8_TOP_HZ // BIN_HZ
    speech = spectral_power(clean)[:, :top]
    noise = spectral_power(noisy - clean)[:, :top]
    heard = spectral_power(output)[:, :top]
    dominated = speech > np.maximum(speech.max() * from_db(-DEL8_RANGE_DB), noise * from_db(DEL8_OVER_NOISE_DB))
    if not dominated.any():
        return math.nan
    return 100 * float(np.mean(heard[dominated] < speech[dominated] * from_db(-DEL8_CUT_DB)))


def high_band_distance(clean: Samples, noisy: Samples, output: Samples) -> float:
    """LSDhi: log-spectral distance in dB from 8 to 20 kHz on active frames, at 48 kHz.

    Per frame the root mean square over bins of the difference in dB (Gray & Markel 1976), then the mean over frames.
    NaN where the mix holds nothing up there, as a recording of 16 kHz does.
    """
    band = slice(LSD_LOW_HZ // BIN_HZ, LSD_HIGH_HZ // BIN_HZ + 1)
    speech = spectral_power(clean)
    floor = speech.max() * from_db(-LSD_FLOOR_DB)
    active = _active_frames(frame_power(clean))
    if floor == 0 or not active.any() or spectral_power(noisy)[:, LSD_NOTHING_HZ // BIN_HZ :].max() <= floor:
        return math.nan
    heard = spectral_power(level_matched(clean, output))[active, band]
    ratio = np.maximum(heard, floor) / np.maximum(speech[active, band], floor)
    return float(np.mean(np.sqrt(np.mean(np.square(10 * np.log10(ratio)), axis=1))))


def _active_frames(power: Power) -> np.ndarray:
    return power > active_power(power) * from_db(-LSD_ACTIVE_DB)


def pause_reduction(clean: Samples, noisy: Samples, output: Samples) -> float:
    """NR: level drop in dB from noisy to output over speech pauses, at 48 kHz. NaN without a pause of 0.1 s in all.

    A pause is a 20 ms frame of the clean speech more than 50 dB below its active level.
    """
    power = frame_power(clean)
    pauses = power < active_power(power) * from_db(-PAUSE_DB)
    if np.count_nonzero(pauses) < PAUSE_FRAMES:
        return math.nan
    before = float(np.mean(frame_power(noisy)[pauses]))
    after = float(np.mean(frame_power(output)[pauses]))
    return 10 * math.log10(max(before, PAUSE_FLOOR) / max(after, PAUSE_FLOOR))
