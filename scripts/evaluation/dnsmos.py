"""DNSMOS: predicted opinion scores without a reference (Reddy et al. 2021 P.808, 2022 P.835).

The networks come with the speechmos package. Its own code is not used: it repeats a clip shorter than 9.01 s until
several overlapping windows fit (nine times the work for nothing), runs onnxruntime on every core, and needs librosa
for one spectrogram. Here a clip is wrapped around to exactly one window, and the spectrogram is NumPy's.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from .audio import METRIC_RATE, Samples
from .packages import onnx_session, package_folder

WINDOW = int(9.01 * METRIC_RATE)
MEL_FFT, MEL_HOP, MEL_BANDS = 321, 160, 120

# Polynomials that map the networks' raw scores to the scale of the listening tests, published with the models.
_SIG = np.poly1d([-0.08397278, 1.22083953, 0.0052439])
_BAK = np.poly1d([-0.13166888, 1.60915514, -0.39604546])
_OVRL = np.poly1d([-0.06766283, 1.11546468, 0.04602535])


def score(samples: Samples) -> dict[str, float]:
    """Score a 16 kHz clip: sig, bak and ovrl (P.835) and p808, each about 1 to 5; the mean over windows 1 s apart."""
    clip = np.clip(samples, -1.0, 1.0)
    clip = np.resize(clip, max(len(clip), WINDOW))  # wraps around
    starts = range(0, len(clip) - WINDOW + 1, METRIC_RATE)
    scores = [_score_window(clip[start : start + WINDOW]) for start in starts]
    return {name: float(np.mean([window[name] for window in scores])) for name in scores[0]}


def _score_window(window: Samples) -> dict[str, float]:
    sig, bak, ovrl = _session("sig_bak_ovr.onnx").run(None, {"input_1": window[np.newaxis]})[0][0]
    mel = mel_spectrogram(window[:-MEL_HOP])[np.newaxis]
    p808 = _session("model_v8.onnx").run(None, {"input_1": mel})[0][0][0]
    return {"sig": _SIG(sig), "bak": _BAK(bak), "ovrl": _OVRL(ovrl), "p808": float(p808)}


@cache
def _session(name: str) -> onnxruntime.InferenceSession:
    return onnx_session(package_folder("speechmos") / "dnsmos_models" / name)


def mel_spectrogram(samples: Samples, fft: int = MEL_FFT, hop: int = MEL_HOP, bands: int = MEL_BANDS) -> Samples:
    """Spectrogram in mel bands as the P.808 network was trained on, shape (frames, bands).

    Periodic Hann window of fft points every hop samples, centred frames with zero padding, power, Slaney's mel scale
    and normalisation, in dB below the loudest value (at most 80), then (dB + 40) / 40.
    """
    padded = np.pad(samples, fft // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, fft)[::hop]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(fft) / fft)
    power = np.abs(np.fft.rfft(windows * window, axis=1)) ** 2
    mel = np.maximum(power @ mel_filters(fft, bands).T, 1e-10)
    decibels = 10 * np.log10(mel / mel.max())
    return ((np.maximum(decibels, -80) + 40) / 40).astype(np.float32)


@cache
def mel_filters(fft: int, bands: int) -> NDArray[np.float64]:
    """Triangles with equal area, evenly spaced on Slaney's mel scale from 0 to 8 kHz, shape (bands, fft // 2 + 1)."""
    top = _mel_of(METRIC_RATE / 2)
    edges = _hertz_of(np.linspace(0, top, bands + 2))
    bins = np.fft.rfftfreq(fft, 1 / METRIC_RATE)
    rising = (bins - edges[:-2, np.newaxis]) / np.diff(edges)[:-1, np.newaxis]
    falling = (edges[2:, np.newaxis] - bins) / np.diff(edges)[1:, np.newaxis]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, np.newaxis]


# Slaney's scale (Auditory Toolbox 1998): linear to 1 kHz at 200/3 Hz per mel, then 27 mels per factor of 6.4.
_LINEAR_HZ, _BREAK_HZ, _LOG_STEP = 200 / 3, 1000.0, np.log(6.4) / 27


def _mel_of(hertz: float) -> float:
    return _BREAK_HZ / _LINEAR_HZ + float(np.log(hertz / _BREAK_HZ)) / _LOG_STEP


def _hertz_of(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    at_break = _BREAK_HZ / _LINEAR_HZ
    return np.where(mels < at_break, mels * _LINEAR_HZ, _BREAK_HZ * np.exp(_LOG_STEP * (mels - at_break)))
