"""DNSMOS P.835 as a differentiable loss: the published network, its weights frozen.

The network and its weights come with the package speechmos (Reddy et al. 2022). It sees
16 kHz; scores are the raw ones, before the polynomials that map them to a listening test.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from bands import SAMPLE_RATE

RATE = 16_000
WINDOW, HOP = 320, 160
OVERALL = 2  # of the scores: signal, background, overall
TAPS = 97  # of the filter before every third sample is taken: 16 periods of 8 kHz either side


def weights() -> dict[str, Tensor]:
    """The network's tensors by their names in the ONNX file."""
    import onnx
    from onnx import numpy_helper

    package = find_spec("speechmos")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("speechmos is not installed: it holds the DNSMOS network")
    path = Path(next(iter(package.submodule_search_locations))) / "dnsmos_models" / "sig_bak_ovr.onnx"
    graph = onnx.load(str(path)).graph
    return {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}


def low_pass() -> Tensor:
    """Windowed sinc, 7.4 kHz at 48 kHz, as a kernel (1, 1, TAPS)."""
    at = torch.arange(TAPS) - TAPS // 2
    cut = 2 * 7400 / SAMPLE_RATE
    kernel = torch.sinc(cut * at) * torch.hann_window(TAPS + 2, periodic=False)[1:-1]
    return (kernel / kernel.sum())[None, None]


class Opinion:
    """Predicted opinion of listeners, raw scores (batch, 3) of samples at 48 kHz."""

    def __init__(self) -> None:
        w = weights()
        self.filter = low_pass()
        stft = [w[f"time2freq/stft-{part}/kernel:0"] for part in ("real", "imag")]
        self.stft = torch.cat(stft)  # rows 0 to 160 the real parts, then the imaginary ones
        names = ["conv2d", *(f"conv2d_{i}" for i in range(1, 7))]
        last = torch.channels_last  # three quarters of the time; bfloat16 takes longer
        self.convolutions = [(w[f"{n}/kernel:0"].contiguous(memory_format=last), w[f"{n}/bias:0"]) for n in names]
        dense = [f"mos_estimator_logpow/{n}" for n in ("dense", "dense_1", "dense_3")]
        self.dense = [
            (w[f"{n}/MatMul/ReadVariableOp/resource:0"].T, w[f"{n}/BiasAdd/ReadVariableOp/resource:0"]) for n in dense
        ]

    def features(self, x: Tensor) -> Tensor:
        """log10 power (batch, 1, frames, 161) of x (batch, samples)."""
        x = F.conv1d(x[:, None], self.filter, stride=SAMPLE_RATE // RATE, padding=TAPS // 2)
        pair = F.conv1d(x, self.stft.view(-1, 1, WINDOW), stride=HOP)
        power = pair[:, :161].square() + pair[:, 161:].square()
        return power.clamp(min=1e-12).log10().transpose(1, 2)[:, None]

    def score(self, x: Tensor) -> Tensor:
        """Scores (batch, 3) of x (batch, samples), speech near -26 dBFS."""
        y = self.features(x)
        for i, (kernel, bias) in enumerate(self.convolutions):
            y = F.relu(F.conv2d(y, kernel, bias, padding=1))
            if i in (3, 4, 5):
                y = F.max_pool2d(y, 2)
        y = y.amax((2, 3))
        for i, (kernel, bias) in enumerate(self.dense):
            y = F.linear(y, kernel, bias)
            y = F.relu(y) if i < 2 else y
        return y
