"""scripts/listen: a page with spectrograms and players, before and after, for each kind of noise."""

from __future__ import annotations

import argparse
import html
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from . import dataset, sets
from .audio import RATE, Samples, advance, spectral_power, write
from .cache import Cache
from .evaluate import process
from .paths import CACHE, DATA, REPO
from .suppressors.chosen import add_arguments
from .suppressors.chosen import choose as choose_suppressors

FLOOR_DB, TOP_DB = -70, 10  # colours of the spectrograms, relative to the loud frames of the clean speech

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Before and after</title>
<style>
body {{ font: 16px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; color: #222; }}
section {{ margin-bottom: 2.5rem; }}
.row {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem; }}
figure {{ margin: 0; }} figcaption {{ font-weight: 600; }}
img, audio {{ width: 100%; display: block; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #16181a; color: #ddd; }} }}
</style></head><body>
<h1>Before and after</h1>
<p>Starting a player stops the others and takes over their position, so that switching compares the same moment.
Spectrograms: 0 to 24 kHz upwards, dark is quiet; all of a row share one scale.</p>
{sections}
<script>
for (const section of document.querySelectorAll('section')) {{
  const players = [...section.querySelectorAll('audio')];
  for (const player of players) player.addEventListener('play', () => {{
    for (const other of document.querySelectorAll('audio')) {{
      if (other === player || other.paused) continue;
      if (players.includes(other)) player.currentTime = other.currentTime;
      other.pause();
    }}
  }});
}}
</script></body></html>
"""


@dataclass(frozen=True)
class Take:
    """One version of a mix, to be heard and seen."""

    title: str
    stem: str
    samples: Samples


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/listen", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds the sets (default: %(default)s)")
    parser.add_argument(
        "--set", default="dev", metavar="NAME", help="which set, as for scripts/eval (default: %(default)s)"
    )
    add_arguments(parser, "noisy,stillmic,rnnoise,deepfilternet3")
    parser.add_argument("--per-kind", type=int, default=1, help="mixes of each kind (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=REPO / ".cache" / "listen", help="folder (default: %(default)s)")
    return parser.parse_args(arguments)


def choose(clips: list[dataset.Clip], per_kind: int) -> list[dataset.Clip]:
    """The first mixes of each kind, in the order of the data set."""
    by_kind: dict[str, list[dataset.Clip]] = {}
    for clip in clips:
        by_kind.setdefault(clip.kind, []).append(clip)
    return [clip for same in by_kind.values() for clip in same[:per_kind]]


def draw(samples: Samples, reference_power: float, path: Path) -> None:
    """Write a spectrogram, 50 Hz by 10 ms per point, as a picture without axes."""
    decibels = 10 * np.log10(spectral_power(samples).T / reference_power + 1e-12)
    plt.imsave(path, decibels[::-1], vmin=FLOOR_DB, vmax=TOP_DB, cmap="magma")


def section(clip: dataset.Clip, takes: list[Take], out: Path) -> str:
    """Write the sounds and pictures of one mix and return its part of the page."""
    reference = float(np.quantile(spectral_power(takes[-1].samples).max(axis=1), 0.9))
    figures = []
    for take in takes:
        name = f"{clip.name}-{take.stem}"
        write(out / f"{name}.wav", take.samples)
        draw(take.samples, reference, out / f"{name}.png")
        figures.append(
            f"<figure><figcaption>{html.escape(take.title)}</figcaption>"
            f'<img src="{name}.png" alt="spectrogram, {html.escape(take.title)}">'
            f'<audio controls preload="none" src="{name}.wav"></audio></figure>'
        )
    place = ", in a room" if clip.room else ""
    heading = f"{html.escape(clip.kind)} <small>{clip.name}{place}</small>"
    return f'<section><h2>{heading}</h2><div class="row">{"".join(figures)}</div></section>'


def run(options: argparse.Namespace) -> int:
    """Process, write the page, and say where it is; the exit status."""
    mpl.use("Agg")
    clips = choose(sets.load(options.set, options.data, CACHE / "sets")[0].clips, options.per_kind)
    options.out.mkdir(parents=True, exist_ok=True)
    cache = Cache(CACHE)
    takes: dict[str, list[Take]] = {clip.name: [] for clip in clips}
    for suppressor in choose_suppressors(options).suppressors:
        processed = process(suppressor, clips, cache)
        for clip, output in zip(clips, processed.noisy, strict=True):
            aligned = advance(output, processed.delay, len(clip.noisy()))
            takes[clip.name].append(Take(suppressor.title, suppressor.name, aligned))
        print(f"{suppressor.title}: {len(clips)} clips of {len(clips[0].noisy()) / RATE:.0f} s", file=sys.stderr)
    for clip in clips:
        takes[clip.name].append(Take("clean speech", "clean", clip.clean()))
    sections = "\n".join(section(clip, takes[clip.name], options.out) for clip in clips)
    page = options.out / "index.html"
    page.write_text(PAGE.format(sections=sections))
    print(page)
    return 0


def main() -> int:
    """Run with errors as one line."""
    try:
        return run(parse())
    except (OSError, ValueError, RuntimeError) as error:
        print(f"scripts/listen: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
