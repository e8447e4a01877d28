"""Scores weight files on a folder of mixes with the metrics of scripts/eval: scripts/train --judge FOLDER FILE ...

FILE may be "released", a weight file, a checkpoint of the tuner, or NAME@SHARE: so much of the way from the released
weights to NAME. The same metrics through the Go program are scripts/eval's; this needs no program, and hears a
network before it is exported.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from deepfilter import DeepFilter
from tuneconfig import RELEASED
from tuning import network_of

COLUMNS = {  # title and digits of each
    "pesq": ("PESQ", 2),
    "estoi": ("ESTOI", 3),
    "si_sdr": ("SI-SDR, dB", 1),
    "sig": ("SIG", 2),
    "bak": ("BAK", 2),
    "ovrl": ("OVRL", 2),
    "del8": ("DEL8, %", 1),
    "lsd_hi": ("LSDhi, dB", 2),
    "nr": ("noise removed, dB", 1),
    "level": ("level, dB", 1),
}


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
    from evaluation import dnsmos, metrics, spectra
    from evaluation.audio import to_metric_rate

    if not clean.any():
        return {}
    heard, reference = to_metric_rate(output), to_metric_rate(clean)
    opinion = dnsmos.score(heard)
    return {key: opinion[key] for key in ("sig", "bak", "ovrl")} | {
        "pesq": metrics.pesq_wideband(reference, heard),
        "estoi": metrics.estoi(reference, heard),
        "si_sdr": metrics.si_sdr(reference, heard),
        "del8": spectra.speech_cut(clean, noisy, output),
        "lsd_hi": spectra.high_band_distance(clean, noisy, output),
        "nr": spectra.pause_reduction(clean, noisy, output),
        "level": spectra.voice_level(clean, output),
    }


def judge(folder: Path, source: str) -> dict[str, dict[str, float]]:
    """Scores of every mix of the folder but those of clean speech or noise alone."""
    from evaluation import dataset

    network, out = load(source), {}
    clips = [c for c in dataset.load(folder) if c.kind != dataset.CLEAN_KIND]
    for clip in clips:
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
    columns = {c: [s[c] for s in chosen if not np.isnan(s[c])] for c in COLUMNS}
    return {c: float(np.mean(values)) if values else np.nan for c, values in columns.items()}


def run(folder: Path, sources: list[str], table: str | None = None) -> None:
    """Prints the means over all mixes, those in rooms and the others; as a table of model/figures.json if wanted."""
    print(f"{'':28}" + "".join(f"{c:>9}" for c in COLUMNS))
    lines = []
    for source in sources:
        scores = judge(folder, source)
        for what, room in (("", None), (", rooms", True), (", dry", False)):
            if room is not None and not any(bool(s["room"]) == room for s in scores.values()):
                continue
            row, name = means(scores, room), label(source) + what
            print(f"{name:28}" + "".join(f"{row[c]:9.3f}" for c in COLUMNS), flush=True)
            lines.append([name, *(f"{row[c]:.{digits}f}" for c, (_, digits) in COLUMNS.items())])
    if table:
        from evaluation.figures import Table, write
        from evaluation.paths import REPO

        names = " ".join(label(source) for source in sources)
        command = f"python3 scripts/train --judge {folder.name} {names}"
        heads = ["network", *(title for title, _ in COLUMNS.values())]
        write(REPO / "model" / "figures.json", command, {table: Table(heads, lines)})


def label(source: str) -> str:
    """How a table names what a word of the command line stands for."""
    name, _, share = source.partition("@")
    return Path(name).stem + (f"@{share}" if share else "")
