"""Write golden.json: what pystoi says about signals that the Go test generates again.

Run in an environment with pystoi 0.4.1: python golden.py > golden.json
"""
import json

import numpy as np
from pystoi import stoi

CASES = [(10000, 3.0, 0.1), (16000, 3.0, 0.3), (48000, 2.5, 0.05), (48000, 2.5, 1.0), (44100, 2.0, 0.2), (8000, 4.0, 0.5), (48000, 0.7, 0.1)]


def noise(n: int, seed: int) -> np.ndarray:
    """A linear congruential generator, uniform from -1 to 1."""
    out = np.empty(n)
    for i in range(n):
        seed = (seed * 1664525 + 1013904223) % 2**32
        out[i] = seed / 2**31 - 1
    return out


def voice(rate: int, seconds: float) -> np.ndarray:
    """Harmonics of a gliding pitch in syllables of changing colour, with pauses."""
    t = np.arange(int(rate * seconds)) / rate
    syllable = np.maximum(np.sin(2 * np.pi * 3.1 * t), 0) * (np.sin(2 * np.pi * 0.6 * t + 1) > -0.7)
    out = np.zeros(len(t))
    for k in range(1, 26):
        colour = 0.55 + 0.45 * np.sin(2 * np.pi * (0.9 + 0.13 * k) * t + k)
        out += colour / k * np.sin(k * (2 * np.pi * 140 * t + 6 * np.sin(2 * np.pi * 0.8 * t)))
    return (0.2 * syllable * out).astype(np.float32)


def mixed(x: np.ndarray, level: float, seed: int) -> np.ndarray:
    """The voice with noise that comes and goes."""
    t = np.arange(len(x)) / len(x)
    return (0.8 * x + level * (0.6 + 0.4 * np.sin(2 * np.pi * 5 * t)) * 0.3 * noise(len(x), seed)).astype(np.float32)


def si_sdr(ref: np.ndarray, test: np.ndarray) -> float:
    ref, test = ref - ref.mean(), test - test.mean()
    target = np.dot(test, ref) / np.dot(ref, ref) * ref
    return 10 * np.log10(np.sum(target**2) / np.sum((target - test) ** 2))


def segmental_snr(ref: np.ndarray, test: np.ndarray, rate: int) -> float:
    size = rate * 30 // 1000
    window = np.hanning(size + 2)[1:-1]
    values = []
    for at in range(0, len(ref) - size + 1, size // 4):
        signal = np.sum((window * ref[at : at + size]) ** 2)
        if signal > 0:
            rest = np.sum((window * (ref - test)[at : at + size]) ** 2)
            values.append(np.clip(10 * np.log10(signal / rest), -10, 35))
    return float(np.mean(values))


rows = []
for i, (rate, seconds, level) in enumerate(CASES):
    x = voice(rate, seconds)
    y = mixed(x, level, i + 1)
    x, y = x.astype(np.float64), y.astype(np.float64)
    rows.append({
        "rate": rate, "seconds": seconds, "level": level, "seed": i + 1,
        "stoi": stoi(x, y, rate), "estoi": stoi(x, y, rate, extended=True),
        "si_sdr": si_sdr(x, y), "segmental_snr": segmental_snr(x, y, rate),
    })
print(json.dumps(rows, indent=1))
