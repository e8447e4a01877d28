"""Scores weight files on a folder of mixes with the metrics of scripts/eval: scripts/train --judge FOLDER FILE ...

FILE may be "released", a weight file, a checkpoint of the tuner, or NAME@SHARE: so much of the way from the released
weights to NAME. The same metrics through the Go program are scripts/eval's; this needs no program, and hears a
network before it is exported.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from deepfilter import DeepFilter
from tuning import RELEASED, network_of

COLUMNS = ("pesq", "estoi", "si_sdr", "sig", "bak", "ovrl", "del8", "lsd_hi", "nr", "level_db")


def load(source: str) -> DeepFilter:
    """The network that a word of the command line names."""
    name, _, share = source.partition("@")
    if name.endswith(".pt"):
        state = torch.load(name, weights_only=True, map_location="cpu")
        network = DeepFilter(int(state["config"]["lookahead"]))
        network.load_state_dict(state["network"])
    else:
        network = network_of(name, None)
    if share:
        blend(network, float(share))
    return network.eval()


def blend(network: DeepFilter, share: float) -> None:
    """Moves a network's weights to share of the way from the released ones to its own."""
    released = network_of(RELEASED, None).state_dict()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            value.copy_(torch.lerp(released[name], value, share))


def score_clip(clean: np.ndarray, noisy: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """The columns of one mix."""
    from evaluation import dnsmos, metrics
    from evaluation.audio import to_metric_rate

    if not clean.any():
        return {}
    heard, reference = to_metric_rate(output), to_metric_rate(clean)
    opinion = dnsmos.score(heard)
    gain = float(output @ clean / (clean @ clean))
    return {key: opinion[key] for key in ("sig", "bak", "ovrl")} | {
        "pesq": metrics.pesq_wideband(reference, heard),
        "estoi": metrics.estoi(reference, heard),
        "si_sdr": metrics.si_sdr(reference, heard),
        "del8": metrics.speech_cut(clean, noisy, output),
        "lsd_hi": metrics.high_band_distance(clean, output),
        "nr": metrics.pause_reduction(clean, noisy, output),
        "level_db": 20 * float(np.log10(max(gain, 1e-3))),
    }


def judge(folder: Path, source: str, most: int | None = None) -> dict[str, dict[str, float]]:
    """Scores of every mix of the folder but those of clean speech or noise alone; the first most ones if wanted."""
    from evaluation import dataset

    network, out = load(source), {}
    clips = [c for c in dataset.load(folder) if c.kind != dataset.CLEAN_KIND]
    for clip in clips[:most]:
        noisy = clip.noisy()
        with torch.no_grad():
            output = network.clean(torch.from_numpy(noisy)[None])[0].numpy()
        scores = score_clip(clip.clean(), noisy, output)
        if scores:
            out[clip.name] = scores | {"room": float(clip.room)}
    return out


def means(scores: dict[str, dict[str, float]], room: bool | None = None) -> dict[str, float]:
    """Means of the columns over all mixes, or over those in rooms or without."""
    chosen = [s for s in scores.values() if room is None or bool(s["room"]) == room]
    return {c: float(np.nanmean([s.get(c, np.nan) for s in chosen])) for c in COLUMNS}


def run(folder: Path, sources: list[str], most: int | None = None) -> None:
    """Prints a table, and the means as JSON."""
    print(f"{'':28}" + "".join(f"{c:>9}" for c in COLUMNS))
    for source in sources:
        scores = judge(folder, source, most)
        for what, room in (("", None), (" rooms", True), (" dry", False)):
            row = means(scores, room)
            name = Path(source).stem + ("@" + source.split("@")[1] if "@" in source else "")
            print(f"{name + what:28}" + "".join(f"{row[c]:9.3f}" for c in COLUMNS), flush=True)
        print(json.dumps({source: means(scores)}), flush=True)
