"""Trains the network of voice prints: python scripts/train/voiceprint [--minutes M] [--export FILE]

Run with the environment of scripts/train, after that has decoded the recordings into .cache/train. Writes
.cache/voiceprint/network.pt; --export writes model/voiceprint/voiceprint.safetensors of it, and the test of that.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/train/voiceprint", description=__doc__.splitlines()[0])
    parser.add_argument("--recorded", type=Path, default=ROOT / ".cache" / "train", help="what scripts/train decoded")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "voiceprint")
    parser.add_argument("--minutes", type=float, default=5.0, help="of a processor core (default: %(default)s)")
    parser.add_argument("--judge", action="store_true", help="print the error rates of what was trained, and no more")
    parser.add_argument("--export", action="store_true", help="write the weights and their test, and no more")
    args = parser.parse_args()
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    torch.set_num_threads(1)
    import learn
    import release_voiceprint
    import verify
    import voicecache
    from timedelay import TimeDelay

    saved = args.cache / "network.pt"
    network = TimeDelay().eval()
    if args.judge or args.export:
        network.load_state_dict(torch.load(saved, weights_only=True))
    voices = voicecache.load(args.cache, args.recorded)
    held = sorted({v.speaker for v in voices.voices if v.held})
    if args.export:
        release_voiceprint.write(network, held, ROOT)
        return
    if not args.judge:
        network = learn.train(voices, args.minutes)
        torch.save(network.state_dict(), saved)
    for title, speakers in (("choosing", held[::2]), ("judging", held[1::2])):
        for how, hard in (("as recorded", 0.0), ("after what happens on the way", 1.0)):
            rates = verify.error_rates(network, voices, speakers, hard)
            text = ", ".join(f"{length:g} s: {100 * rate:.1f} %" for length, rate in rates.items())
            print(f"equal error rate, {len(speakers)} speakers for {title}, {how}: {text}")


if __name__ == "__main__":
    main()
