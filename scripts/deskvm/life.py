"""A desk's life with the package, step by step, in a Debian guest; scripts/desk calls it.

Sound in a guest cannot be judged: QEMU's cards stutter. What is checked is which microphone is heard, told by the
pitch of its tone, that nothing but it or silence is heard, and that sound comes back.
"""

import argparse
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from guest import Guest, Refused

BUILT_IN, PLUGGED = 440, 1000  # Hz, what the two microphones hear
UNIT = "stillmic.service"
TRAY = r"app-stillmic\x2dtray@autostart.service"

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

    def hang_up(self, user: str = "ada") -> None:
        """End the recordings."""
        self.root(f"pkill -u {user} -x parec; true")

    def place(self, file: str) -> int:
        """Return how long a recording is, in bytes."""
        return int(self.root(f"stat -c %s {file}"))

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


def install(d: Desk) -> str:
    """The .deb is installed as a person does it."""
    said = d.root("dpkg -i /root/old.deb")
    if "next log-in" not in said:
        raise Refused(f"installing does not say what is next: {said}")
    return d.root("stillmic version")


def log_in_by_line(d: Desk) -> str:
    """A log-in without a desktop, as by ssh, starts nothing."""
    line = d.guest.serial_login("ada", 120 * d.slow)
    d.until("ada's systemd runs", lambda: d.user("systemctl --user is-active default.target"))
    time.sleep(5)
    running = d.root("pgrep -x stillmic || true")
    d.guest.serial_logout(line)
    if running:
        raise Refused("the service runs, although nobody sits at the desk")
    d.until("ada's systemd ends", lambda: d.root("! pgrep -u ada -x systemd"), 120)
    return "started nothing"


def first_log_in(d: Desk) -> str:
    """The unit starts at the first log-in, and is-enabled says so; the tray's entry is valid."""
    d.log_in("ada", "tty1")
    d.up()
    enabled = d.user(f"systemctl --user is-enabled {UNIT}")
    d.until("the tray icon's unit runs", lambda: d.user(f"systemctl --user is-active '{TRAY}'"))
    d.user("stillmic strength off")  # a tone is noise: it shall be heard
    d.root('printf %s "$(cat /proc/sys/kernel/random/boot_id)" >/root/boot')
    return f"is-enabled: {enabled}"


def first_call(d: Desk) -> str:
    """A call hears the microphone, RealtimeKit grants real time, and it is given back afterwards."""
    file = d.call()
    took = d.hears(file, BUILT_IN)
    d.until("RealtimeKit grants real time", lambda: d.real_time() > 0, 30)
    scheduling = d.status()["scheduling"]
    d.hang_up()
    d.until("the microphone rests", lambda: d.status()["state"] == "suspended")
    d.until("real time is given back", lambda: d.real_time() == 0, 30)
    return f"heard after {took:.1f} s, {scheduling}, given back"


def examined(d: Desk) -> str:
    """Doctor finds nothing to advise about priority on a desk that has RealtimeKit."""
    said = d.guest.shell("stillmic doctor", "ada", 60 * d.slow)[1]
    if re.search("rtkit|no priority", said):
        raise Refused(f"doctor: {said}")
    return re.sub(r"\s+", " ", said.splitlines()[-1])[:80]


def killed(d: Desk) -> str:
    """After kill -9 in a call systemd starts it again; the call hears nothing else meanwhile."""
    file = d.call()
    d.hears(file, BUILT_IN)
    before = d.pid()
    d.root(f"kill -9 {before}")
    took = d.until("another process runs", lambda: d.pid() not in (0, before))
    took += d.hears(file, BUILT_IN)
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"heard again after {took:.1f} s"


def pipewire_restarted(d: Desk) -> str:
    """PipeWire, its pulse server and WirePlumber are restarted."""
    began = time.monotonic()
    d.user("systemctl --user restart pipewire.service pipewire-pulse.service wireplumber.service")
    d.up()
    file = d.call()
    d.hears(file, BUILT_IN)
    d.hang_up()
    return f"heard again after {time.monotonic() - began:.1f} s"


def wireplumber_restarted(d: Desk) -> str:
    """WirePlumber alone is restarted in a call, and hears of another default afterwards."""
    file = d.call()
    d.hears(file, BUILT_IN)
    d.user("systemctl --user restart wireplumber.service")
    took = d.hears(file, BUILT_IN)
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"heard again after {took:.1f} s"


def plugged(d: Desk) -> str:
    """A sound card is plugged in a call, becomes the default, and is pulled."""
    file = d.call()
    d.hears(file, BUILT_IN)
    d.guest.qmp("device_add", driver="AC97", id="card", bus="slot1", audiodev="b")
    d.until("the card is there", lambda: d.source("01_00.0"))
    name, before = d.source("01_00.0"), d.source("00_0")
    d.user(f"pactl set-default-source {name}")
    turned = d.hears(file, PLUGGED)
    d.guest.qmp("device_del", id="card")
    d.guest.wait_event("DEVICE_DELETED", 60 * d.slow)
    back = d.hears(file, BUILT_IN)
    d.only(file, BUILT_IN, PLUGGED)
    now = d.status()["source"]
    if now != before:
        raise Refused(f"the microphone is pulled, and the status names {now}")
    d.hang_up()
    return f"heard {turned:.1f} s after it became the default, the other {back:.1f} s after it was pulled"


def default_moved(d: Desk) -> str:
    """The default is changed to our own microphone, and back: no loop, and the call stays."""
    file = d.call()
    d.hears(file, BUILT_IN)
    before = d.source("00_0")
    d.user("pactl set-default-source stillmic")
    d.hears(file, BUILT_IN)
    d.user(f"pactl set-default-source {before}")
    d.hears(file, BUILT_IN)
    recorded = d.user("pactl list short source-outputs; pactl list short sources")
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"{len(recorded.splitlines())} lines of devices and streams, no loop"


def suspended(d: Desk) -> str:
    """The machine sleeps (S3) in a call and wakes up again."""
    file = d.call()
    d.hears(file, BUILT_IN)
    d.guest.begin("systemctl suspend")
    d.guest.wait_event("SUSPEND", 60 * d.slow)
    time.sleep(5)
    began = time.monotonic()
    d.guest.qmp("system_wakeup")
    d.guest.wait_event("WAKEUP", 60)
    d.guest.wait_agent(120 * d.slow)
    d.hears(file, BUILT_IN, 120)
    took = time.monotonic() - began
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"the same call hears again {took:.1f} s after the wake-up"


def log_out_and_in(d: Desk) -> str:
    """Log-out ends all of it; the next log-in starts it again, with what was chosen."""
    d.log_out("ada", "tty1")
    left = d.root("pgrep -x stillmic || true")
    if left:
        raise Refused(f"after log-out runs: {left}")
    d.log_in("ada", "tty1")
    d.up()
    if d.status()["strength"] != "off":
        raise Refused("the strength that was chosen is forgotten")
    return "ended and started"


def two_users(d: Desk) -> str:
    """A second user logs in beside the first; each has a microphone of his own."""
    d.log_in("bob", "tty2")
    d.up("bob")
    d.user("stillmic strength off", "bob")
    file = d.call("bob")
    took = d.hears(file, BUILT_IN)
    d.hang_up("bob")
    d.up()
    if d.pid("ada") == d.pid("bob"):
        raise Refused("both users have one daemon")
    d.log_out("bob", "tty2")
    d.root("chvt 1")
    file = d.call()
    back = d.hears(file, BUILT_IN)
    d.hang_up()
    return f"the second hears after {took:.1f} s, the first after his end in {back:.1f} s"


def rebooted(d: Desk) -> str:
    """The machine is started anew; the desk logs ada in by itself."""
    began = time.monotonic()
    d.guest.begin("systemctl reboot")
    time.sleep(3)

    def anew() -> bool:
        d.guest.wait_agent(5)
        return d.root("cat /proc/sys/kernel/random/boot_id") != d.root("cat /root/boot")

    d.until("the machine starts anew", anew, 300)
    d.up()
    file = d.call()
    d.hears(file, BUILT_IN)
    d.hang_up()
    return f"heard after {time.monotonic() - began:.1f} s"


def upgraded(d: Desk) -> str:
    """An upgrade in a call: the call goes on; when it ends, the new program takes over."""
    file = d.call()
    d.hears(file, BUILT_IN)
    old = str(d.status()["version"])
    said = d.root("dpkg -i /root/new.deb")
    if "Stillmic is updated" not in said:
        raise Refused(f"the upgrade says only: {said}")
    d.hears(file, BUILT_IN)
    if str(d.status()["version"]) != old:
        raise Refused("the new program took over in a call")
    d.only(file, BUILT_IN)
    d.hang_up()
    took = d.until("the new program runs", lambda: str(d.status()["version"]) != old, 120)
    d.up()
    file = d.call()
    d.hears(file, BUILT_IN)
    before = d.pid()
    d.user("stillmic service restart")  # at once, in a call
    d.until("another process runs", lambda: d.pid() not in (0, before))
    d.hears(file, BUILT_IN)
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"the new program runs {took:.1f} s after the call"


def removed(d: Desk) -> str:
    """Removal in a call leaves no process and no microphone, purge no file but what ada chose herself."""
    file = d.call()
    d.hears(file, BUILT_IN)
    d.root("dpkg --remove stillmic")
    d.until("no process is left", lambda: not d.root("pgrep -x stillmic || true"), 30)
    d.until("no microphone is left", lambda: d.user("! pactl list short sources | grep -w stillmic"), 30)
    d.hang_up()
    started = d.root("find /etc /usr /var/lib/systemd /run/user -xdev -name '*stillmic*' 2>/dev/null || true")
    d.root("dpkg --purge stillmic")
    files = d.root(
        "find / -xdev -iname '*stillmic*' -not -path '/proc/*' -not -path '/home/*/.local/state/stillmic*' || true"
    )
    files += d.root("find /run/user -iname '*stillmic*' 2>/dev/null || true")
    if started or files:
        raise Refused(f"left: {started} {files}")
    return "no process, device, unit or entry; " + d.root("find /home -path '*stillmic*' | paste -sd ' '")


STEPS: list[tuple[str, Callable[[Desk], str]]] = [
    ("installation", install),
    ("log-in without a desktop", log_in_by_line),
    ("first log-in", first_log_in),
    ("first call, real time", first_call),
    ("doctor", examined),
    ("kill -9 in a call", killed),
    ("PipeWire restarted", pipewire_restarted),
    ("WirePlumber restarted in a call", wireplumber_restarted),
    ("sound card plugged and pulled in a call", plugged),
    ("default changed in a call", default_moved),
    ("suspend to memory in a call", suspended),
    ("log-out and log-in", log_out_and_in),
    ("two users", two_users),
    ("reboot", rebooted),
    ("upgrade in a call", upgraded),
    ("removal in a call, purge", removed),
]


def sound(run: Path) -> subprocess.Popen[bytes]:
    """Start a private sound server whose two tones are what QEMU's microphones hear."""
    modules = [
        f"module-native-protocol-unix socket={run}/sound auth-anonymous=1",
        f"module-sine-source source_name=builtin frequency={BUILT_IN} rate=48000",
        f"module-sine-source source_name=plugged frequency={PLUGGED} rate=48000",
        "module-null-sink sink_name=loudspeaker",
    ]
    options = ["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"]
    command = ["pulseaudio", *options, *(word for m in modules for word in ("-L", m))]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(run), "XDG_RUNTIME_DIR": str(run)}
    with (run / "pulse.log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    end = time.monotonic() + 30
    while not (run / "sound").exists():
        if time.monotonic() > end or server.poll() is not None:
            raise Refused(f"pulseaudio does not start: {run}/pulse.log")
        time.sleep(0.1)
    return server


def keep(d: Desk, run: Path, step: str) -> None:
    """Keep what helps to understand a failed step."""
    script = (
        "journalctl --no-pager -o short-monotonic | tail -n 500; ps -ef; ls -lR /run/user/*/stillmic; "
        "runuser -u ada -- env XDG_RUNTIME_DIR=/run/user/1000 sh -c "
        "'systemctl --user --no-pager status; stillmic status -v; pactl info; pactl list short; wpctl status'"
    )
    try:
        text = d.guest.shell(script, "", 120)[1]
    except (Refused, OSError, EOFError) as problem:
        text = f"the guest does not answer: {problem}"
    (run / f"failed-{re.sub('[^a-z0-9]+', '-', step.lower())}.log").write_text(text)


def live(d: Desk, run: Path, only: str) -> int:
    """Go through all steps and return how many failed."""
    failed = 0
    for step, do in STEPS:
        if only and not re.search(only, step):
            continue
        began = time.monotonic()
        try:
            result, detail = "ok", do(d)
        except (Refused, OSError, EOFError, ValueError, KeyError) as problem:
            result, detail = "FAILED", f"{problem}"
            failed += 1
            keep(d, run, step)
            try:
                d.hang_up()
            except (Refused, OSError, EOFError):
                print("the guest is gone", flush=True)
                return failed
        print(f"DESK {result:6} {step:40} {time.monotonic() - began:6.1f} s  {detail}", flush=True)
    return failed


def main() -> int:
    """Run the steps; 0 if all went well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--old", type=Path, required=True)
    parser.add_argument("--new", type=Path, required=True)
    parser.add_argument("--only", default="")
    o = parser.parse_args()
    server = sound(o.run)
    guest = Guest(o.cache, o.run, f"unix:{o.run}/sound")
    d = Desk(guest, o.old, o.new)
    try:
        began = time.monotonic()
        guest.start()
        d.slow = 1 if guest.kvm else 4
        guest.wait_agent(180 * d.slow)
        how = "KVM" if guest.kvm else "emulation"
        print(f"DESK ok     {'boot by ' + how:40} {time.monotonic() - began:6.1f} s", flush=True)
        guest.put(o.old, "/root/old.deb")
        guest.put(o.new, "/root/new.deb")
        hear = o.run / "hear.py"
        hear.write_text(HEAR)
        guest.put(hear, "/root/hear.py")
        return 1 if live(d, o.run, o.only) else 0
    finally:
        guest.stop()
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
