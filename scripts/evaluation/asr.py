"""Words by PocketSphinx, and the word error rate between two transcripts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pocketsphinx import Decoder

from .audio import METRIC_RATE, Samples, to_metric_rate

FULL_SCALE = 32767
# One pass with a narrow search, ten times faster than the default; transcripts differ from its by about a word in ten,
# and the transcript of the clean recording is made in the same way.
SEARCH = {
    "fwdflat": False,
    "bestpath": False,
    "maxhmmpf": 1500,
    "topn": 2,
    "beam": 1e-40,
    "pbeam": 1e-40,
    "wbeam": 1e-20,
}


class Recogniser:
    """Continuous English with the package's own acoustic and language model, nothing remembered."""

    def __init__(self) -> None:
        # cmn=batch: means over the utterance itself, so that no clip depends on the one before.
        self._decoder = Decoder(samprate=METRIC_RATE, cmn="batch", loglevel="FATAL", **SEARCH)

    def words(self, samples: Samples) -> list[str]:
        """Transcribe one clip at 48 kHz."""
        pcm = np.round(np.clip(to_metric_rate(samples), -1, 1) * FULL_SCALE).astype("<i2")
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr.split() if found else []


def word_errors(reference: Sequence[str], words: Sequence[str]) -> int:
    """Fewest words to replace, leave out or put in (Levenshtein) to turn the reference into the words."""
    before = list(range(len(words) + 1))
    for row, wanted in enumerate(reference, start=1):
        now = [row]
        for column, word in enumerate(words, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (word != wanted)))
        before = now
    return before[-1]
