"""What a call heard, told by the pitch of its sound."""

import array
import itertools
import math
import statistics
from collections import Counter
from collections.abc import Sequence

RATE, BLOCK = 48000, 2400  # Hz, samples: 50 ms
SILENT = 33.0  # of 32768, -60 dBFS: what is below is no sound


def pitches(data: bytes) -> Counter[int]:
    """Count the blocks of a recording (s16, mono, 48 kHz) by pitch, rounded to 50 Hz; silent ones do not count.

    Blocks beside a silent one, which are cut by it, are left out.
    """
    samples = array.array("h", data[: len(data) // 2 * 2])
    blocks = [pitch(samples[n : n + BLOCK]) for n in range(0, len(samples) - BLOCK + 1, BLOCK)]
    inner = zip(blocks, blocks[1:], blocks[2:], strict=False)
    return Counter(here for before, here, after in inner if before and here and after)


def pitch(block: Sequence[int]) -> int:
    """Return the pitch of a block in Hz, 0 if it is silent.

    It is that of the median period, so that clicks and short gaps of an emulated card do not matter.
    """
    mean = sum(block) / len(block)
    if sum((x - mean) ** 2 for x in block) < SILENT**2 * len(block):
        return 0
    above = [x > mean for x in block]
    rises = [n for n, (before, now) in enumerate(itertools.pairwise(above)) if now and not before]
    periods = [after - before for before, after in itertools.pairwise(rises)]
    return max(50, round(RATE / statistics.median(periods) / 50) * 50) if periods else 50


def contrast(data: bytes) -> tuple[float, float]:
    """Return how loud the words of a recording are, and how much louder than the pauses between them, in dB.

    Words are what is louder than -35 dBFS; what is before the first and after the last does not count.
    """
    samples = array.array("h", data[: len(data) // 2 * 2])
    blocks = [samples[n : n + BLOCK] for n in range(0, len(samples) - BLOCK + 1, BLOCK)]
    levels = [10 * math.log10(sum(x * x for x in b) / len(b) / 32768**2 + 1e-12) for b in blocks]
    loud = [n for n, level in enumerate(levels) if level > -35]
    if not loud:
        return -120, 0
    between = sorted(levels[loud[0] : loud[-1] + 1])
    word, pause = between[len(between) * 9 // 10], between[len(between) // 10]
    return word, word - pause
