"""Writing a made-up dataset: annotation files, media trees, a list of planted defects, a note of what was made."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from instit_tools.commit import staged
from instit_tools.errors import UsageError
from instit_tools.made_up.annotate import Json, Masks, image_record, video_record
from instit_tools.made_up.bench import write_bench
from instit_tools.made_up.chance import chance
from instit_tools.made_up.defects import IDENTITY, SPOIL, UNCAPTIONED, Planted, plant, registry
from instit_tools.made_up.patient import Patient
from instit_tools.made_up.scene import Scene, image_scene, video_scene

__all__ = ["Options", "Progress", "Written", "write"]

Progress = Callable[[str, int, int], None]
"""Is told the kind of records being made, how many are done, and how many there will be."""

_REPORT_EVERY = 64


class Options(Struct, frozen=True, kw_only=True):
    """What to make; *defects* is how likely a record gets one planted defect, *bench* says to make a benchmark too."""

    videos: int = 20
    images: int = 20
    masks: bool = False
    media: bool = False
    defects: float = 0.0
    bench: bool = False
    seed: int = 0


class Written(Struct, frozen=True, kw_only=True):
    """What was made: the folder, the files at its top, and what they hold, counted while making it.

    *instances* are distinct ids within a record; captions are counted where they are not empty; *pictures* are files
    of the marked tree, and the raw tree has as many. How things come and go is counted in the scenes, whatever is
    planted: those that *appeared* or were *gone* from a frame of a video to the next, frames missing between a thing's
    first and last (*gaps*), and how often one *returns* after that.
    """

    folder: str
    files: tuple[str, ...]
    videos: int = 0
    images: int = 0
    frames: int = 0
    instances: int = 0
    instance_captions: int = 0
    frame_captions: int = 0
    temporal_captions: int = 0
    video_captions: int = 0
    questions: int = 0
    appeared: int = 0
    gone: int = 0
    gaps: int = 0
    returns: int = 0
    pictures: int = 0
    bench_questions: int = 0
    planted: dict[str, int] = {}


class _Kind(Struct, frozen=True):
    """How one kind of record is made."""

    name: Literal["video", "image"]
    count: int
    scene: Callable[..., Scene]
    record: Callable[..., Json]


class _Made(Struct, frozen=True):
    """One record, the scene it tells of, and what was spoilt in it."""

    scene: Scene
    record: Json
    planted: Planted | None


def write(folder: Path, options: Options, *, progress: Progress | None = None) -> Written:
    """Make a dataset in *folder*, which appears whole or not at all; equal options give equal bytes.

    Writes ``made_up_video.json`` and ``made_up_image.json`` (names end in ``_w_mask.json`` with masks; a kind of which
    there are none has no file), media trees, ``planted.jsonl`` where defects were asked for, a folder ``bench`` with
    questions and predictions where a benchmark was, and ``synth.json``.

    Raises `OutputError` when *folder* holds anything already, `UsageError` when *options* make no sense.
    """
    _check(options)
    kinds = (
        _Kind("video", options.videos, video_scene, video_record),
        _Kind("image", options.images, image_scene, image_record),
    )
    tally: Counter[str] = Counter()
    planted: list[Planted] = []
    with staged(folder) as partial:
        for kind in kinds:
            if kind.count:
                planted += _write_kind(partial, kind, options, tally, progress)
                if options.bench:
                    scenes = [kind.scene(index, seed=options.seed) for index in range(kind.count)]
                    tally["bench_questions"] += write_bench(partial, kind.name, scenes, options.seed)
        if options.defects:
            (partial / "planted.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(planted))
        return _note(partial, folder, options, tally, planted)


def _check(options: Options) -> None:
    if options.videos < 0 or options.images < 0:
        message = f"{min(options.videos, options.images)} records cannot be made"
        raise UsageError(message, hint="ask for 0 or more videos and images")
    if not 0 <= options.defects <= 1:
        message = f"a defect rate of {options.defects} is no probability"
        raise UsageError(message, hint="give a number from 0 to 1")


def _note(partial: Path, folder: Path, options: Options, tally: Counter[str], planted: list[Planted]) -> Written:
    files = sorted([*(path.name for path in partial.iterdir() if _is_result(path)), "synth.json"])
    codes = dict(sorted(Counter(defect.code for defect in planted).items()))
    written = Written(folder=str(folder), files=tuple(files), planted=codes, **tally)
    counts = msgspec.to_builtins(written)
    del counts["folder"], counts["files"]
    note = msgspec.json.encode({"options": options, "counts": counts})
    (partial / "synth.json").write_bytes(msgspec.json.format(note, indent=2) + b"\n")
    return written


def _is_result(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _write_kind(
    partial: Path, kind: _Kind, options: Options, tally: Counter[str], progress: Progress | None
) -> list[Planted]:
    planted: list[Planted] = []
    path = partial / f"made_up_{kind.name}{'_w_mask' if options.masks else ''}.json"
    with path.open("wb") as out:
        between = b"["
        for done, made in enumerate(_made(kind, options), start=1):
            out.write(between + _indented(made.record))
            between = b","
            tally.update(_counts(made.record))
            tally.update(_presence(made.scene))
            planted += [made.planted] if made.planted else []
            if options.media:
                tally["pictures"] += _draw(partial, kind, made)
            if progress and (done % _REPORT_EVERY == 0 or done == kind.count):
                progress(kind.name, done, kind.count)
        out.write(b"\n]\n")
    return planted


def _indented(record: Json) -> bytes:
    """Encode *record* as an element of an array: one space for each level, as in the sample on the project page."""
    return msgspec.json.format(b"[" + msgspec.json.encode(record) + b"]", indent=1)[1:-2]


def _made(kind: _Kind, options: Options) -> Iterator[_Made]:
    masks = _masks(kind.name) if options.masks else None
    defects = registry(kind.name, masks=options.masks, media=options.media)
    earlier: Json | None = None
    for index in range(kind.count):
        scene = kind.scene(index, seed=options.seed)
        record = kind.record(scene, seed=options.seed, masks=masks)
        rng = chance(options.seed, f"{kind.name}-defect", index)
        planted = None
        if options.defects and record.get("video_level_caption") == "":  # it is a defect without being planted
            planted = plant(Patient(kind.name, record, rng), {UNCAPTIONED: defects[UNCAPTIONED]}, index)
        elif rng.random() < options.defects:
            planted = plant(Patient(kind.name, record, rng, earlier), defects, index)
        if planted is None or planted.code not in IDENTITY:
            earlier = record
        yield _Made(scene, record, planted)


def _masks(kind: str) -> Masks:
    from instit_tools.made_up import raster  # numpy and pycocotools: only where masks are asked for

    return raster.video_masks if kind == "video" else raster.image_masks


def _draw(partial: Path, kind: _Kind, made: _Made) -> int:
    """Write the pictures of a record, spoilt where that was planted; give the number of files in the marked tree."""
    from instit_tools.made_up import media  # numpy and Pillow: only where media are asked for

    pictures = media.video_pictures(made.scene) if kind.name == "video" else media.image_pictures(made.scene)
    spoils = {made.planted.file: SPOIL[made.planted.code]} if made.planted and made.planted.file else {}
    return sum(media.save(partial, pair, spoils.get(pair[0])) for pair in pictures)


def _counts(record: Mapping[str, Any]) -> dict[str, int]:
    frames = record.get("frame_level_caption")
    if frames is None:
        captions = record["instance_level_caption"]
        texts = {"images": 1, "frame_captions": _said([record["image_level_caption"]])}
        return texts | {"instances": len(captions), "instance_captions": _said(captions.values())}
    maps = [frame["instance_level"] for frame in frames]
    return {
        "videos": 1,
        "frames": len(frames),
        "instances": len({key for captions in maps for key in captions}),
        "instance_captions": _said(text for captions in maps for text in captions.values()),
        "frame_captions": _said(frame["image_level"] for frame in frames),
        "temporal_captions": _said(frame["temporal_change"] for frame in frames),
        "video_captions": _said([record["video_level_caption"]]),
        "questions": len(record["question_answer_pairs"]),
    }


def _presence(scene: Scene) -> dict[str, int]:
    """Count comings and goings on a line a thing, a letter a frame: ``-xx-x-`` comes twice and goes twice."""
    lines = ["".join("x" if number in frame else "-" for frame in scene.frames) for number in scene.things]
    between = [line.strip("-") for line in lines]
    return {
        "appeared": sum(line.count("-x") for line in lines),
        "gone": sum(line.count("x-") for line in lines),
        "gaps": sum(line.count("-") for line in between),
        "returns": sum(line.count("-x") for line in between),
    }


def _said(texts: Iterable[str | None]) -> int:
    return sum(1 for text in texts if text and text.strip())
