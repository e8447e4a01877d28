"""Finding stillmic's networks in binaries that know different ones."""

import stat
import tempfile
import unittest
from pathlib import Path

import numpy as np

from evaluation.suppressors import chosen, ladder
from evaluation.tests.test_metrics import noise

# Stands for `stillmic clean`: knows some models by name, copies what it is given.
BINARY = """#!/bin/sh
shift
while [ $# -gt 2 ]; do
  case "$1" in
    --model) case "$2" in {known}) shift ;; *) echo "Error: no model $2" >&2; exit 2 ;; esac ;;
    --jobs) shift ;;
    --latency) {latency} && shift || exit 2 ;;
    *) echo "Error: unknown flag $1" >&2; exit 2 ;;
  esac
  shift
done
cp -r "$1"/. "$2" 2>/dev/null || cp "$1" "$2"
"""


class Ladder(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def binary(self, known: str, latency: bool = False) -> Path:
        path = self.folder / "program"
        path.write_text(BINARY.format(known=known, latency=str(latency).lower()))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def find(
        self, known: str, weights: dict[str, Path] | None = None, latency: bool = False
    ) -> tuple[dict[str, tuple], dict[str, str]]:
        binary = self.binary(known, latency)
        found, missing = ladder.find(binary, list(ladder.RUNGS), weights or {}, self.folder)
        return {rung.name: rung.arguments for rung in found}, missing

    def test_a_binary_with_the_whole_ladder(self) -> None:
        found, missing = self.find("full|low-latency|light|small")
        self.assertEqual(found, {name: ("--model", name) for name in ladder.RUNGS})
        self.assertEqual(missing, {})

    def test_a_binary_that_knows_no_names_has_the_light_network(self) -> None:
        found, missing = self.find("none")
        self.assertEqual(found, {"light": ()})
        self.assertEqual(missing["full"], "Error: no model full")

    def test_weight_files_stand_in_for_names(self) -> None:
        file, other = self.folder / "small.safetensors", self.folder / "new.safetensors"
        file.touch()
        found, _ = self.find("light|*.safetensors", {"full": other})
        self.assertEqual(found["small"], ("--model", str(file)))
        self.assertEqual(found["full"], ("--model", str(other)))

    def test_low_latency_is_asked_for_as_people_do(self) -> None:
        found, _ = self.find("low-latency|light", latency=True)
        self.assertEqual(found["low-latency"], ("--latency", "20ms"))

    def test_latency_alone_is_no_proof_of_the_network(self) -> None:
        """A binary without that network's weights takes the option and runs another."""
        found, missing = self.find("light", latency=True)
        self.assertEqual(found, {"light": ("--model", "light")})
        self.assertIn("low-latency", missing)

    def test_a_rung_cleans(self) -> None:
        found, _ = ladder.find(self.binary("light"), ["light"], {}, self.folder)
        [out] = found[0].suppressor().clean([noise(1)])
        np.testing.assert_allclose(out, noise(1), atol=2**-15)

    def test_bench_takes_the_model_of_a_latency(self) -> None:
        rung = ladder.Rung("low-latency", Path("program"), ("--latency", "20ms"))
        self.assertEqual(rung.bench_arguments, ("--model", "low-latency"))

    def test_wrong_weights_are_refused(self) -> None:
        for text in ("full", "tiny=x", f"full={self.folder}/none"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                chosen.weights_named([text])


if __name__ == "__main__":
    unittest.main()
