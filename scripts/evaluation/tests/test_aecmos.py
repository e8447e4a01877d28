"""AECMOS hears an echo that is left, from a spectrogram of its own."""

from __future__ import annotations

import unittest

import numpy as np

from evaluation import aecmos
from evaluation.audio import METRIC_RATE
from evaluation.dnsmos import mel_spectrogram


class AecmosTest(unittest.TestCase):
    """What the network is given, and what it says."""

    def test_spectrogram_has_bands_and_frames(self) -> None:
        """160 bands, a frame every 16 ms, the loudest at 1."""
        tone = np.sin(2 * np.pi * 1000 * np.arange(METRIC_RATE) / METRIC_RATE).astype(np.float32)
        mel = mel_spectrogram(tone, aecmos.FFT, aecmos.HOP, aecmos.BANDS)
        self.assertEqual(mel.shape, (1 + METRIC_RATE // aecmos.HOP, aecmos.BANDS))
        self.assertAlmostEqual(float(mel.max()), 1.0)

    def test_an_echo_that_is_left_annoys(self) -> None:
        """The far end as it is scores lower than noise in its place."""
        rng = np.random.default_rng(1)
        syllables = np.maximum(0, np.sin(2 * np.pi * 4 * np.arange(8 * METRIC_RATE) / METRIC_RATE))
        far = (0.1 * syllables * rng.standard_normal(len(syllables))).astype(np.float32)
        noise = (0.001 * rng.standard_normal(len(far))).astype(np.float32)
        left, taken = (aecmos.score(far, far, out, "far")[0] for out in (far, noise))
        self.assertGreater(taken, left + 1)


if __name__ == "__main__":
    unittest.main()
