"""Mixes of one voice among others for `clean --focus`: who they are of, and how they are made.

All voices are of people that the network of voice prints was never trained on: those that its weights name, and those
of dev2. Every other one is for choosing, the rest for judging.
"""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal

from .audio import RATE, Samples, active_power, frame_power, from_db
from .paths import REPO
from .whispers import whisper

WEIGHTS = REPO / "model" / "voiceprint" / "voiceprint.safetensors"
OWNER, BOTH, OTHER, PAUSE = "owner", "both", "other", "pause"
USUAL = ((OWNER, 6.0), (BOTH, 6.0), (OTHER, 6.0))  # who speaks for how many seconds
LAYOUTS = {
    "turns of 3 s": ((OWNER, 3.0), (PAUSE, 0.4), (OTHER, 3.0), (PAUSE, 0.4)) * 3,
    "no other": ((OWNER, 18.0),),
    "silent owner": ((OTHER, 18.0),),
}
SECONDS = 12  # of a voice at least, beside the enrolment
LEVEL = from_db(-26)
FAN_DB = -25.0
LONGEST = 60  # seconds of a voice
LONGEST_ENROLMENT = 20 * RATE
DEEP_HZ = 165.0  # below that lies the median pitch of most men, above that of most women and children
HOARSE = 0.92  # the pitch of a hoarse owner
TELEPHONE_HZ = (300, 3400)
# Labels under which several people speak: Resemblyzer finds half of the recording unlike its beginning.
SEVERAL = ("linguaculturalists/sw_tz", "robotutor-sw/OtherStory")
FAR = ("far other", "far others", "far, loud", "far, both in a room", "far, turns of 3 s", "far, silent owner")
KINDS = {  # of each focus: "near" lowers those who are far, "me" all but the owner
    "near": (*FAR, "no other"),
    "me": ("0 dB", "-5 dB", "room", "far others", "hoarse owner", "enrolled by telephone", *LAYOUTS),
}
WHISPERER = "whispering owner"  # a kind beside those of "me", which are as without it
WHISPER_DB = -4.0  # of a whisper beside a voice
FAR_DB, LOUD_DB = -10.0, -3.0  # of a far voice beside the owner's
FAR_TREBLE_HZ = 3000  # from where on it has 6 dB less an octave


@dataclass(frozen=True)
class Mix:
    """What is heard, and what of it is whose."""

    kind: str
    owner: str
    alike: bool  # both voices are deep, or neither is
    enrolment: Samples
    heard: Samples
    voice: Samples  # the owner's part
    parts: list[tuple[str, int, int]]  # who speaks, from which sample to which


def held() -> list[str]:
    """The speakers that the network was not trained on, as its weights name them."""
    data = WEIGHTS.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size])["__metadata__"]["held"].split("\n")


def recordings(data: Path, names: list[str]) -> dict[str, list[Path]]:
    """The files of speakers, of all sets."""
    found: dict[str, list[Path]] = {}
    for root, index in ((data, "speech/index.tsv"), (data / "speech2", "index.tsv"), (data / "dev2", "index.tsv")):
        if not (root / index).exists():
            continue
        with (root / index).open(newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                folder = root / "clean_speech" if root.name == "dev2" else root
                if row["speaker"] in names or root.name == "dev2":
                    found.setdefault(row["speaker"], []).append(folder / row["file"])
    return found


def beginning(path: Path) -> Samples:
    """The first minute of a recording, at 48 kHz."""
    rate = soundfile.info(path).samplerate
    sound, _ = soundfile.read(path, LONGEST * rate, dtype="float32", always_2d=True)
    return sound[:, 0] if rate == RATE else soxr.resample(sound[:, 0], rate, RATE)


def voice(paths: list[Path]) -> Samples:
    """A speaker's first minute, pauses of more than a quarter of a second cut, at -26 dBFS active level."""
    sound = np.concatenate([beginning(path) for path in paths])[: LONGEST * RATE]
    power = frame_power(sound)
    loud = np.convolve(power > power.max() * from_db(-40), np.ones(25), "same") > 0
    kept = np.concatenate([sound[i * RATE // 100 :][: RATE // 100] for i in np.flatnonzero(loud)])
    return (kept * np.sqrt(LEVEL / active_power(frame_power(kept)))).astype(np.float32)


def is_deep(sound: Samples) -> bool:
    """Whether the median pitch, by the autocorrelation of 40 ms, lies below DEEP_HZ."""
    low = soxr.resample(sound[: 15 * RATE], RATE, 8000)
    frames = np.lib.stride_tricks.sliding_window_view(low, 320)[::160]
    frames = frames[np.sum(frames**2, 1) > 0.2 * np.mean(np.sum(frames**2, 1))]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(320), 1024)) ** 2
    near = np.fft.irfft(spectrum)[:, : 8000 // 70]
    near = near / near[:, :1]
    lag = 8000 // 400 + np.argmax(near[:, 8000 // 400 :], 1)
    voiced = near[np.arange(len(lag)), lag] > 0.4
    return bool(voiced.any()) and 8000 / float(np.median(lag[voiced])) < DEEP_HZ


def fan(chance: np.random.Generator, length: int) -> Samples:
    """Noise that falls by 6 dB an octave above 200 Hz."""
    numerator, denominator = signal.butter(1, 200, fs=RATE)
    noise = signal.lfilter(numerator, denominator, chance.standard_normal(length))
    return (noise / np.std(noise) * np.sqrt(LEVEL * from_db(FAN_DB))).astype(np.float32)


def room(chance: np.random.Generator, sound: Samples, seconds: float, below: float) -> Samples:
    """A voice in a small room: a tail of noise that falls by 60 dB in so many seconds, so many dB below the voice."""
    time = np.arange(int(seconds * RATE)) / RATE
    tail = chance.standard_normal(len(time)) * 10 ** (-3 * time / seconds) * (time > 0.004)
    tail *= np.sqrt(from_db(-below) / np.sum(tail**2))
    tail[0] = 1
    return signal.fftconvolve(sound, tail)[: len(sound)].astype(np.float32)


def far(chance: np.random.Generator, sound: Samples, level: float) -> Samples:
    """A voice at 3 m: most of it is its room's, and it has less treble."""
    numerator, denominator = signal.butter(1, FAR_TREBLE_HZ, fs=RATE)
    heard = signal.lfilter(numerator, denominator, room(chance, sound, 0.5, -3))
    heard *= np.sqrt(LEVEL * from_db(level) / active_power(frame_power(heard[heard != 0])))
    return heard.astype(np.float32)


def telephone(sound: Samples) -> Samples:
    """Between 300 and 3,400 Hz."""
    sections = signal.butter(6, TELEPHONE_HZ, "bandpass", fs=RATE, output="sos")
    return signal.sosfilt(sections, sound).astype(np.float32)


def whispered(chance: np.random.Generator, sound: Samples) -> Samples:
    """A voice without its pitch, and softer."""
    heard = whisper(sound, chance)
    level = np.sqrt(LEVEL * from_db(WHISPER_DB) / active_power(frame_power(heard[heard != 0])))
    return (heard * level).astype(np.float32)


def stretch(chance: np.random.Generator, sound: Samples, length: int) -> Samples:
    """A stretch of a voice, repeated where it is short."""
    start = int(chance.integers(max(1, len(sound) - length)))
    return np.resize(sound[start : start + length], length)


def parts_of(kind: str) -> list[tuple[str, int, int]]:
    """Who speaks in a mix of a kind, from which sample to which."""
    layout = LAYOUTS.get(kind.removeprefix("far, "), USUAL)
    ends = np.cumsum([int(seconds * RATE) for _, seconds in layout]).tolist()
    return [(who, end - int(seconds * RATE), end) for (who, seconds), end in zip(layout, ends, strict=True)]


def spoken(chance: np.random.Generator, sound: Samples, parts: list[tuple[str, int, int]], who: str) -> Samples:
    """A voice in its parts, silence elsewhere."""
    out = stretch(chance, sound, parts[-1][2])
    for speaker, start, stop in parts:
        if speaker not in (who, BOTH):
            out[start:stop] = 0
    return out


def made(chance: np.random.Generator, kind: str, owner: Samples, others: list[Samples]) -> tuple[Samples, ...]:
    """Enrolment, the owner's part and the others' of a mix of a kind."""
    enrolment, rest = owner[:LONGEST_ENROLMENT], owner[LONGEST_ENROLMENT:]
    if kind == "hoarse owner":
        rest = soxr.resample(rest, RATE * HOARSE, RATE).astype(np.float32)
    mine, *theirs = (spoken(chance, x, parts_of(kind), OTHER if i else OWNER) for i, x in enumerate([rest, *others]))
    if kind in FAR:
        theirs = [far(chance, x, LOUD_DB if kind == "far, loud" else FAR_DB) if x.any() else x for x in theirs]
    if kind != "far others":
        theirs = theirs[:1]
    match kind:
        case _ if kind == WHISPERER:
            mine = whispered(chance, mine)
        case "-5 dB":
            theirs[0] *= np.float32(np.sqrt(from_db(-5)))
        case "room":
            mine, theirs[0] = room(chance, mine, 0.4, 6), room(chance, theirs[0], 0.4, 6)
        case "far, both in a room":
            mine = room(chance, mine, 0.4, 6)
        case "enrolled by telephone":
            enrolment = telephone(enrolment)
    return enrolment, mine, sum(theirs[1:], theirs[0])


def mixes(data: Path, focus: str, part: str, every: int) -> Iterator[Mix]:
    """The mixes for a focus of a part, "choose" or "judge"; of each owner every n-th kind, by turns.

    For "me" every n-th owner whispers after that.
    """
    found = recordings(data, held())
    names = [name for name in sorted(found)[0 if part == "choose" else 1 :: 2] if name not in SEVERAL]
    voices = {name: voice(found[name]) for name in names}
    deep = {name: is_deep(sound) for name, sound in voices.items()}
    owners = [name for name in names if len(voices[name]) > LONGEST_ENROLMENT + SECONDS * RATE]
    chance, kinds = np.random.default_rng(1), cycle(KINDS[focus])
    wanted = [(owner, next(kinds)) for owner in owners for _ in range(-(-len(KINDS[focus]) // every))]
    if focus == "me":
        wanted += [(owner, WHISPERER) for owner in owners[::every]]
    for owner, kind in wanted:
        alike, others = bool(chance.integers(2)), [n for n in names if n != owner]
        fitting = [n for n in others if (deep[n] == deep[owner]) == alike]
        other, third = str(chance.choice(fitting or others)), str(chance.choice(others))
        enrolment, mine, theirs = made(chance, kind, voices[owner], [voices[other], voices[third]])
        heard = mine + theirs + fan(chance, len(mine))
        yield Mix(kind, owner, deep[other] == deep[owner], enrolment, heard, mine, parts_of(kind))
