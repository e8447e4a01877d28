"""The guest with what the steps of its life ask of it."""

import itertools
import json
import time
from collections import Counter
from collections.abc import Callable

from guest import Guest, Refused
from hear import pitches

BUILT_IN, PLUGGED = 440, 1000  # Hz, what the two microphones hear
UNIT = "stillmic.service"


class Desk:
    """The guest with what the steps ask of it."""

    def __init__(self, guest: Guest, room: bytes) -> None:
        self.guest = guest
        self.slow = 1.0
        self.calls = itertools.count()
        self.recordings: dict[str, bytes] = {}
        self.room = room

    def choose_small_network(self) -> None:
        """Have both users' Stillmic run the smallest network: emulated, the others take seconds for each of sound."""
        for user in ("ada", "bob"):
            folder = f"/home/{user}/.config/stillmic"
            self.root(
                f"mkdir -p {folder} && echo suppression.model = \\'small\\' >{folder}/stillmic.toml && "
                f"chown -R {user}: /home/{user}/.config"
            )
        self.user("stillmic service restart")
        self.up()

    @property
    def emulated(self) -> bool:
        """Report whether QEMU computes each of the guest's instructions, as known from its start on."""
        return not self.guest.kvm

    def clock(self) -> float:
        """Return how many seconds the guest has been up by its own clock, which emulation does not slow down."""
        return float(self.root("cat /proc/uptime").split()[0])

    def awake(self) -> float:
        """Return when by its clock the guest woke up last."""
        # The kernel's log has the clock that stands still in a suspend; this is how far it is behind.
        ahead = self.clock() - float(self.root("awk '/^now at/ {print $3 / 1e9; exit}' /proc/timer_list"))
        line = self.root("dmesg | grep 'PM: suspend exit' | tail -n 1")
        return ahead + float(line[1:].split("]")[0])

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
            asked = time.monotonic()
            try:
                if condition() is not False:
                    return time.monotonic() - began
                last = ""
            except (Refused, ValueError) as problem:
                last = f": {problem}"
            time.sleep(max(0.3, 2 * (time.monotonic() - asked)))  # a slow machine has better things to do than answer
        raise Refused(f"not within {patience * self.slow:.0f} s: {what}{last}")

    def status(self, user: str = "ada") -> dict[str, object]:
        """Return what the daemon says of itself."""
        return json.loads(self.user("stillmic status --json", user))

    def log_in(self, user: str, screen: str) -> None:
        """Log a user in on a screen, with what logind takes for a graphical session."""
        self.root(
            f"printf 'DESK_USER={user}\\nXDG_SESSION_TYPE=wayland\\n' >/etc/desk/{screen}; "
            f"chvt {screen[3:]}; systemctl restart getty@{screen}"
        )

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
        took = self.clock() - began
        self.hang_up()
        return f"heard again after {took:.1f} s"

    def hang_up(self, user: str = "ada") -> None:
        """End the recordings."""
        self.root(f"pkill -u {user} -x parec; true")

    def hears(self, file: str, pitch: int, patience: float = 60) -> float:
        """Wait until a call has heard a quarter of a second of a pitch, from now on."""
        since = len(self.recorded(file))

        def heard() -> bool:
            return near(pitches(self.recorded(file)[since:]), pitch) >= 5

        return self.until(f"the call hears {pitch} Hz", heard, patience)

    def only(self, file: str, *hz: int) -> None:
        """Check that a call has heard nothing but tones of these pitches and silence."""
        heard = pitches(self.recorded(file))
        if not heard or sum(near(heard, pitch) for pitch in hz) < 0.9 * heard.total():
            raise Refused(f"the call heard {dict(heard)} (Hz: blocks of 50 ms), not only {hz} Hz")

    def recorded(self, file: str) -> bytes:
        """Return what a call has recorded so far, nothing before its program has begun."""
        known = self.recordings.get(file, b"")
        try:
            self.recordings[file] = known + self.guest.read(file, len(known))
        except Refused:  # there is no such file yet
            return known
        return self.recordings[file]

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


def near(heard: Counter[int], pitch: int) -> int:
    """Count the blocks of about a pitch."""
    return sum(n for hz, n in heard.items() if abs(hz - pitch) <= 150)
