"""The part of scripts/train --smoke that tries the deep-filtering network, on sound made here."""

from __future__ import annotations

import random
import tarfile
from pathlib import Path

import torch
from safetensors import safe_open

import golden_vectors as light
import pack
import release
import start
import weightfile
from config import Config
from deepfilter import DeepFilter
from recurrent import GRU
from spectrum import BANDS, BINS, HOP, Frontend, band_widths
from tuneconfig import TuneConfig, read
from tuning import Mixes, Tuner

HERE = Path(__file__).resolve().parent


def run(made_up: Config) -> None:
    """Runs every check on the made-up recordings of smoke.py; raises AssertionError at the first that fails."""
    torch.manual_seed(0)
    check_spectrum()
    check_recurrent()
    check_lookahead()
    check_start(made_up.cache / "start.safetensors")
    check_pack(made_up.cache / "pack")
    for name in ("full", "low-latency"):
        config = small(read(HERE / f"{name}.toml", HERE), made_up)
        check_tuning(config)
        check_release(config)


def check_spectrum() -> None:
    """Analysis and synthesis give back what went in, one hop later; the bands hold every bin once."""
    x = torch.randn(2, 20 * HOP)
    front = Frontend()
    error = (front.synthesis(front.analysis(x))[:, HOP:] - x[:, :-HOP]).abs().max()
    assert error < 1e-5, f"the spectrum reconstructs to {error}"
    widths = band_widths()
    assert len(widths) == BANDS and sum(widths) == BINS, widths
    mean, slow = torch.rand(1, 450, 3), torch.zeros(1, 3)
    fast = front.running_mean(mean, slow)
    for t in range(450):
        slow = 0.99 * slow + 0.01 * mean[:, t]
    assert (fast[:, -1] - slow).abs().max() < 1e-5, "the running mean in blocks differs from the plain one"


def check_recurrent() -> None:
    """The unrolled GRU computes what PyTorch's does, forward and backward."""
    layer, x, weight = GRU(24, 16), torch.randn(3, 30, 24, requires_grad=True), torch.randn(3, 30, 16)
    results = []
    for call in (layer.forward, layer.library):
        layer.zero_grad()
        x.grad = None
        y = call(x)
        (y * weight).sum().backward()
        results.append([y.detach(), x.grad.clone(), *(p.grad.clone() for p in layer.parameters())])
    for ours, library in zip(*results, strict=True):
        error = float((ours - library).norm() / library.norm())
        assert error < 1e-5, f"the GRU differs by {error}"


def check_lookahead() -> None:
    """Frame t of the output does not change with what comes after frame t and the lookahead."""
    x = 0.1 * torch.randn(1, 60 * HOP)
    other = x.clone()
    other[:, 30 * HOP :] = 0.1 * torch.randn(1, 30 * HOP)  # frames 30 and later differ
    for lookahead in (0, 1, 2):
        network = DeepFilter(lookahead).eval()
        with torch.no_grad():
            a, b = (network.frontend.analysis(s) for s in (x, other))
            a, b = (network.enhance(s, network(*network.frontend.features(s))) for s in (a, b))
        differs = (a - b).abs().amax((0, 2)) > 0
        first = int(torch.nonzero(differs)[0])
        assert first == 30 - lookahead, f"lookahead {lookahead}: frame {first} hears frame 30"


def check_start(path: Path) -> None:
    """The released weights are the ones that this was written for, and survive their file."""
    start.write_released(path)
    told, network = weightfile.metadata(path), weightfile.read(path)
    assert told["lookahead"] == "2" and "DeepFilterNet3" in told["origin"] and "MIT" in told["licence"], told
    released = start.released().state_dict()
    assert all(torch.equal(released[name], value) for name, value in network.state_dict().items())


def small(config: TuneConfig, made_up: Config) -> TuneConfig:
    """config on the made-up recordings, and from the released weights."""
    config.data, config.cache, config.rooms = made_up.data, made_up.cache, made_up.rooms
    config.checkpoint = made_up.cache / f"{config.name}.pt"
    config.start = config.teacher = "released"
    config.seconds, config.minutes, config.warmup = 1.0, 600.0, 3
    config.rate, config.label_weight = 3e-4, 0.5  # so that a few updates show
    config.nsnet2_share = 0.35 if config.name == "full" else 0.0
    return config


def check_tuning(config: TuneConfig) -> None:
    """The loss of one batch falls while it is repeated, and a second run goes on where the first one stopped."""
    tuner, batch = Tuner(config), list(next(iter(Mixes(config, 77))))
    losses = []
    for _ in range(12):
        random.seed(0)  # the same resolutions and the same lesson each time
        losses.append(tuner.update(batch))
    assert losses[-1] < 0.95 * losses[0], f"{config.name}: the loss went {losses}"
    tuner = Tuner(config)
    tuner.run(4)
    second = Tuner(config)
    assert second.resume() and second.updates == 4
    second.run(7)
    assert second.updates == 7, "a resumed run does not go on"


def check_pack(folder: Path) -> None:
    """Packed recordings come back as they were, and every part has the indexes."""
    data = folder / "data"
    header = "file\tdataset\tspeaker\tsnr_db\tcutoff_hz\n"
    (data / "speech").mkdir(parents=True)
    names = [f"speech/{i}.opus" for i in range(5)]
    for i, name in enumerate(names):
        (data / name).write_bytes(bytes([i]) * 30_000)
    lines = [f"{name}\tset\tspeaker\t40\t20000\n" for name in names]
    (data / "speech/index.tsv").write_text(header + "".join(lines))
    parts = pack.pack(data, [], folder, folder / "packed", most=100_000)
    assert len(parts) > 1 and all(part.stat().st_size <= 100_000 for part in parts), parts
    for part in parts:
        with tarfile.open(part) as tar:
            assert "speech/index.tsv" in tar.getnames()
            tar.extractall(folder / "unpacked", filter="data")
    for name in names:
        assert (folder / "unpacked" / name).read_bytes() == (data / name).read_bytes(), name


def check_release(config: TuneConfig) -> None:
    """A checkpoint becomes a weight file in half precision and the file that Go's test compares with."""
    weights, golden = config.cache / f"{config.name}.safetensors", config.cache / f"golden-{config.name}.safetensors"
    release.checkpoint([config.checkpoint], weights)
    release.golden(weights, golden)
    told = weightfile.metadata(weights)
    assert told["name"] == config.name and int(told["lookahead"]) == config.lookahead, told
    assert " 0 updates" not in told["changes"] and "updates" in told["changes"], told
    assert weights.stat().st_size < 4.4e6, f"{weights.stat().st_size} bytes"
    with safe_open(golden, "pt") as file:
        output = file.get_tensor("output")
    assert len(output) == light.FRAMES * HOP and output.abs().max() > 0.01, "nothing is left of the golden signal"
