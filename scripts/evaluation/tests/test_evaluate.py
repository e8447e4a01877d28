"""A whole evaluation on made-up mixes: alignment, cache, report, the command line of a substitute for stillmic."""

import dataclasses
import json
import math
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import soundfile

from evaluation import audio, dataset, dnsmos, latency, marks_words, report, score
from evaluation import evaluate as evaluation
from evaluation.cache import Cache
from evaluation.suppressors.passthrough import Passthrough
from evaluation.suppressors.registry import OTHERS, parse_names
from evaluation.suppressors.stillmic import Stillmic
from evaluation.tests.test_metrics import noise, syllables


def make_data(folder: Path) -> list[dataset.Clip]:
    """Two mixes with noise and one without."""
    meta = {}
    for index, (kind, level, snr_db) in enumerate((("hiss", 0.1, 12), ("hiss", 0.3, 2.5), ("clean", 0.0, None))):
        clean = syllables(index)
        for side, samples in (("clean", clean), ("noisy", clean + level * noise(index))):
            (folder / side).mkdir(exist_ok=True)
            soundfile.write(folder / side / f"{index:03d}.flac", samples, audio.RATE)
        meta[f"{index:03d}"] = {"kind": kind, "room": False, "snr_db": snr_db}
    (folder / "meta.json").write_text(json.dumps(meta))
    return dataset.load(folder)


class Late:
    """Halves and delays its input, and counts how often it was asked."""

    name = title = "late"
    identity = "late==1"
    lag = 700

    def __init__(self) -> None:
        self.cleaned = 0

    def clean(self, clips: list[audio.Samples]) -> list[audio.Samples]:
        self.cleaned += len(clips)
        return [np.concatenate([np.zeros(self.lag, np.float32), clip * 0.5]) for clip in clips]

    def size_on_disk(self) -> int:
        return 0


class Evaluate(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.clips = make_data(self.folder)
        self.cache = Cache(self.folder / "cache")

    def test_delay_is_removed_before_scoring(self) -> None:
        noisy = evaluation.evaluate(Passthrough(), self.clips, self.cache, jobs=1)
        late = evaluation.evaluate(Late(), self.clips, self.cache, jobs=1)
        self.assertEqual(late.delay, Late.lag)
        for metric in ("estoi", "si_sdr", "del8_matched"):
            self.assertAlmostEqual(late.mean(metric), noisy.mean(metric), places=2, msg=metric)
        self.assertAlmostEqual(late.mean("nr"), 20 * math.log10(2), places=2)

    def test_cache_spares_the_suppressor_and_keeps_the_scores(self) -> None:
        suppressor = Late()
        first = evaluation.evaluate(suppressor, self.clips, self.cache, jobs=1)
        self.assertEqual(suppressor.cleaned, 2 * len(self.clips))
        with mock.patch.object(evaluation, "GROUPS", self.groups_that_refuse()):
            second = evaluation.evaluate(suppressor, self.clips, self.cache, jobs=1)
        self.assertEqual(suppressor.cleaned, 2 * len(self.clips))
        self.assertEqual(report.as_json("", [first]), report.as_json("", [second]))

    def test_equal_outputs_of_another_suppressor_are_not_scored_again(self) -> None:
        first = evaluation.evaluate(Late(), self.clips, self.cache, jobs=1)
        other = Late()
        other.name, other.identity = "other", None
        with mock.patch.object(evaluation, "GROUPS", self.groups_that_refuse()):
            second = evaluation.evaluate(other, self.clips, self.cache, jobs=1)
        self.assertEqual(second.mean("pesq"), first.mean("pesq"))

    def test_a_changed_group_of_metrics_is_scored_anew_alone(self) -> None:
        evaluation.evaluate(Late(), self.clips, self.cache, jobs=1)
        scored = []

        def record(take: score.Take) -> dict[str, float]:
            scored.append(take)
            return dict.fromkeys(score.METRICS, 0.0)

        changed = [
            dataclasses.replace(group, packages=(), make=record) if group.name == "feeling" else group
            for group in self.groups_that_refuse()
        ]
        with mock.patch.object(evaluation, "GROUPS", changed):
            evaluation.evaluate(Late(), self.clips, self.cache, jobs=1)
        self.assertEqual(len(scored), len(self.clips))

    def groups_that_refuse(self) -> list[score.Group]:
        def refuse(take: score.Take) -> dict[str, float]:
            raise AssertionError("scored again")

        return [dataclasses.replace(group, make=refuse) for group in score.GROUPS]

    def test_noise_alone_has_no_scores(self) -> None:
        """Nothing tells how near to silence a voice is; such a mix is in no mean."""
        for name in ("clean", "noisy"):
            soundfile.write(self.folder / name / "003.flac", 0 * noise(1) if name == "clean" else noise(1), audio.RATE)
        clips = [*self.clips, dataset.Clip("003", "noiseonly", False, self.folder)]
        with_noise = evaluation.evaluate(Passthrough(), clips, self.cache, jobs=1)
        without = evaluation.evaluate(Passthrough(), self.clips, self.cache, jobs=1)
        self.assertTrue(math.isnan(with_noise.mean("estoi", "noiseonly")))
        for metric in score.METRICS:
            self.assertEqual(with_noise.mean(metric), without.mean(metric), metric)

    def test_means_leave_out_mixes_without_noise(self) -> None:
        noisy = evaluation.evaluate(Passthrough(), self.clips, self.cache, jobs=1)
        of_kind = noisy.mean("pesq", "hiss")
        self.assertEqual(noisy.mean("pesq"), of_kind)
        self.assertGreater(noisy.mean("pesq", "clean"), of_kind)
        self.assertAlmostEqual(noisy.mean("clean_pesq"), marks_words.PESQ_PERFECT, places=2)

    def test_figures_as_text(self) -> None:
        self.assertEqual([report.shown(x, 1) for x in (-0.04, 1.25, math.nan)], ["0.0", "1.2", ""])

    def test_report_fits_and_json_is_valid(self) -> None:
        noisy = evaluation.evaluate(Passthrough(), self.clips, self.cache, jobs=1)
        published = [{"system": "a system (1 G)", "PESQ": "1.23", "SI-SDR_dB": "-"}]
        text = report.summary([noisy], published) + "\n" + report.by_kind([noisy]) + "\n" + report.LEGEND
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        self.assertIn("hiss", text)
        self.assertRegex(text, r"\[a system\] +1.23 +- +-")
        strict = json.dumps(report.as_json("", [noisy]), allow_nan=False)
        self.assertIsNone(json.loads(strict)["suppressors"]["noisy"]["kinds"]["clean"]["si_sdr"])


class Latency(unittest.TestCase):
    def test_look_ahead_of_a_known_filter(self) -> None:
        """An output that already holds the input 720 samples later looks ahead by 15 ms and a sample."""

        class Ahead(Late):
            def clean(self, clips: list[audio.Samples]) -> list[audio.Samples]:
                return [clip + np.pad(clip[720:], (0, 720)) for clip in clips]

        self.assertAlmostEqual(latency.look_ahead_ms(Ahead()), 721 / 48)

    def test_an_output_that_ignores_its_input(self) -> None:
        class Deaf(Late):
            def clean(self, clips: list[audio.Samples]) -> list[audio.Samples]:
                return [np.zeros_like(clip) for clip in clips]

        with self.assertRaisesRegex(RuntimeError, "does not depend"):
            latency.look_ahead_ms(Deaf())


class Command(unittest.TestCase):
    def run_with(self, command: str) -> list[audio.Samples]:
        return Stillmic(command).clean([syllables(), noise(1)])

    def test_one_file_at_a_time(self) -> None:
        for command in ("cp", "cp {in} {out}"):
            out = self.run_with(command)
            np.testing.assert_allclose(out[0], syllables(), atol=2**-15)
            np.testing.assert_allclose(out[1], noise(1), atol=2**-15)

    def test_whole_folder(self) -> None:
        out = self.run_with("cp -r {indir}/. {outdir}")
        np.testing.assert_allclose(out[1], noise(1), atol=2**-15)

    def test_failures_are_told(self) -> None:
        failing = f"{sys.executable} -c 'import sys; sys.exit(\"no weights\")'"
        with self.assertRaisesRegex(RuntimeError, "exit status 1: no weights"):
            self.run_with(failing)
        with self.assertRaisesRegex(RuntimeError, "wrote no 0000.wav"):
            self.run_with("true {in} {out}")


class Peers(unittest.TestCase):
    def test_names(self) -> None:
        self.assertEqual(parse_names("noisy, stillmic"), ["noisy", "stillmic"])
        with self.assertRaisesRegex(ValueError, "no suppressor named krisp"):
            parse_names("noisy,krisp")

    def test_each_removes_hiss_in_pauses(self) -> None:
        """The real suppressors, with their real weights, take stationary noise down."""
        hiss = noise(3, seconds=2) / 10
        for name in ("rnnoise", "deepfilternet3", "nsnet2", "webrtc", "speex"):
            with self.subTest(name=name):
                out = OTHERS[name]().clean([hiss])[0]
                self.assertGreaterEqual(len(out), len(hiss) - audio.RATE // 50)
                out = out[audio.RATE : len(hiss)]
                self.assertLess(np.std(out), 0.8 * np.std(hiss))

    def test_delayed_outputs_hold_the_end(self) -> None:
        """A click in the last 10 ms comes out, however late."""
        click = np.zeros(audio.RATE, np.float32)
        click[-200] = 0.9
        for name in ("rnnoise", "webrtc", "speex"):
            with self.subTest(name=name):
                out = OTHERS[name]().clean([click])[0]
                self.assertGreater(np.abs(out).max(), 1e-4)


class OpinionScores(unittest.TestCase):
    def test_range_and_order(self) -> None:
        quiet, loud = (dnsmos.score(audio.to_metric_rate(syllables() + level * noise(2))) for level in (0, 1))
        for name in ("sig", "bak", "ovrl", "p808"):
            self.assertTrue(0.5 < quiet[name] < 5, name)
        self.assertGreater(quiet["bak"], loud["bak"])

    def test_wraps_to_one_window(self) -> None:
        """A clip and its own repetition to 9.01 s are the same window."""
        clip = audio.to_metric_rate(syllables())
        self.assertEqual(dnsmos.score(clip), dnsmos.score(np.resize(clip, dnsmos.WINDOW)))

    def test_mel_filters(self) -> None:
        """A tone lands in the band whose triangle peaks there, and the loudest band is 0 dB, that is 1."""
        tone = np.sin(2 * np.pi * 3000 * np.arange(16000) / 16000).astype(np.float32)
        mel = dnsmos.mel_spectrogram(tone)
        self.assertEqual(mel.shape, (100, 120))
        self.assertAlmostEqual(float(mel.max()), 1, places=6)
        # Slaney: 3 kHz is 15 + 27 ln 3 / ln 6.4 = 30.98 mel of 45.25; 121 steps to 8 kHz: band 82.8 counted from 1
        self.assertIn(int(mel[50].argmax()), (81, 82))


if __name__ == "__main__":
    unittest.main()
