"""Mutation fuzzing of what is no annotation: pictures, zips and tars of them, runs of masks, Parquet.

    cd tests && python -m fuzz.media --runs 20000 --seconds 3600 --seed 0

Real archives and pictures are damaged where it matters, in headers mostly, with checksums mended now and then; what
is made of them goes through `convert` to the targets that open and decode pictures, `validate --deep` and `stats`.
"""

import io
import json
import struct
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import image, video
from fuzz.converting import check_one_line, converted, emptied, in_time, measured
from fuzz.run import COUNTS, Fuzz, Random, main
from PIL import Image

from instit_tools.columnar import laid
from instit_tools.columnar import table as laid_out
from instit_tools.columns import schema
from instit_tools.errors import InstitError
from instit_tools.linting.run import Lint
from instit_tools.linting.settings import Settings
from instit_tools.masks import runs
from instit_tools.media.clips import installed
from instit_tools.source.decode import decode

RECORDS = [video(1), image(2)]
PATHS = [f"videos_vpt/LVVIS/00001/{number}.jpg" for number in (1, 2, 3)] + ["images_vpt/sa_000001/2.jpg"]
OPENING = ("coco", "energon", "llava", "ms-swift", "parquet embedded", "trl", "webdataset", "webdataset by record")
CLIPS = ("llama-factory mp4", "llava mp4", "ms-swift mp4", "qwen-vl mp4") if installed() else ()
HEADERS = (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")
NUMBERS = (0, 1, 2, 255, 256, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
BLOCK = 512
TYPES = (tarfile.REGTYPE,) * 9 + (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.CONTTYPE)
SIZES = (b"77777777777\0", b"00000000000\0", b"\xff" * 12, b"\xff" * 10 + b"\xfe\0", b"\x80" + b"\x7f" * 11, b" " * 12,
         b"-0000000001\0", b"\xff" * 11 + b"\x01", b"00000002000\0", b"\x80" + b"\0" * 10 + b"\x01")  # fmt: skip


@cache
def pictures() -> tuple[bytes, ...]:
    """Make one picture of each kind."""
    found = []
    for form, mode in (("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "P"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("GIF", "P"),
                       ("BMP", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK")):  # fmt: skip
        out = io.BytesIO()
        Image.linear_gradient("L").resize((32, 24)).convert("RGB").convert(mode).save(out, form)
        found.append(out.getvalue())
    return tuple(found)


def damaged(data: bytes, rng: Random) -> bytes:
    """Change some bytes, in the first of them mostly, or cut."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        end = len(data) if rng.once(0.3) else min(len(data), 80)
        place = rng.randrange(end + 1)
        match rng.randrange(5):
            case 0:
                del data[place:]
            case 1:
                data[place : place + rng.randrange(9)] = rng.randbytes(rng.randrange(9))
            case 2:
                form = rng.choice(("<H", ">H", "<I", ">I"))
                number = rng.choice(NUMBERS) & (0xFFFF if form[1] == "H" else 0xFFFFFFFF)
                data[place : place + struct.calcsize(form)] = struct.pack(form, number)
            case _:
                data[place : place + 1] = rng.randbytes(1)
    return bytes(data)


def some_pictures(rng: Random) -> dict[str, bytes]:
    """Give a picture for each path, now and then a damaged one, or none."""
    one = rng.choice(pictures())
    found = {path: one if rng.once(0.7) else rng.choice(pictures()) for path in PATHS}
    for path in PATHS:
        if rng.once(0.15):
            found[path] = damaged(found[path], rng)
    return found


def zipped(files: dict[str, bytes], rng: Random) -> bytes:
    """Pack a zip, and spoil its headers."""
    out = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            with archive.open(name, "w", force_zip64=rng.once(0.2)) as member:
                member.write(data)
    data = bytearray(out.getvalue())
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        kind = rng.choice(HEADERS)
        starts = [place for place in range(len(data)) if data.startswith(kind, place)]
        if starts:
            place = rng.choice(starts) + 4 + 2 * rng.randrange(21)
            form = rng.choice(("<H", "<I"))
            number = rng.choice((*NUMBERS, rng.randrange(1 << 16))) & (0xFFFF if form == "<H" else 0xFFFFFFFF)
            data[place : place + struct.calcsize(form)] = struct.pack(form, number)
    return bytes(data) if rng.once(0.8) else damaged(bytes(data), rng)


def tarred(files: dict[str, bytes], rng: Random) -> bytes:
    """Pack a tar, and spoil its headers, mostly so that their checksums hold."""
    out = io.BytesIO()
    form = rng.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT))
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name if rng.once(0.8) or form == tarfile.USTAR_FORMAT else f"{'long/' * 50}{name}")
            info.size, info.type = len(data), rng.choice(TYPES)
            if form == tarfile.PAX_FORMAT and rng.once(0.3):
                info.pax_headers = {rng.choice(("size", "path", "GNU.sparse.size", "GNU.sparse.map", "mtime", "x")):
                                    rng.choice(("-1", "9" * 20, "0,5,99,-3", "x", "../x", "1e9", ""))}  # fmt: skip
            archive.addfile(info, io.BytesIO(data))
    data = bytearray(out.getvalue())
    for _ in range(rng.choice((0, 1, 1, 2))):
        headers = [at for at in range(0, len(data) - BLOCK, BLOCK) if data[at + 257 : at + 262] == b"ustar"]
        if headers:
            spoil_header(data, rng.choice(headers), rng)
    return bytes(data) if rng.once(0.8) else damaged(bytes(data), rng)


def spoil_header(data: bytearray, start: int, rng: Random) -> None:
    """Change a size, a kind or any byte of one header of a tar."""
    match rng.randrange(4):
        case 0:
            data[start + 124 : start + 136] = rng.choice(SIZES)
        case 1:
            data[start + 156 : start + 157] = rng.choice([bytes([each]) for each in b"01234567SgxLKN\0"])
        case 2:
            data[start + 386 : start + 386 + 96] = rng.randbytes(96)
        case _:
            data[start + rng.randrange(BLOCK)] = rng.randrange(256)
    if rng.once(0.8):
        data[start + 148 : start + 156] = b" " * 8
        data[start + 148 : start + 156] = b"%06o\0 " % sum(data[start : start + BLOCK])


def table(rng: Random) -> bytes:
    """Write records as Parquet, spoiled as values or as bytes."""
    kind = rng.choice(("video", "image"))
    rows = [laid(decode(json.dumps(record).encode())) for record in RECORDS if f"{kind}_id" in record]
    made = laid_out(rows * rng.choice((1, 3)), schema(kind))
    if rng.once(0.4):
        name = rng.choice(made.column_names)
        other = rng.choice((pa.nulls(len(made)), pa.array([1.5] * len(made)), pa.array([b"\xff"] * len(made)),
                            pa.array([[1]] * len(made)), pa.array(["{"] * len(made)),
                            pa.array(['{"drop": ["/x/y"]}'] * len(made)),
                            pa.array(['{"set": {"": 1, "/": 2, "image_id": 3}}'] * len(made))))  # fmt: skip
        made = made.set_column(made.column_names.index(name), name, other)
    out = io.BytesIO()
    pq.write_table(made, out, compression=rng.choice(("none", "snappy", "zstd")), version=rng.choice(("1.0", "2.6")))
    data = out.getvalue()
    if rng.once(0.5):
        return data
    end = len(data) - rng.randrange(min(len(data), 4000))
    return data[:end] + damaged(data[end:], rng)


def files(seed: str) -> dict[str, bytes]:
    """Make all files of one run."""
    rng = Random(seed)
    if rng.once(0.25):
        return {"x.parquet": table(rng)}
    found = {"x.json": json.dumps(RECORDS).encode()}
    inside = some_pictures(rng)
    match rng.randrange(4):
        case 0:
            return found | {"media.zip": zipped(inside, rng)}
        case 1:
            return found | {"media.tar": tarred(inside, rng)}
        case _:
            return found | {f"media/{name}": data for name, data in inside.items()}


def trial(seed: str, folder: Path, *, process: bool = False) -> tuple[str, ...]:
    """Run one input through what opens it."""
    made, rng = files(seed), Random(f"{seed}/what")
    emptied(folder)
    for name, data in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "seed").write_text(seed)
    source = folder / ("x.parquet" if "x.parquet" in made else "x.json")
    media = next((str(folder / name) for name in ("media.zip", "media.tar") if name in made), str(folder / "media"))
    media = media if source.suffix == ".json" else "none"
    with in_time():
        outcomes = [added_up(rng), linted(source, media)]
        names = ("jsonl", "parquet", "llava") if media == "none" else OPENING
        clips = CLIPS if rng.once(0.1) and media != "none" else ()
        outcomes.append(converted(source, folder, rng.choice(clips or names), rng, media))
        if rng.once(0.06):
            outcomes.append(measured(source, folder, rng, media))
    return tuple(outcomes)


def linted(source: Path, media: str) -> str:
    """Validate, decoding pictures."""
    try:
        return "validate: problems" if list(Lint(Settings(inputs=(str(source),), media=media, deep=True))) else "clean"
    except InstitError as error:
        check_one_line(error)
        return "validate: refused"


def added_up(rng: Random) -> str:
    """Add up runs one by one and together, which must come to the same."""
    codes = [code for code in (rng.choice(COUNTS) for _ in range(8)) if is_runs(code)]
    codes += ["".join(chr(rng.randrange(40, 120)) for _ in range(rng.randrange(1, 60))) for _ in range(20)]
    alone = [runs([code])[0] for code in codes]
    assert runs(codes) == alone
    assert all(0 <= each.area <= each.total for each in alone)
    return "runs: some sound" if any(each.sound for each in alone) else "runs: none sound"


def is_runs(code: object) -> bool:
    """Say whether a code has the type of one, which the schema asks for before."""
    return isinstance(code, str) or all(isinstance(each, int) for each in code)


if __name__ == "__main__":
    sys.exit(main(Fuzz(trial, files, "cd tests && python -m fuzz.media"), __doc__))
