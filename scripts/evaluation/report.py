"""Results as tables of text of at most 100 columns, as tables of figures.json, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .evaluate import Result
from .score import METRICS

TEN_DB = (8, 12)  # mixes whose SNR counts as 10 dB


@dataclass(frozen=True)
class Column:
    """A metric, its name in documents, its short heading on a screen, and decimals."""

    metric: str
    name: str
    heading: str
    digits: int
    at_ten_db: bool = False  # mean over the mixes near 10 dB SNR alone

    def value(self, result: Result) -> float:
        """The figure of a suppressor."""
        return result.near_snr(self.metric, *TEN_DB) if self.at_ten_db else result.mean(self.metric)

    def text(self, result: Result) -> str:
        """The figure as it is shown; empty where there is none."""
        return shown(self.value(result), self.digits)


def shown(value: float, digits: int) -> str:
    """A figure as text; empty where there is none, and no -0.0."""
    return "" if math.isnan(value) else f"{round(value, digits) + 0.0:.{digits}f}"


QUALITY = (
    Column("pesq", "PESQ", "PESQ", 2),
    Column("estoi", "ESTOI", "ESTOI", 3),
    Column("si_sdr", "SI-SDR, dB", "SI-SDR", 1),
    Column("sig", "SIG", "SIG", 2),
    Column("bak", "BAK", "BAK", 2),
    Column("ovrl", "OVRL", "OVRL", 2),
    Column("del8", "DEL8, %", "DEL8%", 1),
    Column("lsd_hi", "LSDhi, dB", "LSDhi", 1),
    Column("nr", "noise removed, dB", "NR dB", 1),
)
VOICE = (
    Column("p808", "P808", "P808", 2),
    Column("del8_matched", "DEL8 at equal level, %", "DEL8m", 1),
    Column("clean_pesq", "clean in, PESQ", "cln in", 2),
    Column("clean_level", "voice level, clean in, dB", "lev cln", 1),
    Column("level", "voice level at 10 dB SNR, dB", "lev 10", 1, at_ten_db=True),
    Column("f0_correlation", "f0 correlation", "f0 corr", 3),
    Column("f0_kept", "f0 kept, %", "f0 kept", 1),
    Column("f0_range", "f0 range, share of the clean voice's", "f0 rng", 2),
    Column("energy_contour", "energy contour, correlation", "energy", 3),
)
COLUMNS = (*QUALITY, *VOICE)
PUBLISHED = {  # headings of scores.tsv by metric
    "pesq": "PESQ",
    "estoi": "ESTOI",
    "si_sdr": "SI-SDR_dB",
    "ovrl": "OVRL",
    "bak": "BAK",
    "del8": "DEL8_%",
}
LEGEND = """\
PESQ-WB, ESTOI, SI-SDR (dB) and DNSMOS (P.835 SIG BAK OVRL, P.808) at 16 kHz; DEL8: share of speech
cut by more than 10 dB below 8 kHz, DEL8m: after matching levels; LSDhi: distance from 8 to 20 kHz
in dB; NR: noise reduction in pauses; cln in: PESQ of clean speech in; lev cln, lev 10: level of the
voice in dB with clean speech in and at 10 dB SNR; f0 corr, kept, rng: correlation of f0 in
semitones, share of voiced frames within a semitone, range as a share of the clean voice's;
energy: correlation of levels in dB over active frames. In rooms the reference is the speech with
its early reflections."""


def summary(results: Iterable[Result], published: list[dict[str, str]]) -> str:
    """Means over the mixes with noise, one row per suppressor, in two tables; what others published comes last."""
    results = list(results)
    tables = []
    for columns in (QUALITY, VOICE):
        rows = [[result.title, *(column.text(result) for column in columns)] for result in results]
        if columns is QUALITY:
            rows += _published(columns, published)
        tables.append(_table([["", *(column.heading for column in columns)], *rows], 1))
    return "\n\n".join(tables)


def _published(columns: tuple[Column, ...], rows: list[dict[str, str]]) -> list[list[str]]:
    """Rows of scores.tsv under these columns; their first column names the system."""
    found = []
    for row in rows:
        system = next(iter(row.values()))
        values = [row.get(PUBLISHED.get(column.metric, ""), "") for column in columns]
        found.append(
            [
                f"[{system.partition(' (')[0]}]"[:34],
                *(value.replace("-", "") if value == "-" else value for value in values),
            ]
        )
    return found


def by_kind(results: list[Result]) -> str:
    """Means per kind of noise, one block per kind."""
    rows = [["kind", "", *(column.heading for column in QUALITY)]]
    for kind in kinds(results[0]):
        for index, result in enumerate(results):
            of_kind = Result(result.name, result.title, 0, [pair for pair in result.clips if pair[0].kind == kind])
            cells = [shown(of_kind.mean(column.metric, kind), column.digits) for column in QUALITY]
            rows.append([kind if index == 0 else "", result.title, *cells])
    return _table(rows, 2)


def kinds(result: Result) -> list[str]:
    """Kinds in the order of the data set."""
    return list(dict.fromkeys(clip.kind for clip, _ in result.clips))


def split(results: list[Result]) -> dict[str, list[Result]]:
    """The mixes without and with a room apart; empty where there is only one of them."""
    rooms = {clip.room for clip, _ in results[0].clips}
    if len(rooms) < 2:
        return {}
    return {"dry": [r.part(False) for r in results], "rooms": [r.part(True) for r in results]}


def figures(results: list[Result], published: list[dict[str, str]]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of a table of figures.json."""
    rows = [[result.title, *(column.text(result) for column in COLUMNS)] for result in results]
    for row in published:
        system = next(iter(row.values()))
        values = [row.get(PUBLISHED.get(column.metric, ""), "") for column in COLUMNS]
        rows.append([f"{system} [published]", *("" if value == "-" else value for value in values)])
    return ["suppressor", *(column.name for column in COLUMNS)], rows


def as_json(data: str, results: list[Result]) -> dict:
    """Everything measured; numbers that do not exist (NaN, infinite) become null."""
    return {
        "data": data,
        "clips": len(results[0].clips),
        "suppressors": {
            result.name: {
                "delay_samples": result.delay,
                "mean": {metric: _finite(result.mean(metric)) for metric in METRICS},
                "kinds": {
                    kind: {metric: _finite(result.mean(metric, kind)) for metric in METRICS} for kind in kinds(result)
                },
                "clips": {
                    clip.name: {metric: _finite(scores[metric]) for metric in METRICS} for clip, scores in result.clips
                },
            }
            for result in results
        },
    }


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _table(rows: list[list[str]], left: int) -> str:
    """Rows as aligned text, the first are headings; the first columns are flush left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(cells: list[str]) -> str:
        parts = [
            cell.ljust(width) if i < left else (cell or "-").rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(parts).rstrip()

    headings, *others = rows
    return "\n".join([line(headings), "  ".join("-" * width for width in widths), *map(line, others)])
