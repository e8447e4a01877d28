"""Melody and energy contour on voices made of a known f0."""

import math
import unittest

import numpy as np

from evaluation import audio, feeling
from evaluation.tests.test_metrics import noise

SECONDS = 2


def voice(centre: float = 150, semitones: float = 4, seconds: float = SECONDS) -> audio.Samples:
    """A harmonic voice whose f0 swings by semitones up and down once a second, its level twice a second."""
    time = np.arange(int(seconds * audio.RATE)) / audio.RATE
    hertz = centre * 2 ** (semitones / 12 * np.sin(2 * np.pi * time))
    phase = 2 * np.pi * np.cumsum(hertz) / audio.RATE
    wave = sum(np.sin(k * phase) / k for k in range(1, 20))
    return (0.05 * wave * (1 + 0.8 * np.sin(4 * np.pi * time))).astype(np.float32)


class Pitch(unittest.TestCase):
    def test_f0_of_a_known_voice(self) -> None:
        """The swing is found to a fifth of a semitone, its range from 5th to 95th percentile is 7.9 of 8 semitones."""
        found = feeling.f0(voice())
        found = found[found > 0]
        self.assertGreater(len(found), 170)
        self.assertAlmostEqual(float(np.median(found)), 150, delta=4)
        low, high = np.percentile(feeling.semitones(found), (5, 95))
        self.assertAlmostEqual(high - low, 8 * math.sin(math.radians(81)), delta=0.2)

    def test_a_copy_keeps_everything(self) -> None:
        scores = feeling.score(voice(), voice() * 0.5)
        self.assertAlmostEqual(scores["f0_correlation"], 1, places=4)
        self.assertAlmostEqual(scores["f0_kept"], 100, delta=0.1)
        self.assertAlmostEqual(scores["f0_range"], 1, places=4)
        self.assertAlmostEqual(scores["energy_contour"], 1, places=4)

    def test_a_flattened_melody(self) -> None:
        """Half the swing is half the range, and frames more than a semitone off are not kept."""
        scores = feeling.score(voice(semitones=4), voice(semitones=2))
        self.assertAlmostEqual(scores["f0_range"], 0.5, delta=0.03)
        self.assertLess(scores["f0_kept"], 50)
        self.assertGreater(scores["f0_correlation"], 0.98)

    def test_a_cut_voice(self) -> None:
        """The melody of half the voice is gone, that of the other half is as it was."""
        cut = voice()
        cut[audio.RATE :] = 0
        scores = feeling.score(voice(), cut)
        self.assertAlmostEqual(scores["f0_kept"], 50, delta=4)
        self.assertGreater(scores["f0_correlation"], 0.98)

    def test_levelled_speech_loses_its_contour(self) -> None:
        flat = voice() / (1 + 0.8 * np.sin(4 * np.pi * np.arange(SECONDS * audio.RATE) / audio.RATE))
        self.assertLess(abs(feeling.score(voice(), flat.astype(np.float32))["energy_contour"]), 0.3)

    def test_noise_blurs_the_contour(self) -> None:
        scores = [feeling.energy_contour(voice(), voice() + level * noise(1, SECONDS)) for level in (0.1, 0.5, 2)]
        self.assertEqual(scores, sorted(scores, reverse=True))

    def test_nothing_to_compare(self) -> None:
        hiss, silence = noise(1, SECONDS), np.zeros(SECONDS * audio.RATE, np.float32)
        self.assertTrue(math.isnan(feeling.score(hiss, hiss)["f0_correlation"]))
        scores = feeling.score(voice(), silence)
        self.assertEqual(scores["f0_kept"], 0)
        self.assertTrue(math.isnan(scores["f0_correlation"]))
        self.assertTrue(math.isnan(scores["energy_contour"]))


if __name__ == "__main__":
    unittest.main()
