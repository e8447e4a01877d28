"""figures.json: the tables that measuring commands write."""

import json
import tempfile
import unittest
from pathlib import Path

from evaluation import figures


class Figures(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.path = Path(holder.name) / "figures.json"
        self.table = figures.Table(["suppressor", "PESQ"], [["noisy input", "1.28"], ['"quoted" µ', ""]])

    def test_other_tables_stay_as_they_are(self) -> None:
        figures.write(self.path, "first", {"one": self.table})
        before = json.loads(self.path.read_text())["tables"]["one"]
        figures.write(self.path, "second", {"two": self.table})
        tables = json.loads(self.path.read_text())["tables"]
        self.assertEqual(list(tables), ["one", "two"])
        self.assertEqual(tables["one"], before)
        self.assertEqual(tables["two"]["command"], "second")
        self.assertEqual(tables["two"]["rows"], self.table.rows)
        self.assertRegex(tables["two"]["commit"], r"^[0-9a-f]{7,}(-dirty)?$")
        self.assertRegex(tables["two"]["machine"], r"\d+ cores$")

    def test_one_line_a_row(self) -> None:
        figures.write(self.path, "first", {"one": self.table})
        self.assertIn('    ["noisy input", "1.28"],\n', self.path.read_text())

    def test_plain_names_of_processors(self) -> None:
        self.assertEqual(figures._plain("Intel(R) Xeon(R) CPU @ 2.50GHz"), "Intel Xeon 2.5 GHz")
        self.assertEqual(figures._plain("Intel(R) Xeon(R) Processor @ 3.00GHz"), "Intel Xeon 3 GHz")
        self.assertEqual(figures._plain("AMD EPYC 7763 64-Core Processor"), "AMD EPYC 7763 64-Core")

    def test_markdown(self) -> None:
        self.assertTrue(
            self.table.markdown().startswith("| suppressor | PESQ |\n| --- | --- |\n| noisy input | 1.28 |")
        )


if __name__ == "__main__":
    unittest.main()
