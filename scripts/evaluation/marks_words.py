"""What the light network must reach on `dev`: words and short phrases, beside RNNoise and DeepFilterNet3."""

from __future__ import annotations

from .check import Row, at_least, at_most
from .dataset import CLEAN_KIND
from .evaluate import Result
from .report import kinds

PESQ_PERFECT = 4.644  # P.862.2 of a signal against itself
MOST_MACS = 2.5e6  # multiply-adds per 10 ms frame
MOST_LATENCY_MS = 20.0
OTHERS = ("noisy", "rnnoise", "deepfilternet3")


def rows(ours: Result, others: dict[str, Result], latency_ms: float, macs_per_frame: int | None) -> list[Row]:
    """The twelve requirements; multiply-adds may be unknown (None)."""
    absent = [name for name in OTHERS if name not in others]
    if absent:
        raise ValueError(f"--check compares with {', '.join(absent)} too: add them to --suppressors")
    noisy, rnnoise, deep = (others[name] for name in OTHERS)
    return [
        *_quality(ours, noisy, rnnoise, deep),
        *_kinds(ours, noisy),
        _cost(macs_per_frame),
        at_most("algorithmic latency, ms", latency_ms, MOST_LATENCY_MS, 1, MOST_LATENCY_MS),
    ]


def _quality(ours: Result, noisy: Result, rnnoise: Result, deep: Result) -> list[Row]:
    def more(what: str, metric: str, bound: float, digits: int, aim: float) -> Row:
        return at_least(what, ours.mean(metric), bound, digits, aim)

    def less(what: str, metric: str, digits: int, share: float | None) -> Row:
        bound = deep.mean(metric)
        return at_most(what, ours.mean(metric), bound, digits, None if share is None else bound * share)

    return [
        more("PESQ, RNNoise + 0.2", "pesq", rnnoise.mean("pesq") + 0.2, 2, deep.mean("pesq") + 0.15),
        more("ESTOI, RNNoise + 0.04", "estoi", rnnoise.mean("estoi") + 0.04, 3, deep.mean("estoi") + 0.02),
        more("SI-SDR, noisy + 3 dB", "si_sdr", noisy.mean("si_sdr") + 3, 1, deep.mean("si_sdr")),
        more("DNSMOS OVRL, RNNoise", "ovrl", rnnoise.mean("ovrl"), 2, deep.mean("ovrl")),
        less("DEL8 %, DeepFilterNet3", "del8", 1, 0.5),
        less("DEL8m %, DeepFilterNet3", "del8_matched", 1, 0.5),
        less("LSDhi dB, DeepFilterNet3", "lsd_hi", 1, None),
        at_most("clean in, PESQ lost", PESQ_PERFECT - ours.mean("clean_pesq"), 0.4, 2, 0.1),
    ]


def _kinds(ours: Result, noisy: Result) -> list[Row]:
    """No kind of noise may end worse than it came in; the row shows the worst kind."""
    found = []
    for metric, title in (("pesq", "PESQ"), ("estoi", "ESTOI")):
        gains = {kind: ours.mean(metric, kind) - noisy.mean(metric, kind) for kind in kinds(ours) if kind != CLEAN_KIND}
        worst = min(gains, key=gains.__getitem__)
        below = sum(gain < 0 for gain in gains.values())
        found.append(Row(f"worst kind, {title}: {worst}", f"{below} below", ">= noisy", gains[worst], "all"))
    return found


def _cost(macs_per_frame: int | None) -> Row:
    needed = f"<= {MOST_MACS / 1e6:.1f} M"
    if macs_per_frame is None:
        return Row("multiply-adds per 10 ms", "", needed, None, "1.0 M")
    margin = (MOST_MACS - macs_per_frame) / 1e6
    return Row("multiply-adds per 10 ms", f"{macs_per_frame / 1e6:.2f} M", needed, margin, "1.0 M")
