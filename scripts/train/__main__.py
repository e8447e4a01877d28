"""Trains the suppressors: python3 scripts/train [--config FILE] [--smoke | --start ... | --export ... | --judge ...]

Installs PyTorch and the rest into .cache/venv-train on first use, decodes the recordings
once, and goes on from the last checkpoint whenever there is one. Stop it at any time.
The configuration says which network: full.toml and low-latency.toml are the deep-filtering
one, config.toml and small.toml the light ones.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / ".cache" / "venv-train"
# The networks that the program holds, and the test file of each.
LIGHT = {"stillmic": "golden.safetensors", "small": "golden-small.safetensors"}
TUNED = {"full": "golden-full.safetensors", "low-latency": "golden-low-latency.safetensors"}


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
    parser.add_argument("--updates", type=int, help="light networks: stop at so many, whatever the configuration says")
    parser.add_argument("--minutes", type=float, help="deep filter: train for so long, whatever the configuration says")
    parser.add_argument("--from", dest="origin", metavar="WEIGHTS", help='deep filter: begin there, or "released"')
    parser.add_argument("--device", help="deep filter: cpu, cuda")
    parser.add_argument("--start", type=Path, metavar="OUT", help="write the released weights of DeepFilterNet3 to OUT")
    parser.add_argument(
        "--judge",
        nargs="+",
        metavar=("FOLDER", "WEIGHTS"),
        help="score weights or checkpoints on a folder of mixes",
    )
    parser.add_argument("--table", metavar="NAME", help="--judge: write the scores as this table of model/figures.json")
    parser.add_argument("--pack", type=Path, metavar="FOLDER", help="pack the recordings for a machine that has none")
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar=("MINUTES", "SHAPE"),
        help='train shapes ("", "wide=256,blocks=1", ...) for so much processor time each and print their losses',
    )
    parser.add_argument("--smoke", action="store_true", help="minutes on made-up sound: does training work at all?")
    parser.add_argument(
        "--export",
        type=Path,
        nargs="+",
        metavar="CHECKPOINT",
        help="write its weights and their golden test, and no more; of deep filters, the mean of several",
    )
    parser.add_argument(
        "--as", dest="name", choices=LIGHT | TUNED, default="stillmic", help="the network that --export writes"
    )
    parser.add_argument("--float32", action="store_true", help="--export without rounding the wide layers to 8 bits")
    parser.add_argument(
        "--share", type=float, default=1.0, help="--export of a deep filter: so far from its start to what was trained"
    )
    return parser.parse_args()


def export_network(sources: list[Path], name: str, float32: bool, share: float) -> None:
    """Writes model/weights/NAME.safetensors and what model/golden_test.go compares it with."""
    weights = ROOT / "model" / "weights" / f"{name}.safetensors"
    tests = ROOT / "model" / "testdata"
    if name in TUNED:
        import release

        release.checkpoint(sources, weights, share)
        release.golden(weights, tests / TUNED[name])
        return
    if len(sources) > 1:
        raise ValueError(f"{name} is exported from one checkpoint")
    import export
    import golden_vectors

    export.checkpoint(sources[0], weights, float32)
    golden_vectors.write(weights, tests / LIGHT[name])


def train_deep_filter(args: argparse.Namespace) -> None:
    """Trains the network of full.toml or low-latency.toml."""
    import recordings
    import room_responses
    import tuneconfig
    from tuning import tune

    config = tuneconfig.read(args.config, ROOT)
    config.minutes = args.minutes or config.minutes
    config.start = args.origin or config.start
    config.device = args.device or config.device
    recordings.prepare(config.data, config.extra, config.cache)
    room_responses.load(config.data / "rir", config.cache, config.rooms, 1)
    tune(config)


def train_light(args: argparse.Namespace) -> None:
    """Trains the network of config.toml or small.toml, or compares shapes of it."""
    import config as configuration
    import recordings
    import room_responses
    from data_parallel import Team
    from network import Network
    from trainer import work

    config = configuration.read(args.config, ROOT)
    config.updates = args.updates or config.updates
    recordings.prepare(config.data, config.extra, config.cache)
    room_responses.load(config.data / "rir", config.cache, config.rooms, 1)
    if args.compare:
        import compare

        minutes, *shapes = args.compare
        compare.run(config, float(minutes), shapes or [""])
        return
    Team(config.members, sum(p.numel() for p in Network(config.shape).parameters())).run(work, config)


def main() -> None:
    args = arguments()
    ensure_environment()
    # The interpreter of the environment has just been entered: its folder is bin/.
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    sys.path[:0] = [str(HERE), str(ROOT / "scripts")]  # the trainer, and the metrics of scripts/eval
    import torch

    # One thread: OpenMP threads wait for each other longer than these small products take.
    torch.set_num_threads(1)
    if args.smoke:
        import smoke

        smoke.run(ROOT / ".cache" / "train-smoke")
    elif args.start:
        import start

        start.write_released(args.start)
    elif args.judge:
        import judge

        folder, *sources = args.judge
        judge.run(Path(folder), sources or ["released"], args.table)
    elif args.pack:
        import pack
        import tuneconfig

        config = tuneconfig.read(HERE / "full.toml", ROOT)
        pack.pack(config.data, config.extra, config.cache, args.pack)
    elif args.export:
        export_network(args.export, args.name, args.float32, args.share)
    elif "lookahead" in tomllib.loads(args.config.read_text()):
        train_deep_filter(args)
    else:
        train_light(args)


if __name__ == "__main__":
    main()
