"""What the networks do to speakers they were not trained on, by what happens in a scene.

The program tempers what they say (model/focus), which is not judged here: scripts/eval --focus does.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from focusbands import HOP, powers, sound, spectrum, spread
from focusdata import Data
from focusnet import FocusNet
from scenes import FAR

START = 200  # hops until the network has heard somebody
LEAST = 100  # hops of a kind in a scene that are judged
CUT_DB = -10.0  # a hop of a wanted voice that is lowered further than that is lost
LEVELS_DB = (-1, 6)  # the wanted voice over the others, of those that are compared by SI-SDR
AROUND = 20  # hops of reverberation that count as a voice's


def scale_invariant(heard: np.ndarray, voice: np.ndarray) -> float:
    """SI-SDR in dB."""
    wanted = voice * (heard @ voice / (voice @ voice + 1e-12))
    return float(10 * np.log10((wanted @ wanted + 1e-12) / (np.sum((heard - wanted) ** 2) + 1e-12)))


class Scenes:
    """Those for choosing, and their sounds."""

    def __init__(self, folder: Path) -> None:
        self.data = Data(folder, choose=True)
        files = [np.load(p) for p in self.data.cache.paths]
        self.sounds, self.deep = (np.concatenate([f[name] for f in files]) for name in ("sound", "deep"))


@torch.no_grad()
def gains_of(network: FocusNet, data: Data, scene: int, own: np.ndarray | None) -> np.ndarray:
    """T N."""
    at = slice(0, data.hops)
    x = torch.from_numpy(data.heard(scene, at, own, data.powers(scene, at)).astype(np.float32))[None]
    prints = None if own is None else torch.from_numpy(own)[None]
    return torch.sigmoid(network(x, prints)[0][0]).numpy()


def hops(active: np.ndarray) -> np.ndarray:
    """Active ones and those just after."""
    return np.convolve(active, np.ones(AROUND + 1), "full")[: len(active)] > 0


def lowered(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return 10 * np.log10((after + 1e-9) / (before + 1e-9))


def of_scene(data: Data, scene: int, sounds: np.ndarray, gains: np.ndarray, wanted: list[int]) -> dict[str, float]:
    """The figures of a scene."""
    active, found = data.active[scene], {}
    mine, theirs = active[wanted].any(0), np.delete(active, wanted, 0).any(0)
    power = 10 ** data.cache.bands[scene, 0].astype(np.float32)
    before, after = power.sum(1), (power * gains**2).sum(1)
    late = np.arange(data.hops) >= START
    alone = mine & ~hops(theirs) & late
    if alone.sum() > LEAST:
        found["own level"] = lowered(before[alone].sum(), after[alone].sum())
        found["own lost, %"] = 100 * np.mean(lowered(before[alone], after[alone]) < CUT_DB)
    other = theirs & ~hops(mine) & late
    if other.sum() > LEAST:
        found["other alone"] = -lowered(before[other].sum(), after[other].sum())
    both = mine & theirs & late
    clean = sounds[0].astype(np.float32)
    voice = sounds[1:][wanted].astype(np.float32).sum(0)
    rest = np.delete(sounds[1:], wanted, 0).astype(np.float32).sum(0)
    at = np.repeat(both, HOP)
    if both.sum() > LEAST:
        level = 10 * np.log10(np.sum(voice[at] ** 2) / (np.sum(rest[at] ** 2) + 1e-12))
        if LEVELS_DB[0] <= level <= LEVELS_DB[1]:
            shaped, best = sound(spectrum(clean) * spread(gains)), powers(voice) / (powers(voice) + powers(rest))
            ideal = sound(spectrum(clean) * spread(np.sqrt(best)))
            before_db = scale_invariant(clean[at], voice[at])
            found["both, SI-SDR gained"] = scale_invariant(shaped[at], voice[at]) - before_db
            found["both, with ideal gains"] = scale_invariant(ideal[at], voice[at]) - before_db
    return found


def judge(kind: str, folder: Path) -> None:
    """Prints the figures: means of scenes, and their worst tenth."""
    network, scenes = FocusNet(kind).eval(), Scenes(folder)
    network.load_state_dict(torch.load(folder / f"{kind}.pt", weights_only=True)["network"])
    data, figures = scenes.data, defaultdict(list)
    for scene, sounds in enumerate(scenes.sounds):
        deep = scenes.deep[scene]
        if kind == "near":
            cases = [("", None, [w for w in range(FAR)])]
        else:
            cases = []
            for who in data.present(scene):
                others = [deep[w] for w, name in enumerate(data.cache.names[scene]) if name and w != who]
                alike = "no other" if not others else "same sex" if deep[who] in others else "other sex"
                cases.append((f", {alike}", data.cache.prints[scene, who, 0].astype(np.float32), [who]))
            stranger = data.cache.prints[(scene + 7) % len(scenes.sounds), 0, 0].astype(np.float32)
            if not set(data.cache.names[scene]) & {data.cache.names[(scene + 7) % len(scenes.sounds), 0]}:
                cases.append((", print of an absent", stranger, []))
        for name, own, wanted in cases:
            gains = gains_of(network, data, scene, own)
            for figure, value in of_scene(data, scene, sounds, gains, wanted).items():
                figures[figure + name].append(value)
    for name in sorted(figures):
        values = np.array(figures[name])
        low, high = np.percentile(values, [10, 90])
        middle, worst = f"mean {values.mean():.2f}, median {np.median(values):.2f}", f"{low:.2f} to {high:.2f}"
        print(f"{kind}: {name}: {middle}, 10 to 90 %: {worst}, {len(values)} scenes")
