"""Algorithmic latency by experiment: how far ahead of a sample of the output the suppressor has to listen.

The input is changed from one sample on. Whatever of the (delay-free) output differs before that sample was decided
with knowledge of it, so no implementation can hand it out earlier than that.
"""

from __future__ import annotations

import numpy as np

from .audio import HOP, RATE, Samples
from .suppressors.base import Suppressor
from .voice import noisy_voice

# Where the input changes: at the last, the first and a middle sample of hops, since latency varies within one, and
# in several syllables, since 16-bit output hides what a suppressor takes down to nothing.
CHANGES = [RATE + index * 7 * HOP + within for index in range(6) for within in (-1, 0, HOP // 2)]
LEVEL = 4  # brings the made-up voice from -26 to -14 dBFS


def look_ahead_ms(suppressor: Suppressor) -> float:
    """Longest look-ahead in ms of a suppressor whose output has no delay against its input."""
    before, after = (noisy_voice(2.5, seed) * np.float32(LEVEL) for seed in (1, 2))
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
