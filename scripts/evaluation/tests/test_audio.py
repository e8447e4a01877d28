"""Levels, framing and alignment."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import soundfile

from evaluation import audio


class Delay(unittest.TestCase):
    def setUp(self) -> None:
        self.signal = np.random.default_rng(1).standard_normal(audio.RATE).astype(np.float32)

    def test_found_and_removed(self) -> None:
        for lag in (0, 1, 480, 960, 4799):
            with self.subTest(lag=lag):
                late = np.concatenate([np.zeros(lag, np.float32), self.signal])
                self.assertEqual(audio.delay(late, self.signal), lag)
                np.testing.assert_array_equal(audio.advance(late, lag, len(self.signal)), self.signal)

    def test_lead(self) -> None:
        early = self.signal[300:]
        self.assertEqual(audio.delay(early, self.signal), -300)
        np.testing.assert_array_equal(audio.advance(early, -300, len(self.signal))[300:], early)

    def test_found_under_noise(self) -> None:
        hiss = np.random.default_rng(2).standard_normal(audio.RATE).astype(np.float32)
        self.assertEqual(audio.delay(np.roll(self.signal, 960) + 2 * hiss, self.signal), 960)


class Level(unittest.TestCase):
    def test_pauses_do_not_lower_it(self) -> None:
        speech = np.full(300, 0.01)
        with_pauses = np.concatenate([speech, np.full(700, 1e-9)])
        self.assertAlmostEqual(audio.active_power(with_pauses), audio.active_power(speech), places=9)

    def test_silence(self) -> None:
        self.assertEqual(audio.active_power(np.zeros(10)), 0)


class Reading(unittest.TestCase):
    def test_refuses_other_formats(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for rate, channels in ((44_100, 1), (48_000, 2)):
                path = Path(folder, f"{rate}-{channels}.wav")
                soundfile.write(path, np.zeros((100, channels)), rate)
                with self.assertRaisesRegex(ValueError, "48000 Hz mono"):
                    audio.read(path)

    def test_round_trip(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "deeper", "tone.wav")
            tone = np.sin(np.arange(4800) / 10).astype(np.float32) / 2
            audio.write(path, tone)
            np.testing.assert_allclose(audio.read(path), tone, atol=2**-15)

    def test_resampling_keeps_length_and_tone(self) -> None:
        time = np.arange(audio.RATE) / audio.RATE
        tone = audio.to_metric_rate(np.sin(2 * np.pi * 1000 * time).astype(np.float32))
        self.assertEqual(len(tone), audio.METRIC_RATE)
        self.assertEqual(int(np.argmax(np.abs(np.fft.rfft(tone)))), 1000)


class Files(unittest.TestCase):
    def test_sixteen_bits_are_rounded_to_the_nearest_step(self) -> None:
        steps = np.array([0.4, 0.6, -0.4, -0.6, 100.4, -100.6, 1e6, -1e6], np.float32)
        wanted = [0, 1, 0, -1, 100, -101, 32767, -32768]
        with tempfile.TemporaryDirectory() as folder:
            audio.write(Path(folder, "x.wav"), steps / 32768)
            written = audio.read(Path(folder, "x.wav"))
        np.testing.assert_array_equal(written * 32768, wanted)
        np.testing.assert_array_equal(audio.as_written(steps / 32768), written)


if __name__ == "__main__":
    unittest.main()
