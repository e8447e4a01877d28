"""Write golden-deepfilter.safetensors: what PyTorch makes of a network of random weights.

The network is that of DeepFilterNet3 without its switching of stages, written in whole recordings, with the layers of
PyTorch. The Go test makes the same weights and the same sound by the same generator, and runs them frame by frame.

Run in the environment of scripts/train, which has torch and safetensors: python golden-deepfilter.py
"""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

HOPS, WINDOW, HOP, BANDS, LOW, TAPS = 40, 960, 480, 32, 96, 5
SHAPES: dict[str, tuple[int, ...]] = {}


def separable(name: str) -> None:
    """Add a depthwise convolution over three bands and a pointwise one."""
    SHAPES[f"{name}.depthwise.weight"] = (64, 1, 1, 3)
    SHAPES[f"{name}.pointwise.weight"], SHAPES[f"{name}.pointwise.bias"] = (64, 64, 1, 1), (64,)


def gru(name: str) -> None:
    """Add a recurrent layer."""
    for side in ("ih", "hh"):
        SHAPES[f"{name}.weight_{side}"], SHAPES[f"{name}.bias_{side}"] = (768, 256), (768,)


SHAPES |= {"encoder.erb0.weight": (64, 1, 3, 3), "encoder.erb0.bias": (64,)}
for layer in ("erb1", "erb2", "erb3", "df1"):
    separable(f"encoder.{layer}")
separable("encoder.df0")
SHAPES["encoder.df0.depthwise.weight"] = (64, 1, 3, 3)
SHAPES |= {"encoder.df_embed.weight": (32, 96, 16), "encoder.embed_in.weight": (16, 32, 16)}
SHAPES |= {"encoder.embed_out.weight": (16, 16, 32), "encoder.lsnr.weight": (1, 512), "encoder.lsnr.bias": (1,)}
SHAPES |= {"erb_decoder.embed_in.weight": (16, 32, 16), "erb_decoder.embed_out.weight": (16, 16, 32)}
SHAPES |= {"erb_decoder.conv0.weight": (1, 64, 1, 3), "erb_decoder.conv0.bias": (1,)}
for step in range(4):
    SHAPES |= {f"erb_decoder.path{step}.weight": (64, 1, 1, 1), f"erb_decoder.path{step}.bias": (64,)}
for step in (1, 2, 3):
    separable(f"erb_decoder.conv{step}")
SHAPES |= {"df_decoder.embed_in.weight": (8, 64, 32), "df_decoder.skip.weight": (16, 32, 16)}
SHAPES |= {"df_decoder.output.weight": (16, 16, 60), "df_decoder.path.depthwise.weight": (10, 32, 5, 1)}
SHAPES |= {"df_decoder.path.pointwise.weight": (10, 10, 1, 1), "df_decoder.path.pointwise.bias": (10,)}
for layer in ("encoder.gru", "erb_decoder.gru0", "erb_decoder.gru1", "df_decoder.gru0", "df_decoder.gru1"):
    gru(layer)


def uniform(start: int, count: int) -> np.ndarray:
    """Values from -1 to 1: SplitMix64 of a counter."""
    with np.errstate(over="ignore"):
        z = (np.arange(start, start + count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def weights() -> dict[str, Tensor]:
    """Tensors in the order of their names, scaled so that a layer's output is about as large as its input."""
    at, out = 0, {}
    for name in sorted(SHAPES):
        shape = SHAPES[name]
        count = math.prod(shape)
        inputs = 30 if len(shape) == 1 else math.prod(shape[1:])
        if len(shape) == 3:  # groups x in x out
            inputs = shape[1]
        values = uniform(at, count) * np.float32(math.sqrt(6 / inputs))
        out[name], at = torch.from_numpy(values.reshape(shape)), at + count
    return out


def sound() -> Tensor:
    """Noise of changing level."""
    level = np.repeat(10.0 ** -np.arange(4), 2 * HOP)
    return torch.from_numpy(uniform(1 << 32, HOPS * HOP) * np.resize(level, HOPS * HOP).astype(np.float32))


def erb_widths() -> list[int]:
    """Return the bins of each band: libDF's erb_fb."""
    erb = 9.265 * math.log1p(24000 / (24.7 * 9.265))
    last, over, widths = 0, 0, []
    for i in range(1, BANDS + 1):
        edge = round(24.7 * 9.265 * math.expm1(i * erb / BANDS / 9.265) / 50)
        n, last = edge - last - over, edge
        over = max(0, 2 - n)
        widths.append(max(n, 2))
    widths[-1] += WINDOW // 2 + 1 - sum(widths)
    return widths


WIDTHS = torch.tensor(erb_widths())
BAND_OF = torch.repeat_interleave(torch.arange(BANDS), WIDTHS)
PHASE = math.pi * (torch.arange(WINDOW, dtype=torch.float64) + 0.5) / WINDOW
VORBIS = torch.sin(math.pi / 2 * torch.sin(PHASE) ** 2).float()


def running_mean(x: Tensor, state: Tensor) -> Tensor:
    """Exponential mean along frames."""
    out = []
    for frame in x:
        state = 0.99 * state + 0.01 * frame
        out.append(state)
    return torch.stack(out)


def features(spectrum: Tensor) -> tuple[Tensor, Tensor]:
    """Return levels T x 32 and lowest bins 2 x T x 96."""
    power = (spectrum.abs() / WINDOW) ** 2
    level = 10 * torch.log10(power @ F.one_hot(BAND_OF, BANDS).float() / WIDTHS + 1e-10)
    level = (level - running_mean(level, torch.linspace(-60, -90, BANDS))) / 40
    low = spectrum[:, :LOW] / WINDOW
    low = low / running_mean(low.abs(), torch.linspace(0.001, 0.0001, LOW)).sqrt()
    return level, torch.stack([low.real, low.imag])


class Network:
    """The layers on whole recordings; maps are 1 x channels x frames x bands."""

    def __init__(self, values: dict[str, Tensor], lookahead: int) -> None:
        self.w, self.lookahead = values, lookahead

    def separable(self, name: str, x: Tensor, stride: int = 1, groups: int = 64) -> Tensor:
        """A depthwise or grouped convolution, a pointwise one and ReLU."""
        x = F.conv2d(x, self.w[f"{name}.depthwise.weight"], stride=(1, stride), padding=(0, 1), groups=groups)
        return torch.relu(F.conv2d(x, self.w[f"{name}.pointwise.weight"], self.w[f"{name}.pointwise.bias"]))

    def transposed(self, name: str, x: Tensor) -> Tensor:
        """The same with a transposed convolution of stride 2."""
        how = {"stride": (1, 2), "padding": (0, 1), "output_padding": (0, 1), "groups": 64}
        x = F.conv_transpose2d(x, self.w[f"{name}.depthwise.weight"], None, **how)
        return torch.relu(F.conv2d(x, self.w[f"{name}.pointwise.weight"], self.w[f"{name}.pointwise.bias"]))

    def grouped(self, name: str, x: Tensor) -> Tensor:
        """A linear layer in groups."""
        w = self.w[f"{name}.weight"]
        return torch.einsum("tgi,gio->tgo", x.reshape(len(x), w.shape[0], w.shape[1]), w).flatten(1)

    def gru(self, name: str, x: Tensor) -> Tensor:
        """A recurrent layer."""
        layer = nn.GRU(256, 256, batch_first=True)
        layer.load_state_dict(
            {f"{k}_l0": self.w[f"{name}.{k}"] for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        )
        return layer(x[None])[0][0]

    def ahead(self, x: Tensor) -> Tensor:
        """Move the features by the lookahead, with two frames of past before."""
        return F.pad(x[:, :, self.lookahead :], (0, 0, 2, self.lookahead))

    def path(self, step: int, x: Tensor) -> Tensor:
        """What a step of the decoder hears of the encoder."""
        name = f"erb_decoder.path{step}"
        return torch.relu(F.conv2d(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"], groups=64))

    def __call__(self, level: Tensor, low: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return gains T x 32, taps T x 96 x 5 (complex) and LSNR from 0 to 1."""
        e0 = self.ahead(level[None, None])
        e0 = torch.relu(F.conv2d(e0, self.w["encoder.erb0.weight"], self.w["encoder.erb0.bias"], padding=(0, 1)))
        e1 = self.separable("encoder.erb1", e0, 2)
        e2 = self.separable("encoder.erb2", e1, 2)
        e3 = self.separable("encoder.erb3", e2)
        c0 = self.separable("encoder.df0", self.ahead(low[None]), 1, 2)
        c1 = self.separable("encoder.df1", c0, 2)
        flat = lambda x: x[0].permute(1, 2, 0).flatten(1)  # noqa: E731
        embedding = flat(e3) + torch.relu(self.grouped("encoder.df_embed", flat(c1)))
        embedding = self.gru("encoder.gru", torch.relu(self.grouped("encoder.embed_in", embedding)))
        embedding = torch.relu(self.grouped("encoder.embed_out", embedding))
        lsnr = torch.sigmoid(embedding @ self.w["encoder.lsnr.weight"][0] + self.w["encoder.lsnr.bias"])

        d = torch.relu(self.grouped("erb_decoder.embed_in", embedding))
        d = self.gru("erb_decoder.gru1", self.gru("erb_decoder.gru0", d))
        d = torch.relu(self.grouped("erb_decoder.embed_out", d)).reshape(1, -1, 8, 64).permute(0, 3, 1, 2)
        d = self.separable("erb_decoder.conv3", self.path(3, e3) + d)
        d = self.transposed("erb_decoder.conv2", self.path(2, e2) + d)
        d = self.transposed("erb_decoder.conv1", self.path(1, e1) + d)
        d = F.conv2d(
            self.path(0, e0) + d, self.w["erb_decoder.conv0.weight"], self.w["erb_decoder.conv0.bias"], padding=(0, 1)
        )
        gains = torch.sigmoid(d)[0, 0]

        q = torch.relu(self.grouped("df_decoder.embed_in", embedding))
        q = self.gru("df_decoder.gru1", self.gru("df_decoder.gru0", q)) + self.grouped("df_decoder.skip", embedding)
        path = F.conv2d(F.pad(c0, (0, 0, 4, 0)), self.w["df_decoder.path.depthwise.weight"], groups=2)
        point = self.w["df_decoder.path.pointwise.weight"], self.w["df_decoder.path.pointwise.bias"]
        path = torch.relu(F.conv2d(path, *point))[0].permute(1, 2, 0)
        taps = torch.tanh(self.grouped("df_decoder.output", q)).reshape(-1, LOW, 2 * TAPS) + path
        return gains, torch.view_as_complex(taps.reshape(-1, LOW, TAPS, 2).contiguous()), lsnr


def enhance(network: Network, spectrum: Tensor) -> dict[str, Tensor]:
    """Return the spectrum cleaned, and what the network said."""
    gains, taps, lsnr = network(*features(spectrum))
    la, frames = network.lookahead, len(spectrum)
    past = F.pad(torch.view_as_real(spectrum[:, :LOW]), (0, 0, 0, 0, TAPS - 1 - la, la))
    past = torch.view_as_complex(past.contiguous())
    low = sum(past[i : i + frames] * taps[..., i] for i in range(TAPS))
    clean = torch.cat([low, (spectrum * gains[:, BAND_OF])[:, LOW:]], -1)
    y = torch.fft.irfft(clean, n=WINDOW) * VORBIS
    output = y[:, :HOP].clone()
    output[1:] += y[:-1, HOP:]
    return {"gains": gains, "lsnr": lsnr, "output": output.flatten()}


def main() -> None:
    """Write the file beside this one."""
    values, x = weights(), sound()
    spectrum = torch.fft.rfft(F.pad(x[None], (HOP, 0))[0].unfold(0, WINDOW, HOP) * VORBIS)
    out: dict[str, Tensor] = {}
    with torch.no_grad():
        for lookahead in (0, 1, 2):
            for name, value in enhance(Network(values, lookahead), spectrum).items():
                out[f"{name}{lookahead}"] = value.contiguous()
    save_file(out, str(Path(__file__).with_name("golden-deepfilter.safetensors")))


if __name__ == "__main__":
    main()
