"""Reading, resampling, framing and levels: what the metrics share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Power = NDArray[np.float64]

RATE = 48_000
METRIC_RATE = 16_000  # PESQ wide band, ESTOI and DNSMOS are defined at 16 kHz
FRAME = RATE // 50  # 20 ms
HOP = RATE // 100  # 10 ms
FULL_SCALE = 32768  # of 16-bit samples
FLUSH = RATE // 10  # silence fed after a clip, so that a delayed output still holds the clip's end
ACTIVE_MARGIN_DB = 15.9  # ITU-T P.56: speech is active while within 15.9 dB of its active level


def from_db(decibels: float) -> float:
    """Decibels as a ratio of powers."""
    return 10 ** (decibels / 10)


def read(path: Path) -> Samples:
    """Read a mono 48 kHz recording; anything else is refused, since the suppressors expect exactly that."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != RATE or samples.shape[1] != 1:
        raise ValueError(f"{path}: {rate} Hz, {samples.shape[1]} channels; evaluation needs {RATE} Hz mono")
    return samples[:, 0]


def read_any_rate(path: Path) -> Samples:
    """Read a mono recording of any rate and bring it to 48 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if samples.shape[1] != 1:
        raise ValueError(f"{path}: {samples.shape[1]} channels; evaluation needs mono")
    return samples[:, 0] if rate == RATE else soxr.resample(samples[:, 0], rate, RATE, quality="HQ")


def write(path: Path, samples: Samples, subtype: str = "PCM_16") -> None:
    """Write mono 48 kHz samples; 16-bit output is rounded, and clipped at full scale, as a device would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, _as_int16(samples) if subtype == "PCM_16" else samples, RATE, subtype=subtype)


def as_written(samples: Samples) -> Samples:
    """Samples as they come back from a file of 16 bits."""
    return _as_int16(samples).astype(np.float32) / FULL_SCALE


def _as_int16(samples: Samples) -> NDArray[np.int16]:
    """Rounded to the nearest step; libsndfile would round down, which leaves half a step of direct current."""
    return np.clip(np.round(samples * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def to_metric_rate(samples: Samples) -> Samples:
    """Resample from 48 kHz to the 16 kHz of the speech metrics."""
    return soxr.resample(samples, RATE, METRIC_RATE, quality="HQ").astype(np.float32)


def frames(samples: Samples) -> Samples:
    """Cut into 20 ms frames every 10 ms, shape (frames, 960); a last incomplete frame is left out."""
    if len(samples) < FRAME:
        raise ValueError(f"{len(samples)} samples are less than one frame of {FRAME}")
    return np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]


def frame_power(samples: Samples) -> Power:
    """Mean square of each 20 ms frame."""
    return np.mean(np.square(frames(samples), dtype=np.float64), axis=1)


def spectral_power(samples: Samples) -> Power:
    """Power spectrum of each Hann-windowed 20 ms frame, shape (frames, 481), 50 Hz per bin."""
    window = np.hanning(FRAME + 1)[:-1]
    return np.abs(np.fft.rfft(frames(samples) * window, axis=1)) ** 2


def active_power(power: Power) -> float:
    """Active speech level as mean power, after the idea of ITU-T P.56.

    The mean over the frames that lie within 15.9 dB of that very mean, found by iteration from the mean of all
    frames. Pauses do not lower it, as they would a plain mean. Zero for silence.
    """
    level = float(np.mean(power))
    for _ in range(20):
        active = power[power >= level * from_db(-ACTIVE_MARGIN_DB)]
        if len(active) == 0 or np.isclose(updated := float(np.mean(active)), level, rtol=1e-6):
            break
        level = updated
    return level


def delay(output: Samples, reference: Samples, longest: int = RATE // 10) -> int:
    """Samples by which output lags behind reference (negative: leads), by cross-correlation within ±100 ms."""
    size = 1 << (len(output) + len(reference) - 1).bit_length()
    spectrum = np.fft.rfft(output, size) * np.conj(np.fft.rfft(reference, size))
    correlation = np.fft.irfft(spectrum, size)
    around_zero = np.concatenate([correlation[-longest:], correlation[: longest + 1]])
    return int(np.argmax(around_zero)) - longest


def advance(samples: Samples, lag: int, length: int) -> Samples:
    """Remove a lag (samples) and cut or zero-pad to length."""
    shifted = samples[lag:] if lag >= 0 else np.concatenate([np.zeros(-lag, np.float32), samples])
    return np.pad(shifted, (0, max(0, length - len(shifted))))[:length]
