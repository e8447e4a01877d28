"""A noisy room with somebody who speaks, for the microphone of the guest."""

import array
import random
import subprocess
import wave
from pathlib import Path

RATE = 48000
WORDS = ("hello", "everybody", "today")
PAUSE, LEAD = 0.6, 1.5  # s between the words, and before them, in which the network settles
VOICE, NOISE = 0.5, 0.012  # peak of the voice; of white noise the root mean square, -38 dBFS


def spoken(word: str, run: Path) -> list[float]:
    """Return a word as espeak-ng speaks it, at 48 kHz, full scale 1."""
    file = run / "word.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(file), word], check=True)
    with wave.open(str(file)) as sound:
        rate = sound.getframerate()
        samples = array.array("h", sound.readframes(sound.getnframes()))
    file.unlink()
    places = (n * rate / RATE for n in range(int((len(samples) - 1) * RATE / rate)))
    line = [samples[int(p)] + (p % 1) * (samples[int(p) + 1] - samples[int(p)]) for p in places]
    peak = max(abs(x) for x in line)
    return [x / peak * VOICE for x in line]


def write(file: Path) -> None:
    """Write the room as a WAV file, the same each time."""
    voice = [0.0] * int(LEAD * RATE)
    for word in WORDS:
        voice += spoken(word, file.parent) + [0.0] * int(PAUSE * RATE)
    noise = random.Random(1)
    with wave.open(str(file), "wb") as room:
        room.setparams((1, 2, RATE, 0, "NONE", ""))
        room.writeframes(array.array("h", [round(32767 * (x + noise.gauss(0, NOISE))) for x in voice]).tobytes())
