"""What the full network, and its sibling with 20 ms of latency, must reach on continuous and on real speech."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .check import Row, at_least, at_most
from .evaluate import Result
from .ladder_cost import Cost
from .sets import FIVE_DB
from .suppressors.ladder import FULL, LIGHT, LOW_LATENCY, Rung

Results = dict[str, Result]  # of one set, by suppressor
REFERENCE = "deepfilternet3"
SOFT_SNR = (8, 12)  # dB: mixes near 10 dB
LATENCY_MS = {FULL: 40.0, LOW_LATENCY: 20.0}
MOST_OF_RNNOISE, MOST_MB = 0.25, 40.0
LEAST_TIMES_REAL_TIME = {FULL: 60.0, LOW_LATENCY: 60.0, LIGHT: 160.0}
AIM_TIMES_REAL_TIME = {FULL: 150.0, LOW_LATENCY: 150.0, LIGHT: 250.0}


@dataclass(frozen=True)
class Mark:
    """A bound on a mean over a set: must by network; then is the full network's next mark, aim what all strive for."""

    set_name: str
    title: str
    figure: Callable[[Result], float]
    bound: Callable[..., Row]
    digits: int
    must: dict[str, float]
    aim: float
    then: float | None = None


def _mean(metric: str) -> Callable[[Result], float]:
    return lambda result: result.mean(metric)


def _level_of_clean(result: Result) -> float:
    """How far the voice's level is off; a room's late reflections, which are not in the reference, would blur it."""
    return abs(result.part(room=False).mean("clean_level"))


def _level_at_ten_db(result: Result) -> float:
    return abs(result.part(room=False).near_snr("level", *SOFT_SNR))


def _both(full: float, low_latency: float) -> dict[str, float]:
    return {FULL: full, LOW_LATENCY: low_latency}


MARKS = (
    Mark("dev2", "PESQ", _mean("pesq"), at_least, 2, _both(2.14, 2.00), 2.35, 2.20),
    Mark("dev2", "ESTOI", _mean("estoi"), at_least, 3, _both(0.80, 0.785), 0.83, 0.81),
    Mark("dev2", "SI-SDR, dB", _mean("si_sdr"), at_least, 1, _both(11.1, 10.5), 12.5),
    Mark("dev2", "DNSMOS OVRL", _mean("ovrl"), at_least, 2, _both(2.88, 2.78), 3.0),
    Mark("dev2", "DNSMOS BAK", _mean("bak"), at_least, 2, _both(3.95, 3.92), 4.05),
    Mark("dev2", "DEL8 %", _mean("del8"), at_most, 1, _both(10.9, 12.0), 7.0, 9.5),
    Mark("dev2", "LSDhi, dB", _mean("lsd_hi"), at_most, 2, _both(3.75, 4.0), 3.4),
    Mark("dev2", "level off, clean, dB", _level_of_clean, at_most, 2, _both(0.3, 0.5), 0.2),
    Mark("dev2", "level off, 10 dB, dB", _level_at_ten_db, at_most, 2, _both(0.7, 1), 0.2),
    Mark("dev2", "clean in, PESQ", _mean("clean_pesq"), at_least, 2, _both(4.5, 4.4), 4.55),
    Mark("dev3", "PESQ", _mean("pesq"), at_least, 2, _both(1.52, 1.45), 1.70, 1.57),
    Mark("dev3", "ESTOI", _mean("estoi"), at_least, 3, _both(0.66, 0.63), 0.75, 0.68),
    Mark("dev3", "DNSMOS OVRL", _mean("ovrl"), at_least, 2, _both(2.28, 2.15), 2.61, 2.4),
    Mark("dev3", "DEL8 %", _mean("del8"), at_most, 1, _both(16.5, 20.0), 6.4, 13.0),
)


def quality(rung: str, sets: dict[str, Results]) -> list[Row]:
    """The rows of one network over the sets that were measured."""
    rows = []
    for mark in MARKS:
        if rung in sets.get(mark.set_name, {}):
            value = mark.figure(sets[mark.set_name][rung])
            then = mark.then if rung == FULL else None
            what = f"{rung}, {mark.set_name}: {mark.title}"
            rows.append(mark.bound(what, value, mark.must[rung], mark.digits, mark.aim, then))
    return rows + _beside_light(rung, sets) + _feeling(rung, sets.get(FIVE_DB, {}))


def _beside_light(rung: str, sets: dict[str, Results]) -> list[Row]:
    """Words and rooms must not get worse than with the light network."""
    rows = []
    for set_name, only_rooms in (("dev", False), ("dev", True), ("dev2", True)):
        results = sets.get(set_name, {})
        if rung not in results or LIGHT not in results:
            continue
        ours, light = ((results[name].part(True) if only_rooms else results[name]) for name in (rung, LIGHT))
        where = f"{set_name} rooms" if only_rooms else set_name
        for metric, title, digits in (("pesq", "PESQ", 2), ("estoi", "ESTOI", 3)):
            what = f"{rung}, {where}: {title}, light's"
            rows.append(at_least(what, ours.mean(metric), light.mean(metric), digits, None))
    return rows


def _feeling(rung: str, results: Results) -> list[Row]:
    """Melody and energy contour of dev2's mixes at 5 dB SNR, not below DeepFilterNet3's."""
    if rung not in results or REFERENCE not in results:
        return []
    return [
        at_least(
            f"{rung}, dev2 at 5 dB: {title}, DFN3's",
            results[rung].mean(metric),
            results[REFERENCE].mean(metric),
            3,
            None,
        )
        for metric, title in (("f0_correlation", "f0 correlation"), ("energy_contour", "energy contour"))
    ]


def cost(rung: Rung, measured: Cost, latency_ms: float) -> list[Row]:
    """Latency, time, memory of one network."""
    name = rung.name
    times = at_least(
        f"{name}: clean, times real time",
        measured.times_real_time,
        LEAST_TIMES_REAL_TIME[name],
        0,
        AIM_TIMES_REAL_TIME[name],
    )
    if name == LIGHT:
        return [times]
    return [
        at_most(f"{name}: algorithmic latency, ms", latency_ms, LATENCY_MS[name], 1, None),
        at_most(f"{name}: a frame, share of RNNoise's", measured.share_of_rnnoise, MOST_OF_RNNOISE, 3, 0.1),
        times,
        at_most(f"{name}: memory of bench, MB", measured.memory_mb, MOST_MB, 1, 32.0),
    ]
