"""Trains the focus networks: python scripts/train/focus [--make HOURS | --train KIND | --judge | --export | --smoke]

Run with the environment of scripts/train, after that has decoded the recordings into .cache/train.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
KINDS = ("near", "me")


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/train/focus", description=__doc__.splitlines()[0])
    parser.add_argument("--recorded", type=Path, default=ROOT / ".cache" / "train", help="what scripts/train decoded")
    parser.add_argument("--rooms", type=Path, default=ROOT.parent / "shared" / "data" / "rir", help="room responses")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "focus")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--make", type=float, metavar="HOURS", help="make scenes, as many as are missing")
    what.add_argument("--train", choices=KINDS, metavar="KIND", help="near or me; goes on where it was stopped")
    what.add_argument("--judge", action="store_true", help="print what both do to voices they were not trained on")
    what.add_argument("--export", action="store_true", help="write the weights and their tests into model/focus")
    what.add_argument("--smoke", action="store_true", help="try all of it but the scenes, in a minute")
    parser.add_argument(
        "--minutes", type=float, default=30.0,
        help="of the processor, of --train, with those of earlier runs (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--start", action="store_true", help="--train begins at the weights in model/focus")
    args = parser.parse_args()
    sys.path[:0] = [str(HERE), str(HERE.parent / "voiceprint"), str(HERE.parent), str(HERE.parents[1])]
    torch.set_num_threads(1)
    args.cache.mkdir(parents=True, exist_ok=True)
    if args.make:
        import focuscache
        import hearing

        focuscache.make(args.cache, args.recorded, args.rooms, hearing.build(args.cache), args.make)
    elif args.train:
        import focuslearn

        weights = ROOT / "model" / "focus" / f"{args.train}.safetensors" if args.start else None
        focuslearn.train(args.train, args.cache, args.minutes, weights)
    elif args.smoke:
        import focussmoke

        with tempfile.TemporaryDirectory() as folder:
            focussmoke.run(Path(folder))
    elif args.judge:
        import focusjudge

        for kind in KINDS:
            focusjudge.judge(kind, args.cache)
    else:
        import focusrelease

        for kind in KINDS:
            focusrelease.write(kind, args.cache, ROOT)


if __name__ == "__main__":
    main()
