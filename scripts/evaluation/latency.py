"""Algorithmic latency by experiment: how far ahead of a sample of the output the suppressor has to listen.

The input is changed from one sample on. Whatever of the (delay-free) output differs before that sample was decided
with knowledge of it, so no implementation can hand it out earlier than that.
"""

from __future__ import annotations

import numpy as np

from .audio import HOP, RATE, Samples
from .suppressors.base import Suppressor

CHANGES = (RATE - 1, RATE, RATE + HOP // 2)  # the end, start and middle of a hop: latency varies within one


def look_ahead_ms(suppressor: Suppressor) -> float:
    """Longest look-ahead in ms of a suppressor whose output has no delay against its input."""
    generator = np.random.default_rng(1)
    before = (generator.standard_normal(2 * RATE) * 0.1).astype(np.float32)
    after = (generator.standard_normal(2 * RATE) * 0.1).astype(np.float32)
    changed = [np.concatenate([before[:at], after[at:]]) for at in CHANGES]
    reference, *outputs = suppressor.clean([before, *changed])
    ahead = [_ahead(reference, output, at) for output, at in zip(outputs, CHANGES, strict=True)]
    return 1000 * max(ahead) / RATE


def _ahead(reference: Samples, output: Samples, at: int) -> int:
    """Samples from the first difference up to and with the changed one."""
    length = min(len(reference), len(output))
    different = np.flatnonzero(reference[:length] != output[:length])
    if len(different) == 0:
        raise RuntimeError("the output does not depend on the input")
    return at + 1 - int(different[0])
