"""What may happen to a conversion: each strike starts one, does it harm, and says whether it was still going."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faults.data import tree
from starting import begin

__all__ = ["SAYS", "STRIKES", "Field", "Struck"]

_PATIENCE = 120
_FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), Path("/libfaketime.so.1"))


@dataclass
class Struck:
    """What came of one fault: *left* is the share of records that were not finished, *took* seconds of the rerun."""

    hit: bool
    there: bool
    left: float
    took: float
    wrong: str


@dataclass
class Field:
    """Where it happens: the data, the bytes that are right, and the seconds of an undisturbed run."""

    folder: Path
    data: Path
    whole: dict[str, bytes]
    seconds: float
    chance: random.Random

    @property
    def place(self) -> Path:
        """The folder that holds the output and nothing else; strikes may mount a disk there."""
        return self.folder / "place"

    @property
    def out(self) -> Path:
        """The output."""
        return self.place / "out"

    def can(self, kind: str) -> bool:
        """Say whether the machine has what a strike needs."""
        return kind != "clock" or _FAKETIME.exists()

    def arguments(self, *options: str) -> list[str]:
        """Write what is asked of the command line."""
        return ["convert", str(self.data), "--to", "webdataset", "-o", str(self.out), "--workers", "2", *options]

    def start(self, **changes: object) -> subprocess.Popen[str]:
        """Start a conversion, in a process group of its own."""
        self.place.mkdir(exist_ok=True)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        given = {"preexec_fn": _heeding, **changes}
        command = [sys.executable, "-m", "instit_tools", *self.arguments()]
        return subprocess.Popen(command, text=True, start_new_session=True, **pipes, **given)  # type: ignore[call-overload, no-any-return]  # what Popen takes

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a conversion to its end."""
        self.place.mkdir(exist_ok=True)
        return _done(*self.arguments(*options))

    def wait(self, process: subprocess.Popen[str]) -> bool:
        """Wait for a random moment, some parts finished and a while more; say whether it is still going then."""
        shards = json.loads(self.whole["manifest.json"])["shards"]
        parts, wanted = self.place / ".out.partial" / "parts", self.chance.randrange(len(shards))
        deadline = time.monotonic() + _PATIENCE
        while process.poll() is None and len(list(parts.glob("0*"))) < wanted and time.monotonic() < deadline:
            time.sleep(0.002)
        try:
            process.wait(self.chance.uniform(0, 0.5) * self.seconds / (1 if wanted == 0 else len(shards)))
        except subprocess.TimeoutExpired:
            return True
        return False

    def wait_for(self, process: subprocess.Popen[str], name: str) -> bool:
        """Wait until a run has made the file *name* in its hidden folder; say whether it is still going then."""
        while process.poll() is None and not (self.place / ".out.partial" / name).exists():
            time.sleep(0.002)
        return process.poll() is None

    def end(self, process: subprocess.Popen[str]) -> str:
        """Wait for the end, which must come, and give what was said."""
        try:
            return process.communicate(timeout=_PATIENCE)[1]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return "Traceback: it never ended"

    def workers(self, process: subprocess.Popen[str]) -> list[int]:
        """List the processes of the workers."""
        try:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
            return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        except (FileNotFoundError, ProcessLookupError):
            return []

    def wrong(self) -> str:
        """Say what is wrong with what is there now."""
        names = {path.name for path in self.place.iterdir()}
        if names - {"out", ".out.partial"}:
            return f"there is {', '.join(names)}"
        if not self.out.exists():
            return ""
        if tree(self.out) != self.whole:
            return "the output is not what it should be"
        done = _done("verify", str(self.out))
        return "" if done.returncode == 0 else f"verify: {done.stdout}{done.stderr}"

    def left(self) -> float:
        """Give the share of all records that is in no finished part."""
        if self.out.exists():
            return 0.0
        parts = self.place / ".out.partial" / "parts"
        receipts = [json.loads(path.read_bytes()) for path in parts.glob("0*/receipt.json")]
        total = json.loads(self.whole["manifest.json"])["totals"]["records"]
        return 1 - sum(each["records"] for each in receipts) / total

    def clean(self) -> None:
        """Begin with nothing."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()

    def restore(self) -> None:
        """Take away what a strike mounted."""
        while os.path.ismount(self.place):
            subprocess.run(["umount", "-l", str(self.place)], check=True)

    def mount(self, size: int) -> None:
        """Make the place a disk of *size* bytes."""
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.place)], check=True)

    def resize(self, size: str) -> None:
        """Make that disk as large as *size*."""
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.place)], check=True)

    def cover(self) -> None:
        """Lay a view of the place over it in which nothing can be written."""
        subprocess.run(["mount", "--bind", str(self.place), str(self.place)], check=True)
        command = ["mount", "-o", "remount,bind,ro", str(self.place)]
        while subprocess.run(command, capture_output=True, check=False).returncode:  # who opened a file just now
            time.sleep(0.005)

    def uncover(self) -> None:
        """Take that view away."""
        subprocess.run(["umount", "-l", str(self.place)], check=True)


def _done(*arguments: str) -> subprocess.CompletedProcess[str]:
    process = begin(*arguments)
    out, err = process.communicate(timeout=_PATIENCE)
    return subprocess.CompletedProcess(arguments, process.returncode, out.decode(), err.decode())


def _heeding() -> None:
    """Heed an interrupt, as what a shell starts in the background does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _signalled(number: signal.Signals, code: int) -> Callable[[Field], bool]:
    def strike(field: Field) -> bool:
        process = field.start()
        going = field.wait(process)
        if going:
            os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        told = field.end(process)
        early = process.returncode in {-number, 1} and not list(field.place.iterdir())  # before our first line
        late = process.returncode == -number and field.out.exists()  # after our last one
        if (process.returncode not in {code, 0, -signal.SIGINT} or "Traceback" in told) and not early and not late:
            raise AssertionError(f"{process.returncode}: {told}")
        return going

    return strike


def _kill_worker(field: Field) -> bool:
    process = field.start()
    going = field.wait(process)
    victims = field.workers(process)
    if victims:
        os.kill(field.chance.choice(victims), signal.SIGKILL)
    told = field.end(process)
    if process.returncode:
        raise AssertionError(f"{process.returncode}: {told}")
    return going and bool(victims)


def _starve_worker(field: Field) -> bool:
    """Let one worker have no more memory than it has."""
    process = field.start()
    going = field.wait(process)
    victims = field.workers(process)
    if victims:
        limit = 1 << 20
        try:
            resource.prlimit(field.chance.choice(victims), resource.RLIMIT_AS, (limit, limit))
        except ProcessLookupError:
            going = False
    told = field.end(process)
    if process.returncode:  # a worker that starts may say what it lacks
        raise AssertionError(f"{process.returncode}: {told}")
    return going and bool(victims)


def _full_disk(field: Field) -> bool:
    field.mount(field.chance.randrange(1, sum(map(len, field.whole.values()))) + (1 << 16))
    process = field.start()
    told = field.end(process)
    field.resize("1g")
    if process.returncode not in {2, 0} or "Traceback" in told:
        raise AssertionError(f"{process.returncode}: {told}")
    return process.returncode == 2


def _read_only(field: Field) -> bool:
    """Let the disk become read-only for everything that is opened from then on."""
    field.mount(1 << 30)
    process = field.start()
    going = field.wait(process)
    field.cover()
    told = field.end(process)
    field.uncover()
    if process.returncode not in {2, 0} or "Traceback" in told:
        raise AssertionError(f"{process.returncode}: {told}")
    return going and process.returncode != 0


def _few_files(field: Field) -> bool:
    limit = field.chance.randrange(6, 22)
    process = field.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
    told = field.end(process)
    if process.returncode == 0:
        return False
    if process.returncode not in {1, 2, 3} or (process.returncode != 1 and "Traceback" in told):
        raise AssertionError(f"{process.returncode}: {told}")
    return True


def _changed_input(field: Field) -> bool:
    """Change one file of annotations, and change it back before the rerun."""
    path = field.data / field.chance.choice(("video.json", "image.json"))
    content, before = path.read_bytes(), path.stat()
    process = field.start()
    field.wait_for(process, "plan.json")  # before that, it would only be another input
    going = field.wait(process)
    harm = field.chance.choice(("cut", "grow", "replace"))
    if harm == "cut":
        os.truncate(path, field.chance.randrange(len(content)))
    elif harm == "grow":
        with path.open("ab") as stream:
            stream.write(b" ")
    else:
        path.with_suffix(".new").write_bytes(content.replace(b"walks", b"jumps"))
        path.with_suffix(".new").replace(path)
    told = field.end(process)
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    if process.returncode not in {0, 2, 3} or "Traceback" in told:
        raise AssertionError(f"{harm} {process.returncode}: {told}")
    return going and process.returncode != 0


def _clock(field: Field) -> bool:
    """Let the clock jump, forward or back by years, while the run goes on."""
    stamp = field.folder / "clock"
    stamp.write_text("+0", encoding="ascii")
    faked = {
        "LD_PRELOAD": str(_FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    process = field.start(env=os.environ | faked)
    going = field.wait(process)
    stamp.write_text(field.chance.choice(("+9000d", "-9000d", "+2h", "-2h")), encoding="ascii")
    told = field.end(process)
    if process.returncode:
        raise AssertionError(f"{process.returncode}: {told}")
    return going


def _second_run(field: Field) -> bool:
    """Run the same again while the first is at it: held, for starting takes longer than all of its work."""
    first = field.start()
    going = field.wait_for(first, "plan.json")
    first.send_signal(signal.SIGSTOP)
    try:
        second = field.run()
    finally:
        first.send_signal(signal.SIGCONT)
    told = field.end(first)
    refused = "belongs to a run that is still going" in second.stderr
    finished = "already holds" in second.stderr or second.returncode == 0
    if not (refused or finished) or (first.returncode and second.returncode):
        raise AssertionError(f"{first.returncode}: {told}; {second.returncode}: {second.stderr}")
    return going and refused


STRIKES: dict[str, Callable[[Field], bool]] = {
    "parent": _signalled(signal.SIGKILL, -signal.SIGKILL),
    "worker": _kill_worker,
    "interrupt": _signalled(signal.SIGINT, 130),
    "terminate": _signalled(signal.SIGTERM, 130),
    "full": _full_disk,
    "read-only": _read_only,
    "files": _few_files,
    "input": _changed_input,
    "clock": _clock,
    "second": _second_run,
    "memory": _starve_worker,
}

SAYS = {
    "parent": "SIGKILL of the parent",
    "worker": "SIGKILL of a worker",
    "interrupt": "SIGINT to all, as Ctrl-C",
    "terminate": "SIGTERM of the parent",
    "full": "disk full",
    "read-only": "disk becomes read-only",
    "files": "file descriptors exhausted",
    "input": "annotations cut, grown or replaced",
    "clock": "clock jumps by hours or years",
    "second": "a second run on the same output",
    "memory": "a worker gets no more memory",
}
