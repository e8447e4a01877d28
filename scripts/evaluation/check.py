"""Compares measured figures with what the network must reach."""

from __future__ import annotations

from dataclasses import dataclass

from .dataset import CLEAN_KIND
from .evaluate import Result
from .report import kinds

PESQ_PERFECT = 4.644  # P.862.2 of a signal against itself
MOST_MACS = 2.5e6  # multiply-adds per 10 ms frame
MOST_LATENCY_MS = 20.0
NEEDED = ("noisy", "stillmic", "rnnoise", "deepfilternet3")


@dataclass(frozen=True)
class Row:
    """One requirement: margin is how far on the right side the figure is, None where it could not be measured."""

    what: str
    measured: str
    needed: str
    margin: float | None
    aim: str = ""

    @property
    def passed(self) -> bool:
        """Whether the figure is known and on the right side; rounding may cost a billionth."""
        return self.margin is not None and self.margin >= -1e-9


def check(results: dict[str, Result], latency_ms: float, macs_per_frame: int | None) -> tuple[str, bool]:
    """The table of requirements as text, and whether all are met; multiply-adds may be unknown (None)."""
    absent = [name for name in NEEDED if name not in results]
    if absent:
        raise ValueError(f"--check compares with {', '.join(absent)} too: add them to --suppressors")
    rows = [*_quality(results), *_kinds(results), *_cost(latency_ms, macs_per_frame)]
    lines = [f"{'':28}  {'measured':>10}  {'must reach':>12}  {'result':6}  {'by':>7}  {'aim':>8}"]
    for row in rows:
        result = "not known" if row.margin is None else ("pass" if row.passed else "MISS")
        by = "" if row.margin is None else f"{row.margin:+.3g}"
        lines.append(f"{row.what:28}  {row.measured:>10}  {row.needed:>12}  {result:6}  {by:>7}  {row.aim:>8}".rstrip())
    passed = sum(row.passed for row in rows)
    lines.append(f"\n{passed} of {len(rows)} met")
    return "\n".join(lines), passed == len(rows)


def _quality(results: dict[str, Result]) -> list[Row]:
    noisy, ours, rnnoise, deep = (results[name] for name in NEEDED)

    def at_least(what: str, metric: str, bound: float, digits: int, aim: float) -> Row:
        value = ours.mean(metric)
        return Row(what, f"{value:.{digits}f}", f">= {bound:.{digits}f}", value - bound, f"{aim:.{digits}f}")

    def at_most(what: str, value: float, bound: float, digits: int, aim: float | None) -> Row:
        goal = "" if aim is None else f"{aim:.{digits}f}"
        return Row(what, f"{value:.{digits}f}", f"<= {bound:.{digits}f}", bound - value, goal)

    lost = PESQ_PERFECT - ours.clean_in()
    return [
        at_least("PESQ, RNNoise + 0.2", "pesq", rnnoise.mean("pesq") + 0.2, 2, deep.mean("pesq") + 0.15),
        at_least("ESTOI, RNNoise + 0.04", "estoi", rnnoise.mean("estoi") + 0.04, 3, deep.mean("estoi") + 0.02),
        at_least("SI-SDR, noisy + 3 dB", "si_sdr", noisy.mean("si_sdr") + 3, 1, deep.mean("si_sdr")),
        at_least("DNSMOS OVRL, RNNoise", "ovrl", rnnoise.mean("ovrl"), 2, deep.mean("ovrl")),
        at_most("DEL8 %, DeepFilterNet3", ours.mean("del8"), deep.mean("del8"), 1, deep.mean("del8") / 2),
        at_most(
            "DEL8m %, DeepFilterNet3",
            ours.mean("del8_matched"),
            deep.mean("del8_matched"),
            1,
            deep.mean("del8_matched") / 2,
        ),
        at_most("LSDhi dB, DeepFilterNet3", ours.mean("lsd_hi"), deep.mean("lsd_hi"), 1, None),
        at_most("clean in, PESQ lost", lost, 0.4, 2, 0.1),
    ]


def _kinds(results: dict[str, Result]) -> list[Row]:
    """No kind of noise may end worse than it came in; the row shows the worst kind."""
    noisy, ours = results["noisy"], results["stillmic"]
    rows = []
    for metric, title in (("pesq", "PESQ"), ("estoi", "ESTOI")):
        gains = {kind: ours.mean(metric, kind) - noisy.mean(metric, kind) for kind in kinds(ours) if kind != CLEAN_KIND}
        worst = min(gains, key=gains.__getitem__)
        below = sum(gain < 0 for gain in gains.values())
        rows.append(Row(f"worst kind, {title}: {worst}", f"{below} below", ">= noisy", gains[worst], "all"))
    return rows


def _cost(latency_ms: float, macs_per_frame: int | None) -> list[Row]:
    latency = Row(
        "algorithmic latency, ms",
        f"{latency_ms:.1f}",
        f"<= {MOST_LATENCY_MS:.0f}",
        MOST_LATENCY_MS - latency_ms,
        f"{MOST_LATENCY_MS:.0f}",
    )
    needed = f"<= {MOST_MACS / 1e6:.1f} M"
    if macs_per_frame is None:
        return [Row("multiply-adds per 10 ms", "", needed, None, "1.0 M"), latency]
    margin = (MOST_MACS - macs_per_frame) / 1e6
    return [Row("multiply-adds per 10 ms", f"{macs_per_frame / 1e6:.2f} M", needed, margin, "1.0 M"), latency]
