"""Trains the suppressor: python3 scripts/train [--config FILE] [--updates N] [--smoke | --compare ... | --export ...]

Installs PyTorch and the rest into .cache/venv-train on first use, decodes the recordings
once, and goes on from the last checkpoint whenever there is one. Stop it at any time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / ".cache" / "venv-train"
# The networks that the program holds, and the test file of each.
GOLDEN = {"stillmic": "golden.safetensors", "small": "golden-small.safetensors"}


def refuse_what_cannot_train() -> None:
    """Ends the program, with one line, where a part is missing that pip cannot bring."""
    missing = []
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        missing.append(f"Python 3.11, 3.12 or 3.13 (this is {sys.version.split()[0]})")
    if not shutil.which(os.environ.get("CXX", "c++")):
        missing.append("a C++ compiler (Debian: g++)")
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        missing.append("the headers of Python (Debian: python3-dev)")
    if find_spec("ensurepip") is None:
        missing.append("the module venv (Debian: python3-venv)")
    if missing:
        raise SystemExit(f"scripts/train needs {', '.join(missing)}")


def ensure_environment() -> None:
    """Runs this script again inside its own environment, made on first use."""
    python = VENV / "bin" / "python"
    if Path(sys.prefix) == VENV or os.environ.get("STILLMIC_TRAIN_ENV") == "ready":
        return
    refuse_what_cannot_train()
    wanted = (HERE / "requirements.txt").read_text()
    mark = VENV / "requirements.txt"
    if not mark.exists() or mark.read_text() != wanted:
        print("installing PyTorch into .cache/venv-train (gigabytes, once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        install = [python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"]
        subprocess.run(install, check=True)
        mark.write_text(wanted)
    os.execv(python, [str(python), str(HERE), *sys.argv[1:]])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/train", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=HERE / "config.toml")
    parser.add_argument("--updates", type=int, help="stop at this many updates, whatever the configuration says")
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar=("MINUTES", "SHAPE"),
        help='train shapes ("", "wide=256,blocks=1", ...) for so much processor time each and print their losses',
    )
    parser.add_argument("--smoke", action="store_true", help="a minute on made-up sound: does training work at all?")
    parser.add_argument(
        "--export", type=Path, metavar="CHECKPOINT", help="write its weights and their golden test, and no more"
    )
    parser.add_argument(
        "--as", dest="name", choices=GOLDEN, default="stillmic", help="the network that --export writes"
    )
    parser.add_argument("--float32", action="store_true", help="--export without rounding the wide layers to 8 bits")
    return parser.parse_args()


def export_network(source: Path, name: str, float32: bool) -> None:
    """Writes model/weights/NAME.safetensors and what model/golden_test.go compares it with."""
    import export
    import golden

    weights = ROOT / "model" / "weights" / f"{name}.safetensors"
    export.checkpoint(source, weights, float32)
    golden.write(weights, ROOT / "model" / "testdata" / GOLDEN[name])


def main() -> None:
    args = arguments()
    ensure_environment()
    # The interpreter of the environment has just been entered: its folder is bin/.
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    sys.path.insert(0, str(HERE))
    import torch

    # One thread: OpenMP threads wait for each other longer than these small products take.
    torch.set_num_threads(1)
    if args.smoke:
        import smoke

        smoke.run(ROOT / ".cache" / "train-smoke")
        return
    if args.export:
        export_network(args.export, args.name, args.float32)
        return
    import config as configuration
    import recordings
    import rooms
    from network import Network
    from team import Team
    from trainer import work

    config = configuration.read(args.config, ROOT)
    config.updates = args.updates or config.updates
    recordings.prepare(config.data, config.extra, config.cache)
    rooms.load(config.data / "rir", config.cache, config.rooms, 1)
    if args.compare:
        import compare

        minutes, *shapes = args.compare
        compare.run(config, float(minutes), shapes or [""])
        return
    Team(config.members, sum(p.numel() for p in Network(config.shape).parameters())).run(work, config)


if __name__ == "__main__":
    main()
