"""A Debian guest in QEMU, driven without network.

QMP moves the machine, the guest agent runs root's commands, a serial line takes a log-in without a desktop.
"""

import base64
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import socket
import subprocess
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = 128 << 20  # bytes of the disk that brings files into the guest


class Refused(RuntimeError):
    """What the guest or QEMU did not do."""


class Lines:
    """JSON lines over a unix socket."""

    def __init__(self, path: Path, patience: float = 60) -> None:
        end = time.monotonic() + patience
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.rest = b""

    def send(self, message: dict[str, Any], before: bytes = b"") -> None:
        """Send one message, and bytes before it."""
        self.socket.settimeout(60)
        self.socket.sendall(before + json.dumps(message).encode() + b"\n")

    def receive(self, patience: float) -> Any:
        """Return the next message, or raise TimeoutError."""
        end = time.monotonic() + patience
        while b"\n" not in self.rest:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line.lstrip(b"\xff") or b"null")


@dataclass(frozen=True)
class Architecture:
    """What QEMU needs to know of an architecture."""

    qemu: str
    processor: str  # as the kernel of a host calls it
    machine: str
    console: str
    line: str  # the second serial line
    kvm: str  # the processor's model by KVM
    tcg: str  # and emulated


ARCHITECTURES = {
    "amd64": Architecture(
        qemu="qemu-system-x86_64",
        processor="x86_64",
        machine="-machine q35 -global ICH9-LPC.disable_s3=0 -device VGA",
        console="ttyS0",
        line="-serial chardev:s1",
        kvm="host,arch-capabilities=off",
        tcg="max",
    ),
    # It has one serial port, so its second line is a virtio console, and no suspend to memory.
    "arm64": Architecture(
        qemu="qemu-system-aarch64",
        processor="aarch64",
        machine="-machine virt,gic-version=max -device virtio-gpu-pci",
        console="ttyAMA0",
        line="-device virtconsole,chardev=s1",
        kvm="host",
        tcg="max,pauth-impdef=on",  # signed pointers by a cheap hash: the architecture's own takes half of the time
    ),
}


class Guest:
    """One machine, from its start to its end."""

    def __init__(self, arch: str, cache: Path, run: Path, pulse: str, files: dict[str, Path]) -> None:
        """Make a machine that finds files in a tar archive, its second disk."""
        self.arch = ARCHITECTURES[arch]
        self.cache, self.run, self.pulse = cache, run, pulse
        with tarfile.open(run / "files.tar", "w") as archive:
            for name, file in files.items():
                archive.add(file, name)
        if (run / "files.tar").stat().st_size > FILES:
            raise Refused(f"the files for the guest are larger than {FILES} bytes")
        os.truncate(run / "files.tar", FILES)  # a disk does not change its size behind the guest's back
        self.events: list[str] = []
        self.kvm, self.booted = True, False
        self.process: subprocess.Popen[bytes] | None = None

    def arguments(self) -> list[str]:
        """Return QEMU's command line: 1.25 GB, a disk, a screen, a microphone, no network.

        With emulation it is one processor: of two, one waits for the other, which the host may not be running.
        """
        run = self.run
        line = f"""
            {self.arch.qemu} -nodefaults -no-user-config -display none
            {self.arch.machine} -smp {2 if self.kvm else 1} -m 1280
            -kernel {self.cache}/vmlinuz -initrd {self.cache}/initrd
            -drive file={run}/disk.qcow2,if=none,id=d,cache=unsafe -device virtio-blk-pci,drive=d
            -drive file={run}/files.tar,if=none,id=f,format=raw,readonly=on -device virtio-blk-pci,drive=f
            -device virtio-rng-pci -nic none
            -chardev socket,id=s0,path={run}/ttyS0,server=on,wait=off,logfile={run}/console.log -serial chardev:s0
            -chardev socket,id=s1,path={run}/ttyS1,server=on,wait=off,logfile={run}/serial.log
            -device virtio-serial-pci {self.arch.line} -chardev socket,id=ga,path={run}/ga,server=on,wait=off
            -device virtserialport,id=ga0,chardev=ga,name=org.qemu.guest_agent.0
            -qmp unix:{run}/qmp,server=on,wait=off
            -audiodev pa,id=a,server={self.pulse},in.name=builtin,out.name=loudspeaker
            -audiodev pa,id=b,server={self.pulse},in.name=plugged,out.name=loudspeaker
            -device intel-hda -device hda-duplex,audiodev=a
            -device pcie-root-port,id=slot1,slot=1
            -device qemu-xhci,id=xhci
        """
        words = line.split()
        quiet = "quiet loglevel=4 systemd.show_status=0 no_console_suspend nowatchdog"
        words += ["-append", f"root=/dev/vda rw console={self.arch.console} {quiet}"]
        if self.kvm:
            return [*words, "-accel", "kvm", "-cpu", self.arch.kvm]
        # Programs always at the same addresses: QEMU need not translate them anew. And no work against attacks.
        words[-1] += " norandmaps mitigations=off init_on_alloc=0"
        # The guest's clock goes on with its instructions, 1 ns each: a host that is slow or busy lets no time limit in
        # the guest pass. When it has none to run it keeps to the host's, as QEMU's sound cards do: they have enough.
        return [*words, "-accel", "tcg", "-cpu", self.arch.tcg, "-icount", "shift=0,sleep=on"]

    def start(self) -> None:
        """Start the machine: by KVM, and where that fails by QEMU's own emulation, ten times slower."""
        # kvm_pvm, KVM without the processor's help, runs only kernels that are made for it.
        own = platform.machine() == self.arch.processor
        self.kvm = own and Path("/dev/kvm").exists() and not Path("/sys/module/kvm_pvm").exists()
        if self.kvm:
            self.new_disk()
            self.launch()
            time.sleep(2)
            self.kvm = self.process is not None and self.process.poll() is None
        if not self.kvm:
            self.load()
        self.monitor = Lines(self.run / "qmp")
        self.monitor.receive(60)
        self.qmp("qmp_capabilities")
        self.agent_lines = Lines(self.run / "ga")

    def new_disk(self) -> None:
        """Make a disk on top of the one that is shared by all runs."""
        overlay = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{self.cache}/disk.img", "-F", "raw"]
        subprocess.run([*overlay, f"{self.run}/disk.qcow2"], check=True)

    def load(self) -> None:
        """Start an emulated machine, from where one of before had booted if there was one of just this kind."""
        version = subprocess.run([self.arch.qemu, "--version"], check=True, capture_output=True).stdout
        machine = " ".join(self.arguments()).replace(str(self.run), "")
        kind = hashlib.sha256(version + machine.encode()).hexdigest()[:12]
        self.kept = self.cache / f"booted-{kind}.qcow2"
        self.booted = self.kept.exists()
        if self.booted:
            shutil.copyfile(self.kept, self.run / "disk.qcow2")
            self.launch("-loadvm", "booted")
        else:
            self.new_disk()
            self.launch()

    def keep(self) -> None:
        """Keep an emulated machine that has just booted for the runs to come."""
        self.qmp("stop")
        for command in ("savevm booted", 'qemu-io d "flush"'):
            if answer := self.qmp("human-monitor-command", **{"command-line": command}).strip():
                raise Refused(f"{command}: {answer}")
        new = self.kept.with_suffix(".new")
        shutil.copyfile(self.run / "disk.qcow2", new)
        new.rename(self.kept)
        self.qmp("cont")

    def launch(self, *more: str) -> None:
        """Start QEMU, which lets its buffers for the microphones grow: the sound server knows no slower machine."""
        environment = {**os.environ, "PULSE_LATENCY_MSEC": "20"}
        with (self.run / "qemu.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.arguments(), *more], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )

    def qmp(self, command: str, **arguments: Any) -> Any:
        """Have QEMU do something."""
        self.monitor.send({"execute": command, "arguments": arguments})
        while True:
            answer = self.monitor.receive(300)  # a state that is saved has 300 MB
            if "event" in answer:
                self.events.append(answer["event"])
            elif "error" in answer:
                raise Refused(f"{command}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def wait_event(self, name: str, patience: float) -> None:
        """Wait until QEMU has told of an event."""
        end = time.monotonic() + patience
        while name not in self.events:
            try:
                answer = self.monitor.receive(max(0.1, end - time.monotonic()))
            except TimeoutError:
                raise Refused(f"QEMU told of no {name} within {patience:.0f} s") from None
            if "event" in answer:
                self.events.append(answer["event"])
        self.events.remove(name)

    def wait_agent(self, patience: float) -> None:
        """Wait until the guest's agent answers: the machine has booted."""
        number = int(time.time() * 1000) % 10**9
        sync = {"execute": "guest-sync-delimited", "arguments": {"id": number}}
        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                self.agent_lines.send(sync, before=b"\xff")
                while True:
                    answer = self.agent_lines.receive(3)
                    if isinstance(answer, dict) and answer.get("return") == number:
                        self.drain()
                        return
            except (TimeoutError, ValueError):
                continue
        raise Refused(f"the guest has not booted within {patience:.0f} s")

    def drain(self) -> None:
        """Drop answers to what was asked while nobody answered."""
        try:
            while True:
                self.agent_lines.receive(1)
        except TimeoutError:
            return

    def agent(self, command: str, **arguments: Any) -> Any:
        """Have the guest's agent do something."""
        self.agent_lines.send({"execute": command, "arguments": arguments})
        while True:
            answer = self.agent_lines.receive(60)
            if not isinstance(answer, dict):
                continue
            if "error" in answer:
                raise Refused(f"{command}: {answer['error']['desc']}")
            if isinstance(answer["return"], dict | int | list):
                return answer["return"]

    def begin(self, script: str, user: str = "") -> int:
        """Start a script in the guest, as root or as a user in the environment of his systemd."""
        if user:
            home = f"export HOME=/home/{user}; cd; export XDG_RUNTIME_DIR=/run/user/$(id -u)"
            bus = "export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus"
            script = f"runuser -u {user} -- bash -c {shlex.quote(f'{home}; {bus}; {script}')}"
        environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        return self.agent(
            "guest-exec", path="/bin/bash", arg=["-c", script], env=environment, **{"capture-output": True}
        )["pid"]

    def shell(self, script: str, user: str = "", patience: float = 120) -> tuple[int, str]:
        """Run a script in the guest and return its exit status and output."""
        pid = self.begin(script, user)
        end, nap = time.monotonic() + patience, 0.05
        while not (status := self.agent("guest-exec-status", pid=pid))["exited"]:
            if time.monotonic() > end:
                raise Refused(f"took longer than {patience:.0f} s: {script}")
            time.sleep(nap)
            nap = min(0.5, nap * 1.5)
        output = b"".join(base64.b64decode(status.get(k, "")) for k in ("out-data", "err-data"))
        return status.get("exitcode", -1), output.decode(errors="replace").strip()

    def read(self, path: str, since: int) -> bytes:
        """Return what a file of the guest holds from a place on."""
        handle, data = self.agent("guest-file-open", path=path, mode="rb"), b""
        try:
            self.agent("guest-file-seek", handle=handle, offset=since, whence=0)
            while not (part := self.agent("guest-file-read", handle=handle, count=1 << 20))["eof"]:
                data += base64.b64decode(part["buf-b64"])
            return data + base64.b64decode(part.get("buf-b64", ""))
        finally:
            self.agent("guest-file-close", handle=handle)

    def serial_login(self, user: str, patience: float) -> socket.socket:
        """Log in on the serial line, where no desktop is, as by ssh; closing it is up to serial_logout."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self.run / "ttyS1"))
        line.sendall(b"\r")
        self.expect(line, rb"login: $", patience)
        line.sendall(user.encode() + b"\r")
        self.expect(line, rb"\$ $", patience)
        return line

    def serial_logout(self, line: socket.socket) -> None:
        """End the log-in on the serial line."""
        line.sendall(b"exit\r")
        line.close()

    @staticmethod
    def expect(line: socket.socket, pattern: bytes, patience: float) -> None:
        """Wait for a text on a serial line."""
        end, text = time.monotonic() + patience, b""
        while not re.search(pattern, text):
            line.settimeout(max(0.1, end - time.monotonic()))
            try:
                text += line.recv(4096)
            except TimeoutError:
                raise Refused(f"no {pattern!r} on the serial line, but {text[-200:]!r}") from None

    def stop(self) -> None:
        """End QEMU, which this object has started."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
