"""AECMOS: predicted opinion scores of an echo canceller without a reference (Purin et al. 2022).

The network comes with the speechmos package. Its own code is not used: it needs librosa for one spectrogram, and
repeats that of the far end and the microphone for each canceller.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import onnxruntime

from .audio import METRIC_RATE, Samples
from .dnsmos import mel_spectrogram
from .packages import onnx_session, package_folder

FFT, HOP, BANDS = 513, 256, 160
LONGEST = 20 * METRIC_RATE  # what the network was trained on
MARK, MARKED = 20, {"far": (0, 1), "near": (1, 0), "both": (0, 0)}  # frames; near end alone, far end alone


def score(far: Samples, mic: Samples, out: Samples, talk: str) -> tuple[float, float]:
    """Score 16 kHz clips of who talks, far, near or both: annoyance by echo, other degradation; 1 to 5, 5 is best."""
    length = min(len(far), len(mic), len(out), LONGEST)
    near_alone, far_alone = MARKED[talk]
    clips = zip((far, mic, out), (1 - near_alone, 1 - far_alone, 1), strict=True)
    features = [_marked(mel_spectrogram(np.clip(x[:length], -1, 1), FFT, HOP, BANDS), mark) for x, mark in clips]
    state = np.zeros((4, 1, 64), dtype=np.float32)
    echo, degradation = _session().run(None, {"input": np.stack(features)[np.newaxis], "h0": state})[0]
    return float(echo), float(degradation)


def _marked(mel: Samples, mark: int) -> Samples:
    """The spectrogram with what the network is told of who talks."""
    told = np.concatenate([np.full((MARK, BANDS), mark), np.zeros((MARK, BANDS))]).astype(np.float32)
    return np.concatenate([mel, told])


@cache
def _session() -> onnxruntime.InferenceSession:
    return onnx_session(package_folder("speechmos") / "aecmos_models" / "Run_1663915512_Stage_0.onnx")
