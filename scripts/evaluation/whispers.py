"""Whispered speech, made: no recordings of whispers with a licence were found.

The dry mixes of dev2 with the voice turned into a whisper: every frame's spectral envelope (linear prediction) is
excited by noise instead of the vocal folds' pulses. The noise of the mix stays, 10 dB below the whisper.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy import linalg, signal

from .audio import METRIC_RATE, RATE, Samples, active_power, frame_power, to_metric_rate, write
from .dataset import CLEAN_KIND, Clip

COUNT = 12
SNR_DB = 10
LEVEL_DB = -30  # active level of the whisper
ORDER = 20  # of the linear prediction: formants up to 8 kHz
WINDOW, HOP = METRIC_RATE // 50, METRIC_RATE // 100  # 20 ms every 10 ms
PRE_EMPHASIS = 0.95  # taken off a voice before prediction and not put back: whispers have flatter spectra
STEADY = 1e-3  # of the power, added to the diagonal of the prediction's equations
PEAK = 0.97
SEED = 31


def digest(clips: list[Clip]) -> str:
    """Changes when the set would."""
    return hashlib.sha256(Path(__file__).read_bytes() + "".join(c.digest for c in clips).encode()).hexdigest()[:16]


def make(clips: list[Clip], folder: Path) -> None:
    """Write the set, in the form that dataset.load reads."""
    random = np.random.default_rng(SEED)
    usable = [clip for clip in clips if not clip.room and clip.kind != CLEAN_KIND and clip.clean().any()]
    meta = {}
    for clip in usable[:COUNT]:
        clean, noisy = clip.clean(), clip.noisy()
        voice = whisper(clean, random)
        level = 10 ** (LEVEL_DB / 20)
        voice = voice * (level / np.sqrt(active_power(frame_power(voice))))
        noise = noisy - clean
        noise = noise * (level * 10 ** (-SNR_DB / 20) / np.sqrt(active_power(frame_power(noise))))
        scale = min(1.0, PEAK / float(np.abs(voice + noise).max()))
        write(folder / "clean" / f"{clip.name}.flac", voice * scale, "PCM_24")
        write(folder / "noisy" / f"{clip.name}.flac", (voice + noise) * scale, "PCM_24")
        meta[clip.name] = {"kind": clip.kind, "snr_db": SNR_DB, "room": False}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1))


def whisper(voice: Samples, random: np.random.Generator) -> Samples:
    """The voice with its spectral envelopes and none of its pitch, at 48 kHz, up to 8 kHz."""
    emphasised = signal.lfilter([1, -PRE_EMPHASIS], 1, to_metric_rate(voice).astype(np.float64))
    padded = np.pad(emphasised, (WINDOW, WINDOW + HOP))
    window = signal.windows.hann(WINDOW, sym=False)
    out = np.zeros_like(padded)
    for start in range(0, len(padded) - WINDOW + 1, HOP):
        out[start : start + WINDOW] += window * _frame(padded[start : start + WINDOW] * window, random)
    low = out[WINDOW : WINDOW + len(emphasised)]
    return soxr.resample(low, METRIC_RATE, RATE, quality="HQ")[: len(voice)].astype(np.float32)


def _frame(windowed: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """A frame of noise with the spectral envelope and the energy of a windowed frame."""
    correlation = np.correlate(windowed, windowed, "full")[WINDOW - 1 : WINDOW + ORDER]
    if correlation[0] <= 0:
        return np.zeros(WINDOW)
    correlation[0] *= 1 + STEADY
    predictor = linalg.solve_toeplitz(correlation[:ORDER], correlation[1:])
    # starts a window early, so that the resonances have settled
    noise = signal.lfilter([1], [1, *-predictor], random.standard_normal(2 * WINDOW))[WINDOW:]
    return noise * np.sqrt(correlation[0] / np.sum(np.square(noise)))
