"""Tables of figures for the documents: figures.json beside them, written by what measures."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .paths import FIGURES, REPO

GENERATIONS = {  # (family, model): generation, of processors whose name does not say it
    (6, 79): "Broadwell",
    (6, 106): "Ice Lake",
    (6, 143): "Sapphire Rapids",
    (6, 207): "Emerald Rapids",
    (6, 173): "Granite Rapids",
    (23, 49): "Zen 2",
    (25, 1): "Zen 3",
    (25, 17): "Zen 4",
    (26, 2): "Zen 5",
}
CASCADE_LAKE_STEPPING = 5  # model 85 before that is Skylake


@dataclass(frozen=True)
class Table:
    """Rows of text; the first column is the key of the row."""

    columns: list[str]
    rows: list[list[str]]

    def markdown(self) -> str:
        """The table for a page of text."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def add_argument(parser: argparse.ArgumentParser, default: Path = FIGURES) -> None:
    """The option that names the file to write."""
    parser.add_argument(
        "--figures",
        type=Path,
        nargs="?",
        const=default,
        metavar="FILE",
        help=f"write the tables for the documents to FILE (without one: {default.relative_to(REPO)})",
    )


def write(path: Path, command: str, tables: dict[str, Table]) -> None:
    """Replace these tables in the file, and leave the others there as they are."""
    whole = json.loads(path.read_text()) if path.is_file() else {"tables": {}}
    for name, table in tables.items():
        whole["tables"][name] = {
            "command": command,
            "commit": commit(),
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": machine(),
            "columns": table.columns,
            "rows": table.rows,
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(_json(whole))
    partial.replace(path)


def _json(whole: dict) -> str:
    """JSON with one line for each row of a table, so that a change of one figure changes one line."""
    string = r'"(?:[^"\\]|\\.)*"'
    row = re.compile(rf"\[\s+({string}(?:,\s+{string})*)\s+\]")
    cells = re.compile(string)
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    return row.sub(lambda found: f"[{', '.join(cells.findall(found[1]))}]", text) + "\n"


def commit() -> str:
    """The commit that is measured, -dirty where something other than documents and figures differs from it."""
    head = _git("rev-parse", "--short=7", "HEAD")
    differs = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!*.md", ":!*figures.json")
    return f"{head}-dirty" if differs else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=REPO, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def machine() -> str:
    """The processor, its generation where that is known, and the number of its cores that may be used."""
    cpuinfo = Path("/proc/cpuinfo")
    name, key = platform.processor() or platform.machine(), (0, 0, 0)
    if cpuinfo.is_file():
        fields = dict(re.findall(r"^(.+?)\s*:\s*(.*)$", cpuinfo.read_text().partition("\n\n")[0], re.MULTILINE))
        name = fields.get("model name", name)
        key = tuple(int(fields.get(field, 0)) for field in ("cpu family", "model", "stepping"))
    return f"{_plain(name)}{_generation(*key)}, {len(os.sched_getaffinity(0))} cores"


def _plain(name: str) -> str:
    """A processor's name without the noise: Intel(R) Xeon(R) CPU @ 2.50GHz is Intel Xeon 2.5 GHz."""
    name = re.sub(r"\((R|TM|tm)\)|\bCPU\b|\bProcessor\b|@", " ", name)
    name = re.sub(r"(\d+\.\d*?)0*GHz", lambda match: f"{match[1].rstrip('.')} GHz", name)
    return " ".join(name.split())


def _generation(family: int, model: int, stepping: int) -> str:
    if (family, model) == (6, 85):
        return " (Cascade Lake)" if stepping >= CASCADE_LAKE_STEPPING else " (Skylake)"
    return f" ({GENERATIONS[family, model]})" if (family, model) in GENERATIONS else ""
