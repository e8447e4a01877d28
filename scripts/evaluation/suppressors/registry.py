"""The suppressors by name."""

from __future__ import annotations

from collections.abc import Callable

from .base import Suppressor
from .classic import Speex, WebRTC
from .deepfilternet import DeepFilterNet3
from .deepfilternet_port import DeepFilterNet3Port
from .ladder import RUNGS
from .nsnet2 import NSNet2
from .passthrough import Passthrough
from .rnnoise import RNNoise

STILLMIC = "stillmic"  # as the program is by default, or a command given by --stillmic
OTHERS: dict[str, Callable[[], Suppressor]] = {
    kind.name: kind for kind in (Passthrough, RNNoise, DeepFilterNet3, DeepFilterNet3Port, NSNet2, WebRTC, Speex)
}
KNOWN = (*RUNGS, *OTHERS)
EVALUATED = ",".join((Passthrough.name, *RUNGS, RNNoise.name, DeepFilterNet3.name, NSNet2.name))


def parse_names(text: str) -> list[str]:
    """Split a comma-separated list and refuse unknown names."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = [STILLMIC, *KNOWN]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"no suppressor named {', '.join(unknown) or 'nothing'}; known: {', '.join(known)}")
    return names
