"""The guest with what the steps of its life ask of it."""

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path

from guest import Guest, Refused

BUILT_IN, PLUGGED = 440, 1000  # Hz, what the two microphones hear
UNIT = "stillmic.service"

# In the guest: prints what a recording (s16, mono, 48 kHz) holds from a place on, in blocks of 50 ms: {"seconds",
# "sound" in seconds, "hz": {pitch: blocks}}. A block below -60 dBFS is silent. The pitch is counted by zero crossings,
# rounded to 50 Hz, so that clicks of the card do not matter; blocks beside a silent one, cut by it, are left out.
HEAR = """
import array, json, sys
data = open(sys.argv[1], "rb").read()[int(sys.argv[2]) // 2 * 2:]
samples = array.array("h", data[:len(data) // 2 * 2])
size, hz, sound, loud = 2400, {}, 0, []
for i in range(0, len(samples) - size + 1, size):
    block = samples[i:i + size]
    mean = sum(block) / size
    power = sum((x - mean) ** 2 for x in block) / size
    crossings = sum((a < mean) != (b < mean) for a, b in zip(block, block[1:]))
    loud.append((power > 33 ** 2, crossings / 2 / 0.05))
for n, (on, pitch) in enumerate(loud):
    if on:
        sound += 1
        if 0 < n < len(loud) - 1 and loud[n - 1][0] and loud[n + 1][0]:
            key = str(round(pitch / 50) * 50)
            hz[key] = hz.get(key, 0) + 1
print(json.dumps({"seconds": len(samples) / 48000, "sound": sound * 0.05, "hz": hz}))
"""


class Desk:
    """The guest with what the steps ask of it."""

    def __init__(self, guest: Guest, old: Path, new: Path) -> None:
        self.guest, self.old, self.new = guest, old, new
        self.slow = 1.0
        self.calls = itertools.count()

    def root(self, script: str, patience: float = 120) -> str:
        """Run a script as root; it has to succeed."""
        return self.check(*self.guest.shell(script, "", patience * self.slow), script)

    def user(self, script: str, user: str = "ada", patience: float = 60) -> str:
        """Run a script as a user; it has to succeed."""
        return self.check(*self.guest.shell(script, user, patience * self.slow), script)

    @staticmethod
    def check(status: int, output: str, script: str) -> str:
        """Return the output of a script that succeeded."""
        if status:
            raise Refused(f"{script}: exit status {status}: {output}")
        return output

    def until(self, what: str, condition: Callable[[], object], patience: float = 60) -> float:
        """Wait until a condition is not False and fails no more; return how long it took."""
        began, last = time.monotonic(), ""
        while time.monotonic() < began + patience * self.slow:
            try:
                if condition() is not False:
                    return time.monotonic() - began
                last = ""
            except (Refused, ValueError) as problem:
                last = f": {problem}"
            time.sleep(0.3)
        raise Refused(f"not within {patience * self.slow:.0f} s: {what}{last}")

    def status(self, user: str = "ada") -> dict[str, object]:
        """Return what the daemon says of itself."""
        return json.loads(self.user("stillmic status --json", user))

    def log_in(self, user: str, screen: str) -> None:
        """Log a user in on a screen, with a graphical session."""
        self.root(f"echo DESK_USER={user} >/etc/desk/{screen}; chvt {screen[3:]}; systemctl restart getty@{screen}")

    def log_out(self, user: str, screen: str) -> None:
        """Log a user out, and wait for the end of his systemd."""
        self.root(f"rm -f /etc/desk/{screen}; loginctl terminate-user {user}")
        self.until(f"{user}'s systemd ends", lambda: self.root(f"! pgrep -u {user} -x systemd"), 120)

    def up(self, user: str = "ada") -> None:
        """Wait until the service runs and its microphone is there."""
        self.until(f"{user}'s unit is active", lambda: self.user(f"systemctl --user is-active {UNIT}", user), 120)
        self.until(
            "the virtual microphone is there", lambda: self.user("pactl list short sources | grep -qw stillmic", user)
        )
        self.until("the daemon is ready", lambda: self.status(user)["state"] in ("running", "suspended"))

    def call(self, user: str = "ada") -> str:
        """Start a recording of the virtual microphone, as a call is, and return its file."""
        file = f"/tmp/call-{next(self.calls)}.raw"
        self.guest.begin(
            f"exec parec -d stillmic --raw --format=s16le --rate=48000 --channels=1 --latency-msec=100 >{file}", user
        )
        return file

    def hearing(self) -> str:
        """Start a call, wait until it hears the built-in microphone, and return its file."""
        file = self.call()
        self.hears(file, BUILT_IN)
        return file

    def heard_again(self, began: float) -> str:
        """Wait until everything is up and a call hears the built-in microphone; say how long it took."""
        self.up()
        self.hearing()
        self.hang_up()
        return f"heard again after {time.monotonic() - began:.1f} s"

    def hang_up(self, user: str = "ada") -> None:
        """End the recordings."""
        self.root(f"pkill -u {user} -x parec; true")

    def place(self, file: str) -> int:
        """Return how long a recording is, in bytes: 0 before its program has begun."""
        return int(self.root(f"stat -c %s {file} 2>/dev/null || echo 0"))

    def heard(self, file: str, since: int = 0) -> dict[str, object]:
        """Return what a recording holds from a place on."""
        self.root("test -e /root/hear.py")
        return json.loads(self.root(f"python3 /root/hear.py {file} {since}"))

    def hears(self, file: str, pitch: int, patience: float = 60) -> float:
        """Wait until a call has heard half a second of a pitch, from now on."""
        since = self.place(file)
        return self.until(f"the call hears {pitch} Hz", lambda: blocks(self.heard(file, since), pitch) >= 10, patience)

    def only(self, file: str, *pitches: int) -> None:
        """Check that a call has heard nothing but tones of these pitches and silence."""
        hz = self.heard(file)["hz"]
        assert isinstance(hz, dict)
        strange = {int(k): n for k, n in hz.items() if all(abs(int(k) - p) > 150 for p in pitches)}
        if sum(strange.values()) > 0.1 * sum(hz.values()):
            raise Refused(f"the call heard {hz}, not only {pitches} Hz")

    def pid(self, user: str = "ada") -> int:
        """Return the daemon's process."""
        return int(self.user(f"systemctl --user show -P MainPID {UNIT}", user))

    def real_time(self) -> int:
        """Count the daemon's real-time threads."""
        policies = self.root(f"ps -L -o cls= -p {self.pid()}").split()
        return sum(p in ("RR", "FF") for p in policies)

    def source(self, part: str) -> str:
        """Return the name of the microphone of a card that is there."""
        for line in self.user("pactl list short sources").splitlines():
            name = line.split("\t")[1]
            if name.startswith("alsa_input") and part in name:
                return name
        raise Refused(f"no microphone {part}")


def blocks(heard: dict[str, object], pitch: int) -> int:
    """Count the blocks of a pitch."""
    hz = heard["hz"]
    assert isinstance(hz, dict)
    return sum(n for k, n in hz.items() if abs(int(k) - pitch) <= 100)
