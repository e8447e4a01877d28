"""A made-up noisy voice, for measurements that need speech but no particular speech."""

from __future__ import annotations

import numpy as np
from scipy import signal

from .audio import RATE, Samples

FORMANTS = ((700, 1220, 2600), (300, 2300, 3000), (500, 900, 2400), (400, 2000, 2550))  # a, i, o, e in Hz
SYLLABLE = 0.22  # seconds, a fifth of which is quiet
SNR = 10.0  # dB against white noise


def noisy_voice(seconds: float, seed: int = 1) -> Samples:
    """Syllables of vowels with a gliding pitch and a hissed onset, in white noise 10 dB below, at -26 dBFS."""
    generator = np.random.default_rng(seed)
    voice = np.concatenate([_syllable(generator, index) for index in range(int(np.ceil(seconds / SYLLABLE)))])
    voice = voice[: int(seconds * RATE)]
    voice /= np.std(voice)
    mix = voice + generator.standard_normal(len(voice)) * 10 ** (-SNR / 20)
    return (mix * 10 ** (-26 / 20)).astype(np.float32)


def _syllable(generator: np.random.Generator, index: int) -> np.ndarray:
    """One vowel: glottal pulses through three resonances, a burst of noise before it."""
    length = int(SYLLABLE * RATE)
    pitch = 110 * (1 + 0.3 * generator.random()) * np.linspace(1.1, 0.9, length)
    pulses = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0.0)
    vowel = pulses
    for formant in FORMANTS[index % len(FORMANTS)]:
        numerator, denominator = signal.iirpeak(formant, formant / 90, RATE)
        vowel = signal.lfilter(numerator, denominator, vowel) + 0.1 * vowel
    envelope = signal.windows.tukey(length, 0.4) * (np.arange(length) < 0.8 * length)
    hiss = generator.standard_normal(length) * np.exp(-np.arange(length) / (0.02 * RATE)) * 0.1
    return vowel / np.std(vowel) * envelope + hiss
