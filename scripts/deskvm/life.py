"""A desk's life with the package, step by step, in a Debian guest; scripts/desk calls it.

Sound in a guest cannot be judged: QEMU's cards stutter. What is checked is which microphone is heard, told by the
pitch of its tone, that nothing but it or silence is heard, and that sound comes back.
"""

import argparse
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from desk import BUILT_IN, PLUGGED, Desk
from guest import ARCHITECTURES, Guest, Refused
from room import write
from steps import STEPS

BOOT = 15  # s that a boot takes by KVM on an idle machine: for one that is slower, all steps may take longer
EMULATED = 20  # times as long as by KVM, where a boot was kept and tells nothing


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
    parser.add_argument("--arch", choices=ARCHITECTURES, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--old", type=Path, required=True)
    parser.add_argument("--new", type=Path, required=True)
    parser.add_argument("--only", default="")
    o = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the machine ends, too
    server = sound(o.run)
    write(o.run / "room.wav")
    files = {"old.deb": o.old, "new.deb": o.new, "room.wav": o.run / "room.wav"}
    guest = Guest(o.arch, o.cache, o.run, f"unix:{o.run}/sound", files)
    d = Desk(guest, (o.run / "room.wav").read_bytes())
    try:
        began = time.monotonic()
        guest.start()
        guest.wait_agent(300 if guest.kvm else 3600)
        d.slow = EMULATED if guest.booted else max(1, (time.monotonic() - began) / BOOT)
        how = "KVM" if guest.kvm else "emulation"
        seen = "as it was kept" if guest.booted else ""
        print(f"DESK ok     {'boot by ' + how:40} {time.monotonic() - began:6.1f} s  {seen}".rstrip(), flush=True)
        d.root("udevadm settle", 300)  # its sound card is there
        if not guest.kvm and not guest.booted:
            guest.keep()
        d.root("blockdev --flushbufs /dev/vdb; tar -C /root -xf /dev/vdb", 300)
        return 1 if live(d, o.run, o.only) else 0
    finally:
        guest.stop()
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
