"""Word errors, cutting and mixing."""

import unittest

import numpy as np

from evaluation import speech_segments
from evaluation.asr import word_errors
from evaluation.audio import RATE, active_power, frame_power


class WordErrors(unittest.TestCase):
    def test_known(self) -> None:
        for wanted, found, errors in (
            ("a b c", "a b c", 0),
            ("a b c", "a x c", 1),
            ("a b c", "a c", 1),
            ("a b c", "a b x c", 1),
            ("a b c", "", 3),
            ("", "a b", 2),
            ("the cat sat", "sat the cat", 2),
        ):
            with self.subTest(wanted=wanted, found=found):
                self.assertEqual(word_errors(wanted.split(), found.split()), errors)


class Passages(unittest.TestCase):
    def test_cut_in_pauses(self) -> None:
        phrase = np.random.default_rng(1).standard_normal(3 * RATE).astype(np.float32) * 0.1
        gap = np.zeros(RATE // 4, np.float32)
        clips = speech_segments.segments(np.concatenate([phrase, gap] * 6))
        self.assertEqual(len(clips), 3)
        for clip in clips:
            self.assertTrue(6 * RATE <= len(clip) <= 7 * RATE)
            self.assertLess(np.max(np.abs(clip[-RATE // 20 :])), 1e-6)

    def test_spread(self) -> None:
        self.assertEqual(speech_segments.spread([0, 1, 2, 3, 4, 5], 3), [0, 2, 4])
        self.assertEqual(speech_segments.spread([0, 1], 5), [0, 1])

    def test_ratio(self) -> None:
        random = np.random.default_rng(2)
        speech = 0.05 * random.standard_normal(RATE).astype(np.float32)
        noise = random.standard_normal(RATE).astype(np.float32)
        mixed = speech_segments.mix(speech, noise, 10)
        ratio = active_power(frame_power(speech)) / np.mean(np.square(mixed - speech))
        self.assertAlmostEqual(10 * np.log10(ratio), 10, delta=0.01)


if __name__ == "__main__":
    unittest.main()
