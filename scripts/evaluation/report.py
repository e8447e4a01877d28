"""Results as text of at most 100 columns, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .evaluate import Result
from .score import METRICS

COLUMNS = (  # metric, heading, decimals
    ("pesq", "PESQ", 2),
    ("estoi", "ESTOI", 3),
    ("si_sdr", "SI-SDR", 1),
    ("sig", "SIG", 2),
    ("bak", "BAK", 2),
    ("ovrl", "OVRL", 2),
    ("p808", "P808", 2),
    ("del8", "DEL8%", 1),
    ("del8_matched", "DEL8m", 1),
    ("lsd_hi", "LSDhi", 1),
    ("nr", "NR dB", 1),
    ("clean_pesq", "cln in", 2),
)
KIND_COLUMNS = tuple(column for column in COLUMNS if column[0] not in ("clean_pesq", "del8_matched"))
LEGEND = """\
PESQ-WB, ESTOI, SI-SDR (dB) and DNSMOS (P.835 SIG BAK OVRL, P.808) at 16 kHz; DEL8: share of speech
cut by more than 10 dB below 8 kHz, DEL8m: after matching levels; LSDhi: distance from 8 to 20 kHz
in dB; NR: noise reduction in pauses; cln in: PESQ of clean speech in. In rooms the reference is the
speech with its early reflections."""


def summary(results: Iterable[Result]) -> str:
    """Means over the mixes with noise, one row per suppressor."""
    rows = [
        [result.title, *(_number(_mean(result, metric), digits) for metric, _, digits in COLUMNS)] for result in results
    ]
    return _table(["", *(heading for _, heading, _ in COLUMNS)], rows)


def by_kind(results: list[Result]) -> str:
    """Means per kind of noise, one block per kind."""
    rows = []
    for kind in kinds(results[0]):
        for index, result in enumerate(results):
            numbers = (_number(result.mean(metric, kind), digits) for metric, _, digits in KIND_COLUMNS)
            rows.append([kind if index == 0 else "", result.title, *numbers])
    return _table(["kind", "", *(heading for _, heading, _ in KIND_COLUMNS)], rows)


def kinds(result: Result) -> list[str]:
    """Kinds in the order of the data set."""
    return list(dict.fromkeys(clip.kind for clip, _ in result.clips))


def as_json(data: str, results: list[Result]) -> dict:
    """Everything measured; numbers that do not exist (NaN, infinite) become null."""
    return {
        "data": data,
        "clips": len(results[0].clips),
        "suppressors": {
            result.name: {
                "delay_samples": result.delay,
                "mean": {metric: _finite(_mean(result, metric)) for metric in METRICS},
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


def _mean(result: Result, metric: str) -> float:
    return result.clean_in() if metric == "clean_pesq" else result.mean(metric)


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _number(value: float, digits: int) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.{digits}f}"


def _table(headings: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))]
    left = sum(1 for cell in rows[0] if not cell[:1].isdigit() and cell[:1] != "-") if rows else 1

    def line(cells: list[str]) -> str:
        parts = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line(headings), "  ".join("-" * width for width in widths), *(line(row) for row in rows)])
