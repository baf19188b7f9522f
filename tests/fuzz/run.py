"""Mutation fuzzing of ``validate`` and ``repair``: a normal end or a sentence, never anything else, whatever the input.

    python tests/fuzz/run.py --runs 100000 --seconds 3600 --seed 0

Inputs are small files of every kind that the linter reads, spoiled as values and as bytes. Each is looked at, reported,
repaired, looked at again and repaired again; a share of them goes through the command line as a process. An input that
shows a fault is kept, with the command that repeats it.
"""

import argparse
import faulthandler
import json
import multiprocessing
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import DecodeError
from msgspec.json import decode

from instit_tools import schemas
from instit_tools.errors import InstitError
from instit_tools.linting import formats
from instit_tools.linting.base import Problem
from instit_tools.linting.repairing import Job, Repaired, repair
from instit_tools.linting.rules import every
from instit_tools.linting.run import Lint
from instit_tools.linting.settings import Settings
from instit_tools.linting.spans import path_of
from instit_tools.source.layout import BOM
from instit_tools.source.opened import open_inputs
from instit_tools.source.partition import elements, partitions

SLOWEST = 10
"""Seconds that one input may take in all."""
HUNG = 120
PROCESS_EACH = 1000
KEPT = Path(tempfile.gettempdir())

KINDS = ("video-record", "image-record", "bench-item", "bench-prediction", "bench-masks", "llava-row",
         "llama-factory-row", "ms-swift-row", "qwen-vl-row", "trl-row", "webdataset-row")  # fmt: skip
WEIGHTS = (12, 8, 4, 4, 2, 1, 1, 1, 1, 1, 1)
TEXTS = (
    "", " ", "\n\t", "\x00", "\x1b[31m", "[01]", "[1, 2]", "[1-3]", "[3-1]", "[0]", "[ 1 ]", "[999]", "[1-20]",
    "<0>", "<00>", "<03>", "<13>", "<2>-<1>", "<1>-2", "<1-2>", "<1> - <2>", "<0-1>", "<1>-<1>", "<1>-<2-3>",
    "<image>", "<video>", "</s>", "<|im_end|>", "<|", "[INST]", "{{", "<think>", "<<image>image>", "\ufffd", "a\ufffdb",
    "doesn\u00e2\u20ac\u2122t", "\u00c3\u00a9", "\u00c3\u0192\u00c2\u00a9", "I'm sorry, but I can't assist with that.",
    "N/A", "As an AI language model", "1", "01", " 1", "1,2", "1,1", "0", "background", "..", "../../x", "/etc/passwd",
    "C:\\x", "images_vpt/a.jpg", "videos_vpt/a", "001-01", "A", "E", "\u2028", "\u202e", "\N{GRINNING FACE}", "\ud800",
    "\udc80\ud800", "'", '"', "\\", "Is [1] here? [9] is. At <7>, too.", "~1/~0",
)  # fmt: skip
LONG = ("x" * 5000, "[01] " * 300, "[1-999]", "[999-1]", "<1>-2 " * 200, " ".join(f"[0{each}]" for each in range(99)))
NUMBERS = (0, -1, 1, 2, 3, 1.0, 1.5, -0.0, 1e-300, 1e308, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400)
COUNTS = ("", "0", "1", "~", "PPYo0", "o" * 40, "05", "\x7f", "é", "6", [6], [1, 2, 3], [3, 3], [0, 6], [7], [-1, 7],
          [2**63], [2**40, 2**40], [], [1.0, 5], [10**30], [[6]], [None])  # fmt: skip
TWICE = '{"b": 1, "b": 2, "b": {"c": 1, "c": 1}}'
RAW = (
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\r", b"\r\n", b"\x0b", b"\x0c", b"\x1e",
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800", b"\\u0022", b"\\u0000", b"1e400", b"-", b"NaN",
    b"Infinity", b"1E9999999", b"-0", b"01", b"null", b"true", b"{}", b"[]", b'""', b"/* x */", b"PK\x03\x04", b"PAR1",
    b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"<html>", b"[" * 2000, b'{"a":' * 2000, b"\xf4\x90\x80\x80", b"9" * 5000,
)  # fmt: skip


class Random(random.Random):
    """Chance, with what the mutations ask of it most."""

    def once(self, share: float) -> bool:
        """Say yes so often."""
        return self.random() < share


def seeds() -> dict[str, list[object]]:
    """Give the examples of every schema by name: one record or row of each kind and shape."""
    return {kind: schemas.schema(kind)["examples"] for kind in KINDS}


SEEDS = seeds()


def copied(value: object) -> object:
    """Copy a tree, which nothing else may hold."""
    return json.loads(json.dumps(value))


def places(value: object) -> list[tuple[Any, Any]]:
    """List every container in *value* with each of its keys or indices."""
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left:
        inner = left.pop()
        steps = list(inner) if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        found += [(inner, step) for step in steps]
        left += [inner[step] for step in steps]
    return found


def nasty(rng: Random) -> object:
    """Give a value that is seldom the right one."""
    simple = (None, True, False, [], {}, "text", [[]], {"": None})
    return rng.choice(
        (
            rng.choice(simple),
            rng.choice(TEXTS),
            rng.choice(NUMBERS),
            copied(rng.choice(COUNTS)),
            nested(rng),
            some_record(rng),
        )
    )


def nested(rng: Random) -> object:
    """Give lists or objects in each other."""
    value: object = 1
    for _ in range(rng.choice((3, 50, 200))):
        value = [value] if rng.once(0.5) else {rng.choice(("a", "mask", "1")): value}
    return value


def some_record(rng: Random) -> object:
    """Give a record or row of any kind."""
    return copied(rng.choice(SEEDS[rng.choices(KINDS, WEIGHTS)[0]]))


def spoiled(record: object, rng: Random) -> object:
    """Change one thing in a tree."""
    found = places(record)
    if not found:
        return nasty(rng)
    if rng.once(0.6):
        found = [(container, step) for container, step in found if isinstance(container[step], str)] or found
    container, step = rng.choice(found)
    value = container[step]
    change = rng.choice(CHANGES)
    if isinstance(value, str) and rng.once(0.8):
        change = reworded
    elif step in {"counts", "size", "timestamp"} and rng.once(0.5):
        change = miscounted
    change(container, step, rng)
    return record


def reworded(container: object, step: object, rng: Random) -> None:
    """Put something into a text, or in its place."""
    text, odd = container[step], rng.choice(LONG if rng.once(0.02) else TEXTS)
    place = rng.randrange(len(text) + 1)
    container[step] = rng.choice((odd, odd, text[:place] + odd + text[place:], f"{text} {odd}", text[:place]))


def miscounted(container: object, step: object, rng: Random) -> None:
    """Write other runs, or another number."""
    container[step] = copied(rng.choice((rng.choice(COUNTS), rng.choice(NUMBERS), [2, 3], [3, 2], [0, 0])))


def replaced(container: object, step: object, rng: Random) -> None:
    """Put a value of any type in the place of another."""
    container[step] = nasty(rng)


def dropped(container: object, step: object, _: Random) -> None:
    """Take a value away."""
    del container[step]


def renamed(container: object, step: object, rng: Random) -> None:
    """Give a key another name, in its place, or an element another place."""
    if isinstance(container, list):
        container.insert(rng.randrange(len(container)), container.pop(step))
        return
    new = rng.choice((rng.choice(TEXTS), f"{step} ", f"0{step}", f"{step},{step}", "extra", "segmentations"))
    members = [(new if key == step else key, value) for key, value in container.items()]
    container.clear()
    container.update(members)


def added(container: object, step: object, rng: Random) -> None:
    """Add a copy, or anything."""
    value = copied(container[step]) if rng.once(0.6) else nasty(rng)
    if isinstance(container, list):
        container.insert(step, value)
    else:
        container[rng.choice(("4", "01", "1,3", "1,2,3", "3", "reviewer", "segmentations", rng.choice(TEXTS)))] = value


CHANGES: tuple[Callable[[object, object, Random], None], ...] = (replaced, dropped, renamed, added, added, miscounted)


def dumped(record: object, rng: Random) -> str:
    """Write a record, now and then with a key twice, and a number that no JSON writer gives."""
    text = json.dumps(
        record,
        indent=rng.choice((None, None, None, 2, 0, "\t")),
        separators=rng.choice(((",", ":"), (", ", ": "), (", ", ": "), (" , ", " : "))),
        ensure_ascii=rng.once(0.5),
    )
    if rng.once(0.08):
        text = text.replace(rng.choice((" 1", " 2", "[", ": ")), rng.choice((" 1e400", " -0", " 1E2", " 1.0")), 1)
    if rng.once(0.12) and isinstance(record, dict) and record:
        key = rng.choice([step for _, step in places(record) if isinstance(step, str)])
        value = rng.choice((json.dumps(nasty(rng)), json.dumps(record.get(key)), TWICE))
        text = text.replace("{", f"{{{json.dumps(key)}: {value}, ", rng.choice((1, 1, 2, 9)))
    return text


def written(rng: Random) -> tuple[str, bytes]:
    """Make up a file: its name, and what it holds."""
    first = some_record(rng)
    records = [first, *(copied(rng.choice((first, some_record(rng)))) for _ in range(rng.choice((0, 1, 2, 4))))]
    for number in range(len(records)):
        for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
            records[number] = spoiled(records[number], rng)
    texts = [dumped(record, rng) for record in records]
    if rng.once(0.45):
        end = rng.choice(("\n", "\n", "\r\n", "\n\n", " \n"))
        text = end.join(" ".join(text.splitlines()) for text in texts) + rng.choice((end, "", "\n\n", " "))
        name = rng.choice(("x.jsonl", "x.jsonl", "x.json"))
    else:
        comma = rng.choice((",", ", ", ",\n", ",\n  ", " ,\r\n"))
        text = "".join((rng.choice(("[", "[ ", "[\n  ")), comma.join(texts), rng.choice(("]", "]\n", "\n]", " ] \n"))))
        text = texts[0] if rng.once(0.05) else text
        name = rng.choice(("x.json", "x.json", "x.json", "x.jsonl"))
    raw = text.encode("utf-8", "surrogatepass")
    return name, BOM * rng.once(0.05) + raw


def cut(raw: bytes, other: bytes, rng: Random) -> bytes:
    """Damage bytes."""
    start, stop = sorted((rng.randrange(len(raw) + 1), rng.randrange(len(raw) + 1)))
    flipped = bytes(byte ^ 1 << rng.randrange(8) for byte in raw[start : start + 1])
    end = rng.choice((
        b"",
        raw[stop:],
        raw[start // 2 :],
        other[rng.randrange(len(other) + 1) :],
        flipped + raw[start + 1 :],
        flipped + raw[start + 1 :],
        rng.choice(RAW) + raw[start + rng.randrange(3) :],
        rng.choice(RAW) + raw[start + rng.randrange(3) :],
        rng.randbytes(rng.randrange(1, 9)) + raw[start:],
    ))  # fmt: skip
    return raw[:start] + end


def made(seed: str) -> tuple[str, bytes, Random]:
    """Make the input of one run."""
    rng = Random(seed)
    name, raw = written(rng)
    if rng.once(0.35):
        _, other = written(rng)
        for _ in range(rng.choice((1, 1, 2, 4))):
            raw = cut(raw, other, rng)
    return name, raw, rng


def trial(seed: str, folder: Path, *, process: bool = False) -> tuple[str, ...]:
    """Run one input through everything, and name what came of it; raise for whatever should never be."""
    name, raw, rng = made(seed)
    for old in folder.iterdir():
        old.unlink()
    path = folder / name
    path.write_bytes(raw)
    (folder / "seed").write_text(seed)
    unsafe = rng.once(0.7)
    began = time.monotonic()
    faulthandler.dump_traceback_later(HUNG, exit=True)
    try:
        found = looked(path, rng.choice(formats.available()))
        outcomes = (*found, *mended(path, folder / f"out-{name}", unsafe=unsafe))
        if process:
            outcomes += (by_process(path, folder / f"again-{name}", unsafe=unsafe),)
    finally:
        faulthandler.cancel_dump_traceback_later()
    took = time.monotonic() - began
    assert took < SLOWEST + HUNG * process, f"took {took:.1f} s"
    return outcomes


def lint(path: Path) -> tuple[list[Problem], Lint]:
    """Find the problems of a file."""
    run = Lint(Settings(inputs=(str(path),), media="none"))
    return list(run), run


def looked(path: Path, form: str) -> tuple[str, ...]:
    """Validate, and print it in one of the formats."""
    try:
        problems, run = lint(path)
    except InstitError as error:
        check_sentence(error)
        return ("validate: unreadable",)
    for problem in problems:
        assert problem.code in every()
        assert problem.message.strip()
        assert problem.severity == every()[problem.code].severity
    report = b"".join(formats.load(form).lines(iter(problems), lambda: run.summary))
    if form == "json":
        decode(report)
    return ("validate: problems" if problems else "validate: clean",)


def check_sentence(error: InstitError) -> None:
    """Hold a refusal against what people are promised."""
    assert error.exit_code == 2
    assert error.message


def mended(path: Path, out: Path, *, unsafe: bool) -> tuple[str, ...]:
    """Repair, look at the result, and repair it again."""
    job = Job(settings=Settings(inputs=(str(path),), media="none"), unsafe=unsafe)
    try:
        done = repair(job, out)
    except InstitError as error:
        check_sentence(error)
        assert not list(out.parent.glob("*out-*"))
        return ("repair: unreadable",)
    check_lists(path, out, done)
    if not out.read_bytes().removeprefix(BOM).strip():
        assert done.aside == done.records
        return ("repair: nothing left of JSON lines",)
    left, run = lint(out)
    assert run.summary.records == done.records - done.aside
    assert Counter(problem.code for problem in left) == Counter(done.left)
    for problem in left:
        assert problem.repair is None or (problem.repair == "unsafe" and not unsafe), f"left: {problem}"
    again = out.with_name(f"twice-{out.name}")
    twice = repair(Job(settings=Settings(inputs=(str(out),), media="none"), unsafe=unsafe), again)
    assert (twice.changed, twice.aside, twice.changes) == (0, 0, {})
    assert again.read_bytes() == out.read_bytes()
    if not done.changed and not done.aside:
        assert out.read_bytes() == path.read_bytes()
        return ("repair: as it was",)
    return ("repair: set aside" if done.aside else "repair: changed",)


def check_lists(path: Path, out: Path, done: Repaired) -> None:
    """Repair once more by hand, from the list of changes and the file of rejects."""
    changes: dict[int, list[dict[str, Any]]] = {}
    for change in listed(out, ".changes.jsonl"):
        changes.setdefault(change["record"], []).append(change)
    rejects = {each["record"]: each["content"] for each in listed(out, ".rejects.jsonl")}
    assert len(rejects) == done.aside
    assert rejects.keys() == {number for number, made in changes.items() if made[0]["action"] == "set aside"}
    assert len(changes) - len(rejects) == done.changed
    before, after = records(path), [raw for _, raw in records(out)]
    assert len(before) == done.records == len(after) + done.aside
    for number, raw in before:
        if number in rejects:
            assert is_whole(rejects[number], raw)
        elif number in changes:
            assert by_hand(decode(raw), changes[number]) == decode(after.pop(0))
        else:
            assert raw.strip() == after.pop(0).strip()


def listed(out: Path, ending: str) -> list[dict[str, Any]]:
    """Read one of the lists beside *out*, which is there if it lists anything."""
    path = out.with_name(out.name + ending)
    return [decode(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def records(path: Path) -> list[tuple[int, bytes]]:
    """Read what a file holds: numbers, and JSON as it is written there."""
    if not path.read_bytes().removeprefix(BOM).strip():
        return []
    with tempfile.TemporaryDirectory(dir=path.parent) as spool:
        (source,) = open_inputs([str(path)], Path(spool), objects=True)
        return [(each.number, bytes(each.json)) for part in partitions(source, 1 << 20) for each in elements(part)]


def is_whole(content: object, raw: bytes) -> bool:
    """Whether a reject holds all of a record."""
    try:
        return content == decode(raw)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return content == raw.decode("utf-8", "backslashreplace")


def by_hand(tree: Any, changes: list[dict[str, Any]]) -> object:
    """Make the listed changes one after another, as whoever reads the list would."""
    for change in changes:
        *way, last = path_of(change["path"], tree)
        inner = tree
        for step in way:
            inner = inner[step]
        match change["edit"]:
            case "drop" if "occurrence" not in change:
                assert inner.pop(last) == change["before"]
            case "rename":
                assert last == change["before"]
                inner[change["after"]] = inner.pop(last)
            case "order":
                inner[last] = [inner[last][index] for index in change["after"]]
            case "put":
                assert inner[last] == change["before"]
                inner[last] = change["after"]
    return tree


def by_process(path: Path, out: Path, *, unsafe: bool) -> str:
    """Do both from the command line."""
    options = ["--unsafe"] * unsafe
    for arguments in (["validate", path], ["repair", path, "-o", out, *options], ["repair", path, "--diff", *options]):
        done = subprocess.run(
            [sys.executable, "-m", "instit_tools", *map(str, arguments)], capture_output=True, check=False, timeout=HUNG
        )
        assert done.returncode in {0, 1, 2, 3}, (arguments, done.returncode, done.stderr)
        assert b"Traceback" not in done.stderr
        assert done.returncode != 2 or done.stderr.startswith(b"error: ")
    return f"process: {done.returncode}"


class Fuzz(NamedTuple):
    """What is tried: one input by its seed in a folder, all that it is made of, and the command to do it again."""

    trial: Callable[..., tuple[str, ...]]
    files: Callable[[str], Mapping[str, bytes]]
    command: str


def worker(fuzz: Fuzz, seed: int, numbers: range, until: float, answers: "multiprocessing.Queue[object]") -> None:
    """Try one input after another, and tell what came of them."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=shm(), prefix="instit-fuzz-") as name:
        tempfile.tempdir = name + "-tmp"  # what is being tested makes folders, too
        Path(tempfile.tempdir).mkdir()
        answers.put(("folder", numbers.start, name))
        for number in numbers:
            if time.monotonic() > until:
                break
            outcomes["runs"] += 1
            try:
                outcomes.update(fuzz.trial(f"{seed}/{number}", Path(name), process=not number % PROCESS_EACH))
            except Exception:  # noqa: BLE001  # whatever it is, it is a finding
                outcomes["FAULTS"] += 1
                answers.put(("fault", number, f"{kept(fuzz, f'{seed}/{number}')}\n{traceback.format_exc()}"))
        answers.put(("done", numbers.start, outcomes))
    shutil.rmtree(name + "-tmp", ignore_errors=True)


def shm() -> str | None:
    """Name a folder in memory, where there is one: every output is synchronised to its disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder of our own is made in it


def kept(fuzz: Fuzz, seed: str) -> str:
    """Keep the input of a fault, and say how to repeat it."""
    start = KEPT / f"instit-fuzz-{seed.replace('/', '-')}"
    for name, raw in fuzz.files(seed).items():
        start.with_name(f"{start.name}-{name.replace('/', '-')}").write_bytes(raw)
    return f"{start}-*, again with: {fuzz.command} --only {seed}"


def run(fuzz: Fuzz, runs: int, seed: int, seconds: float, workers: int) -> Counter[str]:
    """Try *runs* inputs, or as many as there is time for, and count what came of them."""
    answers: multiprocessing.Queue[tuple[str, int, object]] = multiprocessing.Queue()
    until = time.monotonic() + seconds
    going = {
        first: multiprocessing.Process(target=worker, args=(fuzz, seed, range(first, runs, workers), until, answers))
        for first in range(workers)
    }
    for task in going.values():
        task.start()
    total: Counter[str] = Counter()
    folders: dict[int, str] = {}
    while going:
        try:
            what, which, told = answers.get(timeout=5)
        except queue.Empty:
            for number in [each for each, task in going.items() if task.exitcode is not None]:
                report(f"the process ended with {going.pop(number).exitcode}: {kept(fuzz, last_of(folders[number]))}")
                total["FAULTS"] += 1
            continue
        if what == "folder":
            folders[which] = str(told)
        elif what == "done":
            del going[which]
            total += told
        else:
            report(str(told))
    return total


def last_of(folder: str) -> str:
    """Say which input a process was at when it died."""
    shutil.rmtree(f"{folder}-tmp", ignore_errors=True)
    seed = Path(folder, "seed").read_text(encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    return seed


def report(fault: str) -> None:
    """Print what was found as soon as it is."""
    sys.stdout.write(f"FAULT: {fault}\n")
    sys.stdout.flush()


def files(seed: str) -> dict[str, bytes]:
    """Give the file of one run."""
    name, raw, _ = made(seed)
    return {name: raw}


def main(fuzz: Fuzz, about: str | None = __doc__) -> int:
    """Read the options, run, and print a line of figures."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--only", metavar="SEED/NUMBER", help="Repeat one input.")
    options = parser.parse_args()
    if options.only:
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(f"{', '.join(fuzz.trial(options.only, Path(folder), process=True))}\n")
        return 0
    began = time.monotonic()
    total = run(fuzz, options.runs, options.seed, options.seconds, options.workers)
    took = time.monotonic() - began
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(total.items()) if outcome != "runs")
    sys.stdout.write(f"{total['runs']:,} inputs in {took:,.0f} s ({total['runs'] / took:,.0f}/s): {told}\n")
    return 1 if total["FAULTS"] else 0


if __name__ == "__main__":
    sys.exit(main(Fuzz(trial, files, "python tests/fuzz/run.py")))
