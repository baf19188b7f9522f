"""The published figures beside those measured, each with the difference and whether it would be printed the same.

What is measured comes from sums of whole numbers, divided at the end. Words of all captions of a level are added up and
divided by their number, parts of speech by their words, as the paper's own table must have been: see
`instit_tools.statistics.arithmetic`.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from instit_tools.statistics.arithmetic import Check
from instit_tools.statistics.contradictions import checks
from instit_tools.statistics.facts import Facts, Number, facts, figures_of, unknown_folders
from instit_tools.statistics.measures import Measures
from instit_tools.statistics.published import CAPTIONS, FIGURES, PARTS, Figure

__all__ = ["UNSAID", "Reference", "Row", "against_paper", "measured"]

UNSAID = (
    "What counted the paper's words and sentences is not said: its characters a word fit NLTK's word_tokenize, and"
    " sentences depend on the model that found them."
)

Verdict = Literal["agrees", "differs", "not measured"]


class Row(Struct, frozen=True, kw_only=True):
    """One published figure, as a number and as it was *printed*, and its measure.

    *relative* is the difference in percent of the published figure.

    *note* says why it was not measured, or how.
    """

    key: str
    what: str
    unit: str
    where: str
    published: float
    printed: str
    measured: float | None
    difference: float | None
    relative: float | None
    verdict: Verdict
    note: str = ""

    @property
    def block(self) -> str:
        """Where it stands among the others: the place where it was printed, and of Table 9 the level."""
        place = self.where.partition(" (")[0]
        return f"{place}, {CAPTIONS[self._level]}" if self._level else place

    @property
    def label(self) -> str:
        """What it says, as short as its block allows."""
        if not self._level:
            return self.what
        captions = CAPTIONS[self._level]
        return "number" if self.what == captions else self.what.replace(f" in {captions}", "")

    @property
    def _level(self) -> str:
        group, level, *_ = self.key.split(".")
        return level if group == "captions" else ""


class Reference(Struct, frozen=True, kw_only=True):
    """All published figures; *note* says what keeps totals from agreeing, empty where nothing does.

    *contradictions* are the checks of the published figures among themselves that fail, *consistent* those that hold.
    """

    rows: tuple[Row, ...]
    contradictions: tuple[Check, ...]
    consistent: tuple[Check, ...]
    note: str = ""


def measured(measures: Measures) -> dict[str, float | None]:
    """Measure every published figure on *measures*, by its key; ``None`` where that cannot be done."""
    return {key: _plain(value) for key, value in figures_of(facts(measures)).items()}


def against_paper(measures: Measures) -> Reference:
    """Set the published figures beside those of *measures*."""
    found = facts(measures)
    values = figures_of(found)
    told = checks()
    return Reference(
        rows=tuple(_row(figure, values[key], _note(key, values[key], found)) for key, figure in FIGURES.items()),
        contradictions=tuple(check for check in told if not check.holds),
        consistent=tuple(check for check in told if check.holds),
        note=_part_of_it(found),
    )


def _row(figure: Figure, value: Number, note: str) -> Row:
    difference = None if value is None else Fraction(value) - figure.exact
    return Row(
        key=figure.key,
        what=figure.what,
        unit=figure.unit,
        where=figure.where,
        published=figure.value,
        printed=str(figure),
        measured=_plain(value),
        difference=None if difference is None else _short(difference),
        relative=None if difference is None or not figure.exact else _short(100 * difference / figure.exact),
        verdict="not measured" if value is None else "agrees" if figure.fits(Fraction(value)) else "differs",
        note=note,
    )


def _plain(value: Number) -> float | None:
    return (
        float(value) if isinstance(value, Fraction) and value.denominator > 1 else None if value is None else int(value)
    )


def _short(number: Fraction) -> float:
    """Round to six digits behind the point: further ones are of the division, not of the data."""
    return int(number) if number.denominator == 1 else float(round(number, 6))


def _part_of_it(found: Facts) -> str:
    """Say so where the data are not all that was published."""
    published = {kind: int(FIGURES[key].value) for kind, key in _WHOLE.items()}
    here = {kind: found.samples(kind) for kind in published}
    if here == published:
        return ""
    numbers = [" and ".join(_counted(number, kind) for kind, number in each.items()) for each in (here, published)]
    return f"The data hold {numbers[0]}, the published ones {numbers[1]}: totals cannot agree, means and shares can."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


_WHOLE = {"video": "sources.videos", "image": "sources.SA-1B"}


def _note(key: str, value: Number, found: Facts) -> str:
    """Say why there is no *value* for the figure *key*, or what must be known of it."""
    if value is None:
        return _reason(key, found)
    return "".join(note for start, note in _notes(found) if key.startswith(start))


def _notes(found: Facts) -> Iterator[tuple[str, str]]:
    """Yield the keys of figures, or how they begin, with what must be known of them."""
    spread = found.instances("all")
    shares = {number: f"{100 * spread[number] / max(1, spread.total()):.1f} %" for number in (3, 8)}
    yield "complexity.simple", f"3 instances are counted here, {shares[3]} of the samples have them"
    yield "complexity.medium", f"4 to 7 instances are counted here, not 3 ({shares[3]}) and not 8 ({shares[8]})"
    yield "complexity.hard", f"8 instances are counted here, {shares[8]} of the samples have them"
    yield "instances.", "different ids with a caption in a sample; one that only has a mask is not counted"
    yield "headline.video_frames", "annotated frames, whether or not they have a caption"
    yield "text.video.words", f"Table 9 prints {FIGURES['captions.video.words']} for the same"


def _reason(key: str, found: Facts) -> str:
    group, _, rest = key.partition(".")
    if group == "sources":
        kind = "image" if rest == "SA-1B" else "video"
        unknown = unknown_folders(found.folders[kind])
        others = f"; folders of no known source: {', '.join(unknown[:5])}" if unknown else ""
        return f"no folder of {kind}s is named like it{others}{', ...' if len(unknown) > 5 else ''}"  # noqa: PLR2004
    if key.rpartition(".")[2] in PARTS and found.captions[rest.partition(".")[0]]["number"]:
        return "parts of speech were not tagged, which --pos does"
    return f"the data hold no {_lacking(key)}"


def _lacking(key: str) -> str:
    """Name what a mean or share is over."""
    group, _, rest = key.partition(".")
    if group in {"captions", "text"}:
        return CAPTIONS[rest.partition(".")[0]]
    if group in {"headline", "derived"}:
        return CAPTIONS["frame"] if rest.endswith("a_frame") else "videos"
    return {"video": "videos", "image": "images"}.get(rest.partition(".")[0], "videos or images")
