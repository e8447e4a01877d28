"""Sets by name and path, made by their recipe, and what others published on them."""

import csv
import tempfile
import unittest
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from evaluation import audio, dataset, feeling, five_db, sets, training_mixes, whispers
from evaluation.tests.test_evaluate import make_data
from evaluation.tests.test_metrics import noise, syllables
from evaluation.voice import noisy_voice

RECIPE = """
import json, pathlib, sys
import numpy as np, soundfile
out = pathlib.Path(sys.argv[1])
for side in ("clean", "noisy"):
    (out / side).mkdir()
    soundfile.write(out / side / "000.flac", np.zeros(4800), 48000)
(out / "meta.json").write_text(json.dumps({"000": {"kind": "hiss", "snr_db": 5}}))
made = pathlib.Path(__file__).with_name("made")
made.write_text(made.read_text() + "x" if made.exists() else "x")
"""


class Sets(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.data, self.cache = Path(holder.name, "data"), Path(holder.name, "cache")
        self.data.mkdir()

    def load(self, names: str) -> list[sets.Set]:
        return sets.load(names, self.data, self.cache)

    def test_by_name_and_by_path(self) -> None:
        folder = self.data / "words"
        folder.mkdir()
        make_data(folder)
        by_name, by_path = self.load(f"words,{folder}")
        self.assertEqual((by_name.name, by_path.name), ("words", "words"))
        self.assertEqual(by_name.clips, by_path.clips)

    def test_a_recipe_is_run_once(self) -> None:
        (self.data / "made-up").mkdir()
        (self.data / "made-up" / "make.py").write_text(RECIPE)
        for _ in range(2):
            [found] = self.load("made-up")
            self.assertEqual([(clip.kind, clip.snr_db, clip.room) for clip in found.clips], [("hiss", 5, False)])
        self.assertEqual((self.data / "made-up" / "made").read_text(), "x")

    def test_a_failing_recipe_leaves_nothing(self) -> None:
        (self.data / "broken").mkdir()
        (self.data / "broken" / "make.py").write_text("raise SystemExit('no speech')")
        for _ in range(2):
            with self.assertRaisesRegex(RuntimeError, "no speech"):
                self.load("broken")

    def test_real_recordings_and_what_others_published(self) -> None:
        folder = self.data / "real"
        for side in ("clean", "noisy"):
            (folder / side).mkdir(parents=True)
            soundfile.write(folder / side / "french_pub.flac", np.zeros(16_000), 16_000)
        (folder / "scores.tsv").write_text("system\tPESQ\nDPDFNet-8\t1.70\n")
        [found] = self.load("real")
        self.assertEqual([(clip.name, clip.kind) for clip in found.clips], [("french_pub", "pub")])
        self.assertEqual(len(found.clips[0].clean()), audio.RATE)
        self.assertEqual(found.published, [{"system": "DPDFNet-8", "PESQ": "1.70"}])

    def test_what_is_missing_is_told(self) -> None:
        with self.assertRaisesRegex(FileNotFoundError, "no set dev9"):
            self.load("dev9")
        with self.assertRaisesRegex(ValueError, "at least one set"):
            self.load(" ,")


class TrainingMixes(unittest.TestCase):
    def test_mixes_of_recordings(self) -> None:
        """The mixes are there, the same each time, with the SNR they name."""
        with tempfile.TemporaryDirectory() as holder:
            data = Path(holder, "data")
            self.make_recordings(data)
            first, second = Path(holder, "first"), Path(holder, "second")
            for folder in (first, second):
                training_mixes.make(data, folder)
            clips = sets.dataset.load(first)
            self.assertEqual(len(clips), training_mixes.COUNT)
            self.assertEqual({clip.kind for clip in clips}, {"hiss", "rain"})
            self.assertEqual(sum(clip.room for clip in clips), training_mixes.COUNT // training_mixes.ROOM_EVERY)
            self.assertEqual([c.digest for c in clips], [c.digest for c in sets.dataset.load(second)])
            for clip in clips:
                if not clip.room:
                    speech, hiss = clip.clean(), clip.noisy() - clip.clean()
                    levels = [audio.active_power(audio.frame_power(part)) for part in (speech, hiss)]
                    self.assertAlmostEqual(10 * np.log10(levels[0] / levels[1]), clip.snr_db, delta=0.2)

    def make_recordings(self, data: Path) -> None:
        speech = np.tile(syllables(), 8)
        response = np.zeros(4800)
        response[[0, 300, 4000]] = 1, 0.3, 0.2
        tables = {"speech": [], "noise": [], "rir": []}
        for name in ("one", "two"):
            row = {"speaker": name, "seconds": 24, "cutoff_hz": 20_000}
            tables["speech"].append(row | {"file": self.write(data, f"speech/{name}.flac", speech)})
        for kind in ("hiss", "rain"):
            row = {"kind": kind, "start_s": 0.5, "seconds": 9}
            tables["noise"].append(row | {"file": self.write(data, f"noise/{kind}.flac", noise(1, 10))})
        tables["rir"].append({"file": self.write(data, "rir/hall.flac", response)})
        for folder, rows in tables.items():
            with (data / folder / "index.tsv").open("w", newline="") as file:
                writer = csv.DictWriter(file, rows[0], delimiter="\t")
                writer.writeheader()
                writer.writerows(rows)

    def write(self, data: Path, name: str, samples: np.ndarray) -> str:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(data / name, samples, audio.RATE)
        return name


class Whispers(unittest.TestCase):
    def test_a_whisper_has_the_envelope_and_no_pitch(self) -> None:
        """Formants and pauses stay, voiced frames go."""
        voice = noisy_voice(3)  # syllables of vowels in noise 10 dB below
        made = whispers.whisper(voice, np.random.default_rng(1))
        self.assertEqual(len(made), len(voice))
        before, after = feeling.f0(voice), feeling.f0(made)
        self.assertGreater(np.count_nonzero(before), 0.4 * len(before))
        self.assertLess(np.count_nonzero(after), 0.1 * np.count_nonzero(before))
        emphasised = signal.lfilter([1, -whispers.PRE_EMPHASIS], 1, audio.to_metric_rate(voice))
        spectra = []
        for part in (emphasised, audio.to_metric_rate(made)):
            power = signal.welch(part, audio.METRIC_RATE, nperseg=512)[1]
            spectra.append(np.log(power[8:240].reshape(-1, 8).mean(axis=1)))  # 250 Hz wide, to 7.5 kHz
        self.assertGreater(np.corrcoef(*spectra)[0, 1], 0.9)

    def test_the_set(self) -> None:
        with tempfile.TemporaryDirectory() as holder:
            data = Path(holder, "data")
            (data / "dev2").mkdir(parents=True)
            make_data(data / "dev2")
            [found] = sets.load("whispers", data, Path(holder, "cache"))
            self.assertEqual([clip.kind for clip in found.clips], ["hiss", "hiss"])
            for clip in found.clips:
                levels = [audio.active_power(audio.frame_power(x)) for x in (clip.clean(), clip.noisy() - clip.clean())]
                self.assertAlmostEqual(10 * np.log10(levels[0] / levels[1]), whispers.SNR_DB, delta=0.1)


class FiveDecibels(unittest.TestCase):
    def test_the_set(self) -> None:
        """Speech stays, noise moves by as much as the SNR was off; what has no noise or no speech is left out."""
        with tempfile.TemporaryDirectory() as holder:
            data = Path(holder, "data")
            (data / "dev2").mkdir(parents=True)
            make_data(data / "dev2")
            before = {clip.name: clip for clip in dataset.load(data / "dev2")}
            [found] = sets.load("dev2-5db", data, Path(holder, "cache"))
            wanted = {name for name, c in before.items() if c.kind != dataset.CLEAN_KIND and c.clean().any()}
            self.assertEqual({clip.name for clip in found.clips}, wanted)
            for clip in found.clips:
                ratios = []
                for each in (before[clip.name], clip):
                    speech, noise = each.clean(), each.noisy() - each.clean()
                    ratios.append(10 * np.log10(np.mean(speech**2) / np.mean(noise**2)))
                moved = before[clip.name].snr_db - five_db.SNR_DB
                self.assertAlmostEqual(ratios[0] - ratios[1], moved, delta=0.1)


if __name__ == "__main__":
    unittest.main()
