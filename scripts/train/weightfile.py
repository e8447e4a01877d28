"""Weight files of the deep-filtering network, form stillmic-2: what scripts/train and the Go program both read.

Tensors carry the names of deepfilter.py; what the program has to know about them is in the metadata.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from deepfilter import DeepFilter
from spectrum import HOP, SAMPLE_RATE

FORMAT, KIND = "stillmic-2", "deepfilter"


def commit() -> str:
    """The commit of the trainer, shortened."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def write(path: Path, network: DeepFilter, extra: dict[str, str], dtype: torch.dtype) -> None:
    """Writes a network's weights beside their place and renames the file into it.

    extra: name, licence, origin and trained_hours (see README.md), and whatever else is worth telling.
    """
    metadata = {
        **extra,
        "commit": commit(),
        "format": FORMAT,
        "kind": KIND,
        "sample_rate": str(SAMPLE_RATE),
        "hop": str(HOP),
        "lookahead": str(network.lookahead),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file({k: v.detach().to("cpu", dtype).contiguous() for k, v in network.state_dict().items()}, part, metadata)
    os.replace(part, path)


def metadata(path: Path) -> dict[str, str]:
    """What a weight file says of itself; refuses a file of another form."""
    with safe_open(path, "pt") as file:
        told = file.metadata() or {}
    if (told.get("format"), told.get("kind")) != (FORMAT, KIND):
        raise SystemExit(f"{path}: form {told.get('format')}, kind {told.get('kind')}; must be {FORMAT}, {KIND}")
    return told


def read(path: Path, lookahead: int | None = None) -> DeepFilter:
    """The network of a weight file in evaluation mode; with another lookahead than its own if wanted."""
    own = int(metadata(path)["lookahead"])
    network = DeepFilter(own if lookahead is None else lookahead)
    with safe_open(path, "pt") as file:
        network.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})  # noqa: SIM118
    return network.eval()
