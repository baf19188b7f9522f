"""What the published figures are measured from: sums and counts of whole numbers, few enough to hold in memory.

Names of sources are matched loosely, for of the folders in the published paths only ``YoutubeVIS-2021`` is known: only
letters and digits count, in either case, and a folder belongs to the source whose spelling it starts with.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.statistics.measures import Measures
from instit_tools.statistics.published import LENGTHS, PARTS, SOURCES

if TYPE_CHECKING:
    import polars as pl

__all__ = ["LEVELS", "Facts", "facts", "figures_of", "source_named", "unknown_folders"]

Number = Fraction | int | None
LEVELS = ("instance", "frame", "temporal", "video")
_SPELLINGS = {
    "burst": "BURST",
    "brust": "BURST",  # as the paper and the card spell it
    "uvo": "UVO",
    "ovis": "OVIS",
    "lvvis": "LV-VIS",
    "youtubevis": "YouTubeVIS-2021",
    "ytvis": "YouTubeVIS-2021",
    "bensmot": "BenSMOT",
    "vidor": "VidOR",
    "sa1b": "SA-1B",
}
_SA_1B = re.compile("sa[0-9]{6}")
"""The files of SA-1B are called sa_000000 to sa_000999."""
_SIMPLE, _HARD = 3, 8


class Facts(Struct, frozen=True, kw_only=True):
    """Sums of *captions* by level, with ``tagged`` for the words whose parts of speech are known, and counts.

    *spread* is, for videos and images, how many of them have how many instances; *folders* how many are from where.
    """

    captions: Mapping[str, Mapping[str, int]]
    video_frame_captions: int
    video_frames: int
    questions: int
    spread: Mapping[str, Mapping[int, int]]
    folders: Mapping[str, Mapping[str | None, int]]

    def samples(self, kind: str) -> int:
        """Count the ``video`` or ``image`` records, or both for ``all``."""
        return sum(self.instances(kind).values())

    def instances(self, kind: str) -> Counter[int]:
        """Count how many records of *kind*, ``all`` for both, have how many instances."""
        kinds = self.spread if kind == "all" else (kind,)
        return sum((Counter(self.spread[each]) for each in kinds), start=Counter())


def facts(measures: Measures) -> Facts:
    """Sum up *measures*."""
    import polars as pl

    found = _texts(measures)
    captions = {level: sum((found[at] for at in found if at[0] == level), start=Counter()) for level in LEVELS}
    captions["all"] = sum(captions.values(), start=Counter())
    videos = measures.videos.select(pl.col("frames").sum(), pl.col("questions").sum()).collect().row(0)
    tables = {"video": measures.videos, "image": measures.images}
    return Facts(
        captions=captions,
        video_frame_captions=found.get(("frame", "video"), Counter())["number"],
        video_frames=videos[0],
        questions=videos[1],
        spread={kind: _counted(table, "instances") for kind, table in tables.items()},
        folders={kind: _counted(table, "source") for kind, table in tables.items()},
    )


def _texts(measures: Measures) -> "dict[tuple[str, str], Counter[str]]":
    """Add up the captions by level and kind."""
    import polars as pl

    rows = (
        measures.texts.filter(pl.col("level").is_in(LEVELS))
        .group_by("level", "kind")
        .agg(
            pl.len().alias("number"),
            pl.col(*LENGTHS, *PARTS).sum(),
            pl.col("words").filter(pl.col(PARTS[0]).is_not_null()).sum().alias("tagged"),
        )
        .collect(engine="streaming")
        .to_dicts()
    )
    return {(row.pop("level"), row.pop("kind")): Counter(row) for row in rows}


def _counted(table: "pl.LazyFrame", column: str) -> dict[Any, int]:
    return dict(table.group_by(column).len().collect(engine="streaming").iter_rows())


def figures_of(found: Facts) -> dict[str, Number]:
    """Give the measure of each published figure, by its key; ``None`` where there is nothing to measure it on."""
    videos, images = found.samples("video"), found.samples("image")
    numbers = {level: sums["number"] for level, sums in found.captions.items()}
    unchanged = found.video_frame_captions - numbers["temporal"]
    return {
        "headline.videos": videos,
        "headline.images": images,
        "headline.video_frames": found.video_frames,
        **{f"headline.{level}_captions": numbers[level] for level in LEVELS},
        "headline.questions": found.questions,
        "headline.captions_a_video": _ratio(numbers["video"], videos),
        "headline.frames_a_video": _ratio(found.video_frames, videos),
        "headline.questions_a_video": _ratio(found.questions, videos),
        **{key: value for level in found.captions for key, value in _captions(found, level).items()},
        "text.video.words": _ratio(found.captions["video"]["words"], numbers["video"]),
        **_instances(found),
        **_complexity(found.instances("all")),
        **_sources(found),
        "sources.videos": videos,
        "derived.video_frames": found.video_frame_captions,
        "derived.unchanged_frames": unchanged,
        "derived.unchanged_a_video": _ratio(unchanged, videos),
        "derived.uncaptioned_videos": videos - numbers["video"],
        "derived.instance_captions_a_frame": _ratio(numbers["instance"], numbers["frame"]),
    }


def _ratio(total: int, count: int) -> Fraction | None:
    return Fraction(total, count) if count else None


def _captions(found: Facts, level: str) -> dict[str, Number]:
    sums = found.captions[level]
    return {
        f"captions.{level}.number": sums["number"],
        **{f"captions.{level}.{length}": _ratio(sums[length], sums["number"]) for length in LENGTHS},
        **{f"captions.{level}.{part}": _ratio(100 * sums[part], sums["tagged"]) for part in PARTS},
    }


def _instances(found: Facts) -> dict[str, Number]:
    values: dict[str, Number] = {}
    for kind in ("video", "image", "all"):
        spread = found.instances(kind)
        total = sum(number * samples for number, samples in spread.items())
        values[f"instances.{kind}.number"] = total
        values[f"instances.{kind}.mean"] = _ratio(total, found.samples(kind))
    return values


def _complexity(spread: Mapping[int, int]) -> dict[str, Number]:
    """Share samples out as simple, medium and hard, 3 instances being simple and 8 hard."""
    samples = sum(spread.values())
    classes = Counter[str]()
    for number, count in spread.items():
        classes["simple" if number <= _SIMPLE else "hard" if number >= _HARD else "medium"] += count
    return {f"complexity.{each}": _ratio(100 * classes[each], samples) for each in ("simple", "medium", "hard")}


def _sources(found: Facts) -> dict[str, Number]:
    """Count the videos of each source of videos, and the images of SA-1B; none is no measure."""
    counts: dict[str, Counter[str | None]] = {kind: Counter() for kind in found.folders}
    for kind, folders in found.folders.items():
        for folder, number in folders.items():
            counts[kind][source_named(folder)] += number
    return {f"sources.{name}": counts["image" if name == "SA-1B" else "video"][name] or None for name in SOURCES}


def source_named(folder: str | None) -> str | None:
    """Name the published source that *folder* looks like.

    >>> source_named("BRUST"), source_named("lv_vis"), source_named("sa_000001"), source_named("elsewhere")
    ('BURST', 'LV-VIS', 'SA-1B', None)
    """
    plain = re.sub("[^a-z0-9]", "", (folder or "").lower())
    if _SA_1B.match(plain):
        return "SA-1B"
    return next((name for spelling, name in _SPELLINGS.items() if plain.startswith(spelling)), None)


def unknown_folders(folders: Iterable[str | None]) -> list[str]:
    """Name the folders that look like no published source, sorted."""
    return sorted(folder for folder in folders if folder is not None and source_named(folder) is None)
