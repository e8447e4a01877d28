"""What the networks must reach, on results made up to pass or miss."""

import math
import unittest
from pathlib import Path

from evaluation import check, dataset, marks_networks, marks_words
from evaluation.evaluate import Result
from evaluation.ladder_cost import Cost
from evaluation.score import METRICS
from evaluation.sets import FIVE_DB
from evaluation.suppressors.ladder import Rung


def result(name: str, room: bool = False, snr: float = 5.0, **scores: float) -> Result:
    base = dict.fromkeys(METRICS, 1.0) | {"clean_pesq": 4.6}
    clip = dataset.Clip("000", "hiss", room, Path(), snr)
    return Result(name, name, 0, [(clip, base | scores)])


def missed(rows: list[check.Row]) -> list[str]:
    return [row.what for row in rows if not row.passed]


class Words(unittest.TestCase):
    def rows(self, macs: int | None = 900_000, **ours: float) -> list[check.Row]:
        good = {"pesq": 1.3, "estoi": 1.1, "si_sdr": 4.5, "ovrl": 1.1, "del8": 0.5}
        others = {name: result(name) for name in marks_words.OTHERS}
        return marks_words.rows(result("light", **(good | ours)), others, latency_ms=20.0, macs_per_frame=macs)

    def test_all_twelve_met(self) -> None:
        self.assertEqual(missed(self.rows()), [])
        self.assertEqual(len(self.rows()), 12)
        self.assertIn("12 of 12 met", check.text(self.rows()))

    def test_each_miss_is_told(self) -> None:
        misses = {"pesq": 1.1, "estoi": 1.02, "si_sdr": 3.9, "ovrl": 0.9, "del8": 1.5, "lsd_hi": 1.1, "clean_pesq": 4.0}
        for metric, value in misses.items():
            with self.subTest(metric=metric):
                rows = self.rows(**{metric: value})
                self.assertEqual(len(missed(rows)), 1)
                self.assertEqual(check.text(rows).count("MISS"), 1)

    def test_unknown_is_no_pass(self) -> None:
        rows = self.rows(macs=None)
        self.assertEqual(missed(rows), ["multiply-adds per 10 ms"])
        self.assertIn("not known", check.text(rows))

    def test_needs_the_others(self) -> None:
        with self.assertRaisesRegex(ValueError, "rnnoise"):
            marks_words.rows(result("light"), {"noisy": result("noisy")}, 20, 1)


GOOD = {
    "pesq": 2.15,
    "estoi": 0.81,
    "si_sdr": 11.2,
    "ovrl": 2.9,
    "bak": 3.96,
    "del8": 10.0,
    "lsd_hi": 3.7,
    "level": -0.5,
    "clean_level": -0.1,
    "clean_pesq": 4.52,
}


class Networks(unittest.TestCase):
    def rows(self, rung: str = "full", **scores: float) -> list[check.Row]:
        ours = Result(
            rung,
            rung,
            0,
            [pair for snr in (5, 10) for pair in result(rung, snr=snr, **(GOOD | scores)).clips],
        )
        measured = {rung: ours, "deepfilternet3": result("deepfilternet3")}
        return marks_networks.quality(rung, {"dev2": measured, FIVE_DB: measured})

    def test_all_met(self) -> None:
        self.assertEqual(missed(self.rows()), [])
        self.assertEqual(len(self.rows()), 12)

    def test_each_miss_is_told(self) -> None:
        misses = {
            "pesq": 2.13,
            "estoi": 0.79,
            "si_sdr": 11.0,
            "ovrl": 2.87,
            "bak": 3.94,
            "del8": 11.0,
            "lsd_hi": 3.8,
            "level": -0.75,
            "clean_level": 0.35,
            "clean_pesq": 4.4,
            "f0_correlation": 0.9,
            "energy_contour": 0.9,
        }
        for metric, value in misses.items():
            with self.subTest(metric=metric):
                self.assertEqual(len(missed(self.rows(**{metric: value}))), 1)

    def test_low_latency_has_marks_of_its_own(self) -> None:
        self.assertEqual(missed(self.rows("low-latency", pesq=2.01, estoi=0.79, bak=3.92)), [])
        self.assertEqual(missed(self.rows("low-latency", pesq=1.99)), ["low-latency, dev2: PESQ"])

    def test_rooms_and_words_beside_the_light_network(self) -> None:
        sets = {"dev": {"full": result("full", room=True, pesq=1.5), "light": result("light", room=True, pesq=1.6)}}
        self.assertEqual(
            missed(marks_networks.quality("full", sets)), ["full, dev: PESQ, light's", "full, dev rooms: PESQ, light's"]
        )

    def test_a_network_that_was_not_measured_has_no_rows(self) -> None:
        self.assertEqual(marks_networks.quality("full", {"dev2": {}}), [])

    def test_costs(self) -> None:
        full, light = (Rung(name, Path("stillmic"), ()) for name in ("full", "light"))
        good = Cost(share_of_rnnoise=0.2, memory_mb=39, macs_per_frame=1, times_real_time=161)
        self.assertEqual(missed(marks_networks.cost(full, good, 40)), [])
        self.assertEqual(missed(marks_networks.cost(light, good, 20)), [])
        bad = Cost(share_of_rnnoise=0.3, memory_mb=41, macs_per_frame=1, times_real_time=59)
        self.assertEqual(len(missed(marks_networks.cost(full, bad, 40.1))), 4)
        unknown = Cost(math.nan, math.nan, None, 100)
        self.assertEqual(sum(row.margin is None for row in marks_networks.cost(full, unknown, 40)), 2)


if __name__ == "__main__":
    unittest.main()
