"""The steps of a desk's life with the package; each says what it found, or raises Refused."""

import re
import time
from collections.abc import Callable

from desk import BUILT_IN, PLUGGED, UNIT, Desk
from guest import Refused
from hear import contrast

DESK_CARD = "pci-0000_00_"  # in the names of what is built in
TRAY = r"app-stillmic\x2dtray@autostart.service"


def install(d: Desk) -> str:
    """Somebody sits at the desk and installs the .deb: it runs at once, without a log-in or a command."""
    d.log_in("ada", "tty1")
    d.until("ada's desktop is there", lambda: d.user("systemctl --user is-active graphical-session.target"), 120)
    d.until("ada's desktop has its microphone", lambda: d.source(DESK_CARD))
    said = d.root("dpkg -i /root/old.deb", 300)
    began = d.clock()
    if "Stillmic is running" not in said:
        raise Refused(f"installing does not say that it runs: {said}")
    d.up()
    d.until("the tray icon runs", lambda: d.root("pgrep -u ada -f 'stillmic tray'"))
    return f"there {d.clock() - began:.1f} s later, {d.root('stillmic version')}"


def first_word(d: Desk) -> str:
    """Somebody speaks in a noisy room: the call hears the voice without the noise. Nobody has typed a command.

    The room is a microphone of the sound server, which keeps up with the guest's clock, as QEMU's cards do not.
    """
    before = d.source(DESK_CARD)
    d.root("install -m 644 /root/room.wav /tmp/room.wav")
    modules = d.user(
        "pactl load-module module-null-sink sink_name=room rate=48000 channels=1 channel_map=mono && "
        "pactl load-module module-remap-source source_name=desk_room master=room.monitor && "
        "pactl set-default-source desk_room"
    ).split()
    file = d.call()
    d.until("the room is recorded", lambda: "RUNNING" in d.user("pactl list short sources | grep desk_room"))
    d.user("paplay -d room /tmp/room.wav", patience=120)
    d.hang_up()
    word, heard = contrast(d.recorded(file))
    played = contrast(d.room)[1]
    if heard < played + 12:
        raise Refused(
            f"words of {word:.0f} dBFS are {heard:.0f} dB above the pauses, of the microphone {played:.0f} dB"
        )
    d.user(f"pactl set-default-source {before}")
    for module in reversed(modules):
        d.user(f"pactl unload-module {module}")
    d.user("stillmic strength off")  # a tone is noise, too: the steps to come shall hear it
    if d.emulated:
        d.choose_small_network()
    return f"words {heard:.0f} dB above the pauses, of the microphone {played:.0f} dB"


def first_call(d: Desk) -> str:
    """A call hears the microphone, RealtimeKit grants real time, and it is given back afterwards."""
    began = d.clock()
    file = d.call()
    d.hears(file, BUILT_IN)
    took = d.clock() - began
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
    return f"{len(said.splitlines())} lines, none about priority"


def killed(d: Desk) -> str:
    """After kill -9 in a call systemd starts it again; the call hears nothing else meanwhile."""
    file = d.hearing()
    before = d.pid()
    d.root(f"kill -9 {before}")
    began = d.clock()
    d.until("another process runs", lambda: d.pid() not in (0, before))
    d.hears(file, BUILT_IN)
    took = d.clock() - began
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"heard again after {took:.1f} s"


def pipewire_restarted(d: Desk) -> str:
    """PipeWire, its pulse server and WirePlumber are restarted."""
    began = d.clock()
    d.user("systemctl --user restart pipewire.service pipewire-pulse.service wireplumber.service")
    return d.heard_again(began)


def wireplumber_restarted(d: Desk) -> str:
    """WirePlumber alone is restarted in a call, and hears of another default afterwards."""
    file = d.hearing()
    d.user("systemctl --user restart wireplumber.service")
    began = d.clock()
    d.hears(file, BUILT_IN)
    took = d.clock() - began
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"heard again after {took:.1f} s"


def plugged(d: Desk) -> str:
    """A sound card is plugged in a call, becomes the default, and is pulled."""
    file = d.hearing()
    d.guest.qmp("device_add", driver="AC97", id="card", bus="slot1", audiodev="b")
    d.until("the card is there", lambda: d.source("01_00.0"))
    name, before = d.source("01_00.0"), d.source(DESK_CARD)
    began = d.clock()
    d.user(f"pactl set-default-source {name}")
    d.hears(file, PLUGGED)
    turned = d.clock() - began
    d.guest.qmp("device_del", id="card")
    d.guest.wait_event("DEVICE_DELETED", 60 * d.slow)
    began = d.clock()
    d.hears(file, BUILT_IN)
    back = d.clock() - began
    d.only(file, BUILT_IN, PLUGGED)
    now = d.status()["source"]
    if now != before:
        raise Refused(f"the microphone is pulled, and the status names {now}")
    d.hang_up()
    return f"heard {turned:.1f} s after it became the default, the other {back:.1f} s after it was pulled"


def default_moved(d: Desk) -> str:
    """The default is changed to our own microphone, and back: no loop, and the call stays."""
    file = d.hearing()
    before = d.source(DESK_CARD)
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
    file = d.hearing()
    d.guest.begin("systemctl suspend")
    d.guest.wait_event("SUSPEND", 60 * d.slow)
    time.sleep(5)
    d.guest.qmp("system_wakeup")
    d.guest.wait_event("WAKEUP", 60)
    d.guest.wait_agent(120 * d.slow)
    d.hears(file, BUILT_IN, 120)
    took = d.clock() - d.awake()
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"the same call hears again {took:.1f} s after the wake-up"


def log_out(d: Desk) -> str:
    """Log-out ends all of it."""
    d.log_out("ada", "tty1")
    left = d.root("pgrep -x stillmic || true")
    if left:
        raise Refused(f"after log-out runs: {left}")
    return "nothing runs"


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


def log_in(d: Desk) -> str:
    """The unit starts at the log-in, and is-enabled says so; the tray's entry is valid; what was chosen is kept."""
    d.log_in("ada", "tty1")
    d.up()
    enabled = d.user(f"systemctl --user is-enabled {UNIT}")
    d.until("the tray icon's unit runs", lambda: d.user(f"systemctl --user is-active '{TRAY}'"))
    if d.status()["strength"] != "off":
        raise Refused("the strength that was chosen is forgotten")
    return f"is-enabled: {enabled}"


def two_users(d: Desk) -> str:
    """A second user logs in beside the first: who sits at the desk has its microphone, each a Stillmic of his own."""
    d.log_in("bob", "tty2")
    d.up("bob")
    d.user("stillmic strength off", "bob")
    began = d.clock()
    file = d.call("bob")
    d.hears(file, BUILT_IN)
    took = d.clock() - began
    d.hang_up("bob")
    d.user("pactl list short sources | grep -qw stillmic")  # ada's stays, without a microphone
    if d.pid("ada") == d.pid("bob"):
        raise Refused("both users have one daemon")
    if d.status()["state"] != "waiting for device":
        raise Refused(f"ada hears bob: {d.status()['state']}")
    d.log_out("bob", "tty2")
    d.root("chvt 1")
    d.up()
    began = d.clock()
    file = d.call()
    d.hears(file, BUILT_IN)
    back = d.clock() - began
    d.hang_up()
    return f"the second hears after {took:.1f} s, the first after his end in {back:.1f} s"


def rebooted(d: Desk) -> str:
    """The machine is started anew; the desk logs ada in by itself."""
    before = d.root("cat /proc/sys/kernel/random/boot_id")
    d.guest.begin("systemctl reboot")
    time.sleep(3)

    def anew() -> bool:
        d.guest.wait_agent(5)
        try:
            return d.root("cat /proc/sys/kernel/random/boot_id") != before
        except TimeoutError:  # the agent has ended between question and answer
            return False

    d.until("the machine starts anew", anew, 300)
    return d.heard_again(0)


def upgraded(d: Desk) -> str:
    """An upgrade in a call: the call goes on; when it ends, the new program takes over."""
    file = d.hearing()
    old = str(d.status()["version"])
    said = d.root("dpkg -i /root/new.deb")
    if "Stillmic is updated" not in said:
        raise Refused(f"the upgrade says only: {said}")
    d.hears(file, BUILT_IN)
    if str(d.status()["version"]) != old:
        raise Refused("the new program took over in a call")
    d.only(file, BUILT_IN)
    d.hang_up()
    began = d.clock()
    d.until("the new program runs", lambda: str(d.status()["version"]) != old, 120)
    took = d.clock() - began
    d.up()
    file = d.hearing()
    before = d.pid()
    d.user("stillmic service restart")  # at once, in a call
    d.until("another process runs", lambda: d.pid() not in (0, before))
    d.hears(file, BUILT_IN)
    d.only(file, BUILT_IN)
    d.hang_up()
    return f"the new program runs {took:.1f} s after the call"


def removed(d: Desk) -> str:
    """Removal in a call leaves no process and no microphone, purge no file but what ada chose herself."""
    d.hearing()
    d.root("dpkg --remove stillmic")
    d.until("no process is left", lambda: not d.root("pgrep -x stillmic || true"), 30)
    d.until("no microphone is left", lambda: d.user("! pactl list short sources | grep -w stillmic"), 30)
    d.hang_up()
    started = d.root("find /etc /usr /var/lib/systemd /run/user -xdev -name '*stillmic*' 2>/dev/null || true")
    d.root("dpkg --purge stillmic")
    files = d.root(
        "find / -xdev -iname '*stillmic*' -not -path '/proc/*' -not -path '/home/*/.local/state/stillmic*' "
        "-not -path '/home/*/.config/stillmic*' || true"
    )
    # What the users' systemd has made of autostart entries goes when they log out.
    files += d.root("find /run/user -iname '*stillmic*' -not -path '*/generator.late/*' 2>/dev/null || true")
    if started or files:
        raise Refused(f"left: {started} {files}")
    kept = d.root("cd /home/ada && find . -type f -path '*stillmic*' -printf '%P\\n' | sort | paste -sd ' '")
    return f"no process, device, unit or entry; kept: {kept}"


STEPS: list[tuple[str, Callable[[Desk], str]]] = [
    ("installation at the desk", install),
    ("first words of a call", first_word),
    ("first call, real time", first_call),
    ("doctor", examined),
    ("kill -9 in a call", killed),
    ("PipeWire restarted", pipewire_restarted),
    ("WirePlumber restarted in a call", wireplumber_restarted),
    ("sound card plugged and pulled in a call", plugged),
    ("default changed in a call", default_moved),
    ("suspend to memory in a call", suspended),
    ("log-out", log_out),
    ("log-in without a desktop", log_in_by_line),
    ("log-in", log_in),
    ("two users", two_users),
    ("reboot", rebooted),
    ("upgrade in a call", upgraded),
    ("removal in a call, purge", removed),
]
