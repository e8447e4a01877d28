"""Where things lie."""

from __future__ import annotations

from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
DATA = (
    REPO.parent / "shared" / "data"
)  # the sets to evaluate on and the recordings to mix, unless --data says otherwise
WORDS = DATA / "dev"
CACHE = REPO / ".cache" / "eval"
WEIGHTS = REPO / "model" / "weights"
FIGURES = REPO / "scripts" / "evaluation" / "figures.json"
COST_FIGURES = REPO / "daemon" / "bench" / "figures.json"
