"""The page to listen with and the comparison of costs, on the real suppressors."""

import contextlib
import io
import re
import tempfile
import unittest
from pathlib import Path

import numpy as np

from evaluation import audio, benchmark, run_compare, run_listen
from evaluation.tests.test_evaluate import make_data
from evaluation.voice import noisy_voice


class Listen(unittest.TestCase):
    def test_page_holds_all_it_names(self) -> None:
        with tempfile.TemporaryDirectory() as holder:
            data, out = Path(holder, "data"), Path(holder, "page")
            data.mkdir()
            make_data(data)
            options = ["--set", str(data), "--out", str(out), "--suppressors", "noisy,stillmic", "--stillmic", "cp"]
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(run_listen.run(run_listen.parse(options)), 0)
            page = (out / "index.html").read_text()
            names = re.findall(r'src="([^"]+)"', page)
            # kinds hiss and clean, one mix each; noisy, stillmic and the clean speech; a picture and a sound
            self.assertEqual(len(names), 2 * 3 * 2)
            self.assertEqual({*names, "index.html"}, {path.name for path in out.iterdir()})
            for name in names:
                self.assertGreater((out / name).stat().st_size, 1000, name)
            np.testing.assert_array_equal(audio.read(out / "000-noisy.wav"), audio.read(out / "000-stillmic.wav"))


class Cost(unittest.TestCase):
    def test_every_other_suppressor_is_measured(self) -> None:
        voice = noisy_voice(3)
        for name in run_compare.OTHER_NAMES:
            with self.subTest(name=name):
                measured = benchmark.measure(name, voice)
                self.assertGreater(measured["frame_us"], 1)
                self.assertGreater(measured["size_mb"], 0.1)

    def test_blocks_are_ten_milliseconds(self) -> None:
        voice = noisy_voice(3)
        for name in ("rnnoise", "deepfilternet3", "webrtc", "speex"):
            self.assertEqual(len(benchmark.prepare(name, voice).blocks), 300, name)

    def test_table_shows_ratios_of_medians(self) -> None:
        turns = [dict.fromkeys(("frame_us", "rss_mb", "size_mb"), value) for value in (1.0, 2.0, 30.0)]
        ours = run_compare.medians(turns)
        self.assertEqual(ours["frame_us"], 2)
        figures = {"stillmic": ours, "stillmic light": ours, "RNNoise": dict.fromkeys(ours, 8.0)}
        self.assertEqual(run_compare.table(figures).count("x 4"), 3)
        whole = run_compare.of_documents(figures)
        self.assertEqual(whole.rows[1], ["stillmic light", "2", "2", "2", "0.250"])
        self.assertTrue(run_compare.is_ours("stillmic light"))
        self.assertFalse(run_compare.is_ours("RNNoise"))


class Voice(unittest.TestCase):
    def test_level_and_pauses(self) -> None:
        voice = noisy_voice(4)
        self.assertEqual(len(voice), 4 * audio.RATE)
        self.assertAlmostEqual(20 * np.log10(np.std(voice)), -26 + 10 * np.log10(1.1), delta=0.3)
        power = audio.frame_power(voice)
        self.assertGreater(np.quantile(power, 0.9) / np.quantile(power, 0.05), 5)


if __name__ == "__main__":
    unittest.main()
