"""Finding weights inside installed packages, and running them on one thread."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import onnxruntime


def package_folder(name: str) -> Path:
    """Folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"package {name} is not installed; delete .cache/venv-eval and run again")
    return Path(spec.origin).parent


def session_options() -> onnxruntime.SessionOptions:
    """Options of a model that runs on the calling thread alone: reproducible, and no fight for the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def onnx_session(model: Path) -> onnxruntime.InferenceSession:
    """Load an ONNX model to run on one thread."""
    return onnxruntime.InferenceSession(str(model), session_options(), providers=["CPUExecutionProvider"])
