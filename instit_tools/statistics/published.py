"""What the authors printed about their data: figures only, each with its place and the digits that it was printed with.

A printed figure stands for a range: 24.3 for 24.25 to 24.35, and 836k for 836,000 to 837,000, since headlines cut off
what is below a thousand. ``FIGURES`` are about the annotations and can be measured; ``BESIDE`` are others that must fit
to them. From arXiv 2412.03565 v1 and v3, the NeurIPS 2025 version, the project page and the authors' repositories.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from msgspec import Struct

__all__ = ["BESIDE", "CAPTIONS", "EVERY", "FIGURES", "LENGTHS", "PARTS", "SOURCES", "Figure"]

_THOUSANDS = -3


class Figure(Struct, frozen=True, kw_only=True):
    """One printed figure: *value* with *decimals* digits behind the point, -3 for whole thousands.

    *cut* says that the digits behind were left out instead of rounded.
    """

    key: str
    what: str
    value: float
    decimals: int
    unit: str
    where: str
    cut: bool = False

    @property
    def exact(self) -> Fraction:
        """The printed number itself, without the error of a float."""
        return Fraction(str(self.value))

    @property
    def low(self) -> Fraction:
        """The least number that is printed so."""
        return self.exact if self.cut else self.exact - self._step / 2

    @property
    def high(self) -> Fraction:
        """The greatest number that is printed so; for one that was cut, the first that is not."""
        return self.exact + (self._step if self.cut else self._step / 2)

    @property
    def _step(self) -> Fraction:
        return Fraction(10) ** -self.decimals

    def fits(self, number: float | Fraction) -> bool:
        """Say whether *number* would be printed so; of a half either way of rounding will do."""
        return self.low <= number < self.high if self.cut else self.low <= number <= self.high

    def __str__(self) -> str:
        """Write it as it was printed, thousands as ``k``."""
        if self.decimals == _THOUSANDS:
            return f"{float(self.exact) / 1000:,.0f}k"
        return f"{self.value:,.{max(self.decimals, 0)}f}"


CAPTIONS = {
    "instance": "instance captions",
    "frame": "frame and image captions",
    "temporal": "change captions",
    "video": "video captions",
    "all": "captions of all levels",
}
LENGTHS = ("characters", "words", "sentences")
PARTS = ("nouns", "adjectives", "adverbs", "verbs", "prepositions")

_PAPER = "NeurIPS 2025 and arXiv v3"
_HEADLINES = f"project page, README, section 2.2 ({_PAPER})"
_TABLE_9 = f"Table 9 ({_PAPER})"
_SOURCES = f"Table 8 ({_PAPER}), Table 7 (arXiv v1)"
_INSTANCES = f"appendix C.2 ({_PAPER})"
_BENCH = "project page and section 2.3 (NeurIPS 2025)"
_STUDY = f"Table 10 ({_PAPER})"

_CAPTIONS: dict[str, tuple[int, tuple[float, ...]]] = {
    "instance": (836_524, (102.1, 24.3, 1.5, 26.5, 13.3, 2.3, 12.3, 10.7)),
    "frame": (207_662, (458.0, 106.5, 5.7, 25.2, 10.5, 2.6, 14.9, 11.5)),
    "temporal": (135_143, (306.6, 67.7, 3.7, 21.2, 10.0, 6.0, 16.4, 10.8)),
    "video": (21_372, (1441.8, 342.2, 14.3, 24.8, 10.6, 3.6, 13.2, 11.8)),
    "all": (1_200_701, (210.5, 49.1, 2.7, 25.0, 11.4, 3.1, 14.0, 11.1)),
}
SOURCES = {
    "BURST": 500,
    "UVO": 5_135,
    "OVIS": 599,
    "LV-VIS": 3_057,
    "YouTubeVIS-2021": 2_897,
    "BenSMOT": 2_261,
    "VidOR": 6_969,
    "SA-1B": 51_101,
}
"""Videos of each source, of SA-1B images."""
_VIDEOS, _IMAGES = 21_418, SOURCES["SA-1B"]
_VIDEO_FRAMES = _CAPTIONS["frame"][0] - _IMAGES
_UNCHANGED = _VIDEO_FRAMES - _CAPTIONS["temporal"][0]


def _thousands(key: str, what: str, value: int) -> Figure:
    where = _HEADLINES
    return Figure(key=f"headline.{key}", what=what, value=value, decimals=_THOUSANDS, unit=what, where=where, cut=True)


def _headlines() -> Iterator[Figure]:
    yield _thousands("videos", "videos", 21_000)
    yield _thousands("images", "images", 51_000)
    yield _thousands("video_frames", "video frames", 156_000)
    yield _thousands("instance_captions", "instance captions", 836_000)
    yield _thousands("frame_captions", "frame and image captions", 207_000)
    yield _thousands("temporal_captions", "change captions", 135_000)
    yield _thousands("video_captions", "video captions", 21_000)
    yield _thousands("questions", "questions with answers", 335_000)
    yield _mean("headline.captions_a_video", "video captions a video", 1, 0, _HEADLINES)
    yield _mean("headline.frames_a_video", "frames a video", 7.3, 1, _HEADLINES)
    yield _mean("headline.questions_a_video", "questions a video", 15.6, 1, _HEADLINES)


def _mean(key: str, what: str, value: float, decimals: int, where: str) -> Figure:
    return Figure(key=key, what=what, value=value, decimals=decimals, unit="mean", where=where)


def _count(key: str, what: str, value: int, where: str) -> Figure:
    return Figure(key=key, what=what, value=value, decimals=0, unit="number", where=where)


def _percent(key: str, what: str, value: float, decimals: int, where: str) -> Figure:
    return Figure(key=key, what=what, value=value, decimals=decimals, unit="%", where=where)


def _table_9() -> Iterator[Figure]:
    for level, (number, row) in _CAPTIONS.items():
        captions, start = CAPTIONS[level], f"captions.{level}"
        yield _count(f"{start}.number", captions, number, _TABLE_9)
        for length, value in zip(LENGTHS, row[:3], strict=True):
            yield _mean(f"{start}.{length}", f"{length} in {captions}, mean", value, 1, _TABLE_9)
        for part, value in zip(PARTS, row[3:], strict=True):
            yield _percent(f"{start}.{part}", f"{part} in {captions}, % of words", value, 1, _TABLE_9)
    yield _mean(
        "text.video.words",
        "words in video captions, mean",
        323.2,
        1,
        f"running text on Table 9 ({_PAPER})",
    )


def _instances() -> Iterator[Figure]:
    for key, samples, number, mean in (
        ("video", "videos", 79_709, 3.7),
        ("image", "images", 351_495, 6.9),
        ("all", "videos and images", 431_204, 5.9),
    ):
        yield _count(f"instances.{key}.number", f"instances in {samples}", number, _INSTANCES)
        yield _mean(f"instances.{key}.mean", f"instances in {samples}, mean", mean, 1, _INSTANCES)
    for key, span, value in (("simple", "at most 3", 31), ("medium", "3 to 8", 39), ("hard", "at least 8", 30)):
        yield _percent(f"complexity.{key}", f"samples with {span} instances ({key}), %", value, 0, _INSTANCES)


def _sources() -> Iterator[Figure]:
    for name, number in SOURCES.items():
        yield _count(f"sources.{name}", f"{'images' if name == 'SA-1B' else 'videos'} from {name}", number, _SOURCES)
    yield _count("sources.videos", "videos of all sources", _VIDEOS, _SOURCES)


def _derived() -> Iterator[Figure]:
    """Compute what must be so where the printed figures are right."""
    nine, both = "computed from Table 9", "computed from Tables 8 and 9"
    captions = _CAPTIONS["instance"][0] / _CAPTIONS["frame"][0]
    yield _count("derived.video_frames", "video frames with a caption", _VIDEO_FRAMES, both)
    yield _count("derived.unchanged_frames", "video frames without a change caption", _UNCHANGED, both)
    yield _mean("derived.unchanged_a_video", "frames without a change caption a video", _UNCHANGED / _VIDEOS, 3, both)
    uncaptioned = _VIDEOS - _CAPTIONS["video"][0]
    yield _count("derived.uncaptioned_videos", "videos without a video caption", uncaptioned, both)
    yield _mean("derived.instance_captions_a_frame", "instance captions a frame or image", round(captions, 2), 2, nine)


def _beside() -> Iterator[Figure]:
    yield Figure(
        key="training.samples", what="training samples", value=243_000, decimals=_THOUSANDS, unit="number",
        where="section 2.4 (NeurIPS 2025), 3.4 (arXiv v3)",
    )  # fmt: skip
    for key, model, value in (("ours", "with these data", 920_000), ("baseline", "of LLaVA-NeXT", 765_000)):
        yield Figure(
            key=f"training.{key}", what=f"instruction data {model}", value=value, decimals=_THOUSANDS, unit="number",
            where="table of results on the benchmark, column #IT",
        )  # fmt: skip
    for key, value in (("simple.most", 3), ("medium.least", 3), ("medium.most", 8), ("hard.least", 8)):
        what = f"instances of a {key.partition('.')[0]} sample, {key.partition('.')[2]}"
        yield _count(f"bounds.{key}", what, value, _INSTANCES)
    yield from _bench()
    yield _count("sa1b.splits.first", "splits of SA-1B used, v1", 5, "Table 7 (arXiv v1)")
    yield _count("sa1b.splits.later", "splits of SA-1B used", 10, f"Table 8 ({_PAPER})")
    yield _percent("sa1b.share", "images taken of each split", 50, 0, f"appendix C.1 ({_PAPER})")
    each = "SA-1B: 11 million images in 1,000 files"
    yield _count("sa1b.images", "images a split of SA-1B, about", 11_000, each)
    yield _count("readme.sources", "source datasets that the README names", 7, "front matter on Hugging Face")
    yield _percent("pope.baseline", "POPE, LLaVA-NeXT", 86.4, 1, "results on images (NeurIPS 2025)")
    yield _percent("pope.ours", "POPE, with Qwen2", 87.6, 1, "results on images (NeurIPS 2025)")
    yield _percent("pope.gain", "POPE, gain printed beside it", 0.2, 1, "results on images (NeurIPS 2025)")
    yield from _study()


def _bench() -> Iterator[Figure]:
    predictions = "example predictions in the authors' repository"
    yield _count("bench.image.questions", "benchmark questions on images", 1_000, _BENCH)
    yield _count("bench.image.samples", "benchmark images", 338, _BENCH)
    yield _count("bench.video.questions", "benchmark questions on videos", 1_000, _BENCH)
    yield _count("bench.video.samples", "benchmark videos", 206, _BENCH)
    yield _count("bench.video.rows", "rows of predictions on videos", 1_001, predictions)
    yield _count("bench.video.right", "right ones among them, multiple choice", 429, predictions)
    yield _percent("bench.video.accuracy", "accuracy of the same model", 42.1, 1, "table of results on the benchmark")
    yield _mean("bench.questions_a_sample", "benchmark questions a sample", 3.7, 1, "section 2.3 (NeurIPS 2025)")


def _study() -> Iterator[Figure]:
    scores = {"instance": 4.66, "image": 4.68, "temporal": 4.48, "video": 4.34, "questions": 4.31}
    for key, value in scores.items():
        yield _mean(f"study.{key}", f"quality as people judged it, {key}", value, 2, _STUDY)
    yield _mean("study.mean", "quality as people judged it, mean of the five", 4.49, 2, _STUDY)


def _keyed(figures: Iterator[Figure]) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures}


FIGURES: Mapping[str, Figure] = {
    **_keyed(_headlines()),
    **_keyed(_table_9()),
    **_keyed(_instances()),
    **_keyed(_sources()),
    **_keyed(_derived()),
}
BESIDE: Mapping[str, Figure] = _keyed(_beside())
EVERY: Mapping[str, Figure] = {**FIGURES, **BESIDE}
