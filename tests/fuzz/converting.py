"""What `convert`, `verify` and `stats` may come to, whatever they are given: a normal end or a sentence."""

import faulthandler
import io
import time
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

from conftest import VARIANTS
from fuzz.run import HUNG, SLOWEST, Random, check_sentence

from instit_tools import console
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import InstitError
from instit_tools.reporting.folder import Outputs, write
from instit_tools.statistics.settings import Settings as Measuring
from instit_tools.verification.run import verify_folder

PACKED = "is in an archive, as others may be"
"""What `verify` says of pictures that are fine, and that a trainer has to find unpacked."""

__all__ = ["converted", "emptied", "in_time", "measured"]


@contextmanager
def in_time() -> Generator[None]:
    """Fail where one input takes long; end the process where it hangs."""
    began = time.process_time()  # others may be at work too
    faulthandler.dump_traceback_later(HUNG, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
    took = time.process_time() - began
    assert took < SLOWEST, f"took {took:.1f} s"


def emptied(folder: Path) -> None:
    """Take everything in *folder* away."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def converted(inputs: Path, folder: Path, variant: str, rng: Random, media: str = "none") -> str:
    """Convert into *folder*; where that ends well, there is nothing for `verify` to find, and nothing beside it."""
    given = {"inputs": (str(inputs),), "out": str(folder / "out"), "target": variant, "media": media}
    asked = {
        "on_error": rng.choice(("stop", "reject", "reject")),
        "max_frames": rng.choice((None, None, 1, 2)),
        "max_instances": rng.choice((None, None, 1)),
    }
    if variant in {"coco", "jsonl", "parquet", "parquet embedded"}:
        asked = {"on_error": asked["on_error"]}
    before = sorted(folder.rglob("*"))
    try:
        made = convert(Settings(**(given | asked | VARIANTS[variant])))
    except InstitError as error:
        check_one_line(error)
        assert sorted(folder.rglob("*")) == before
        return f"{variant}: refused"
    assert {path for path in folder.iterdir() if path not in before} == {folder / "out"}
    report = verify_folder(folder / "out", media=Path(media) if media != "none" else None)
    found = [each for each in report.problems if PACKED not in each.message]
    assert found == [], found[:3]
    return f"{variant}: rejects" if made.totals.rejects else f"{variant}: whole"


def measured(inputs: Path, folder: Path, rng: Random, media: str = "none") -> str:
    """Measure into *folder*."""
    settings = Measuring(
        inputs=(str(inputs),),
        on_error=rng.choice(("stop", "reject", "reject")),
        recipes=rng.choice(((), ("paper",), ("qa",))),
        by=rng.choice(("level", "source", "kind")),
        media=media,
        workers=1,
    )
    before = sorted(folder.rglob("*"))
    try:
        summary = write(settings, folder / "measured", Outputs(report=False))
    except InstitError as error:
        check_one_line(error)
        assert sorted(folder.rglob("*")) == before
        return "stats: refused"
    assert {path for path in folder.iterdir() if path not in before} == {folder / "measured"}
    return "stats: rejects" if summary.totals.rejected else "stats: whole"


def check_one_line(error: InstitError) -> None:
    """Hold a refusal against what people are promised: a line, and another one for the hint."""
    check_sentence(error)
    with redirect_stderr(io.StringIO()) as shown:
        console.error(error)
    starts = [line.partition(" ")[0] for line in shown.getvalue().splitlines()]
    assert starts == ["error:", "hint:"][: 1 + bool(error.hint)], shown.getvalue()
