"""The metrics on signals whose scores are known."""

import math
import unittest

import numpy as np
import soxr

from evaluation import audio, metrics, spectra

SECONDS = 3


def noise(seed: int, seconds: float = SECONDS) -> audio.Samples:
    return np.random.default_rng(seed).standard_normal(int(seconds * audio.RATE)).astype(np.float32) * 0.1


def syllables(seed: int = 0) -> audio.Samples:
    """Harmonic bursts of 0.3 s with pauses of 0.2 s: enough structure for every metric."""
    time = np.arange(SECONDS * audio.RATE) / audio.RATE
    voice = sum(np.sin(2 * np.pi * 140 * k * time + seed * k) / k for k in range(1, 60))
    return (voice * (time % 0.5 < 0.3) * 0.1).astype(np.float32)


class SISDR(unittest.TestCase):
    def test_orthogonal_distortion(self) -> None:
        """A distortion with a tenth of the amplitude, orthogonal to the reference, is 20 dB down."""
        time = np.arange(16000) / 16000
        reference = np.sin(2 * np.pi * 100 * time)
        distorted = reference + 0.1 * np.cos(2 * np.pi * 100 * time)
        self.assertAlmostEqual(metrics.si_sdr(reference, distorted), 20, places=6)

    def test_scale_does_not_matter(self) -> None:
        reference, heard = noise(1), noise(1) + noise(2) / 3
        self.assertAlmostEqual(metrics.si_sdr(reference, heard), metrics.si_sdr(reference, 0.05 * heard), places=3)

    def test_extremes(self) -> None:
        reference = noise(1).astype(np.float64)
        self.assertGreater(metrics.si_sdr(reference, reference * 2), 100)
        self.assertEqual(metrics.si_sdr(reference, np.zeros_like(reference)), metrics.SI_SDR_SILENCE_DB)


class SpeechCut(unittest.TestCase):
    def test_nothing_cut(self) -> None:
        clean = syllables()
        self.assertEqual(spectra.speech_cut(clean, clean + noise(3) / 100, clean), 0)

    def test_attenuated_copy(self) -> None:
        """The threshold is 10 dB: 9.9 dB down keeps everything, 10.1 dB down cuts everything."""
        clean = syllables()
        self.assertEqual(spectra.speech_cut(clean, clean, clean * 10 ** (-9.9 / 20)), 0)
        self.assertEqual(spectra.speech_cut(clean, clean, clean * 10 ** (-10.1 / 20)), 100)

    def test_level_matching_forgives_attenuation(self) -> None:
        clean = syllables()
        matched = spectra.level_matched(clean, clean * 0.1)
        np.testing.assert_allclose(matched, clean, rtol=1e-4, atol=1e-7)
        self.assertEqual(spectra.speech_cut(clean, clean, matched), 0)

    def test_removed_half(self) -> None:
        """Silencing every second syllable cuts about half of the bins."""
        clean = syllables()
        half = clean * (np.arange(len(clean)) % audio.RATE < audio.RATE // 2)
        self.assertAlmostEqual(spectra.speech_cut(clean, clean, half), 50, delta=3)

    def test_masked_bins_do_not_count(self) -> None:
        """Where noise covers all speech nothing is dominated by speech, so there is no share."""
        clean = syllables()
        self.assertTrue(math.isnan(spectra.speech_cut(clean, clean + noise(4) * 1000, clean)))


class HighBand(unittest.TestCase):
    def test_identical(self) -> None:
        clean = noise(5)
        self.assertAlmostEqual(spectra.high_band_distance(clean, clean, clean), 0, places=4)

    def test_known_shelf(self) -> None:
        """A copy with everything above 7 kHz 6 dB down is 6 dB away."""
        clean = noise(6)
        spectrum = np.fft.rfft(clean)
        spectrum[np.fft.rfftfreq(len(clean), 1 / audio.RATE) > 7000] *= 10 ** (-6 / 20)
        shelved = np.fft.irfft(spectrum).astype(np.float32)
        # level matching lifts the shelved copy a little, so compare with what remains
        gain = np.dot(shelved, clean) / np.dot(clean, clean)
        self.assertAlmostEqual(spectra.high_band_distance(clean, clean, shelved), 6 + 20 * math.log10(gain), delta=0.1)

    def test_blind_below(self) -> None:
        """Changes below 8 kHz do not count, as long as they leave the level as it is."""
        clean = noise(7)
        hum = clean + np.sin(2 * np.pi * 1000 * np.arange(len(clean)) / audio.RATE).astype(np.float32) * 0.1
        self.assertLess(spectra.high_band_distance(clean, clean, hum), 0.1)

    def test_a_recording_of_a_lower_rate_has_no_upper_band(self) -> None:
        clean = audio.to_metric_rate(syllables())
        clean, hiss = (soxr.resample(part, 16_000, audio.RATE) for part in (clean, audio.to_metric_rate(noise(1))))
        self.assertTrue(math.isnan(spectra.high_band_distance(clean, clean + hiss, clean)))

    def test_level_of_the_voice_is_that_without_the_noise(self) -> None:
        clean = syllables()
        self.assertAlmostEqual(spectra.voice_level(clean, clean * 0.5 + noise(1)), 20 * math.log10(0.5), delta=0.2)
        self.assertTrue(math.isnan(spectra.voice_level(clean, np.zeros_like(clean))))


class Pauses(unittest.TestCase):
    def test_known_reduction(self) -> None:
        clean, hiss = syllables(), noise(8) / 10
        reduction = spectra.pause_reduction(clean, clean + hiss, clean + hiss / 100)
        self.assertAlmostEqual(reduction, 40, delta=0.01)

    def test_digital_silence_is_not_infinite(self) -> None:
        clean, hiss = syllables(), noise(8) / 10
        self.assertLess(spectra.pause_reduction(clean, clean + hiss, clean), 100)

    def test_no_pause(self) -> None:
        clean = noise(9)
        self.assertTrue(math.isnan(spectra.pause_reduction(clean, clean, clean)))


class Perceived(unittest.TestCase):
    def test_identical_scores_best(self) -> None:
        speech = audio.to_metric_rate(syllables())
        self.assertAlmostEqual(metrics.pesq_wideband(speech, speech), 4.644, places=2)
        self.assertAlmostEqual(metrics.estoi(speech, speech), 1, places=3)

    def test_more_noise_scores_less(self) -> None:
        speech = syllables()
        little = audio.to_metric_rate(speech + noise(10) / 30)
        much = audio.to_metric_rate(speech + noise(10))
        reference = audio.to_metric_rate(speech)
        for metric in (metrics.pesq_wideband, metrics.estoi, metrics.si_sdr):
            with self.subTest(metric=metric.__name__):
                self.assertGreater(metric(reference, little), metric(reference, much))

    def test_silence_scores_worst(self) -> None:
        """A suppressor that removes everything is not left out of the mean."""
        speech = audio.to_metric_rate(syllables())
        self.assertEqual(metrics.pesq_wideband(speech, np.zeros_like(speech)), metrics.PESQ_WORST)
        self.assertLess(metrics.estoi(speech, np.zeros_like(speech)), 0.05)  # pystoi adds a breath of random noise

    def test_pesq_without_an_utterance(self) -> None:
        silence = np.zeros(audio.METRIC_RATE, np.float32)
        self.assertTrue(math.isnan(metrics.pesq_wideband(silence, silence)))


if __name__ == "__main__":
    unittest.main()
