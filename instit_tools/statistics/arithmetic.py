"""Arithmetic on printed figures: a figure is the range of numbers that print so, and two fit where their ranges meet.

Here is what the tables say by themselves: sums of their parts, means of their rows, totals over counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from instit_tools.statistics.published import LENGTHS, PARTS, SOURCES, Figure

__all__ = ["Check", "Figures", "digits", "fit", "meet", "span", "sums_and_means", "weighted"]

Figures = Mapping[str, Figure]
Span = tuple[Fraction, Fraction]
_LEVELS = ("instance", "frame", "temporal", "video")


class Check(Struct, frozen=True, kw_only=True):
    """One piece of arithmetic on the *figures* with these keys: what it shows, and which figure to use.

    *holds* is false where they contradict each other.
    """

    what: str
    figures: tuple[str, ...]
    arithmetic: str
    conclusion: str
    holds: bool


def span(figure: Figure) -> Span:
    """Give the least and the greatest number that print as *figure*."""
    return figure.low, figure.high


def meet(first: Span, second: Span) -> bool:
    """Say whether some number is in both."""
    return first[0] <= second[1] and second[0] <= first[1]


def digits(number: Fraction | int, decimals: int = 0) -> str:
    """Write *number* with so many digits behind the point."""
    return f"{float(number):,.{decimals}f}"


def fit(what: str, figures: Sequence[Figure], computed: Span, arithmetic: str, otherwise: str) -> Check:
    """Check the last of *figures* against what was *computed* from those before it; *otherwise* is what to use then."""
    holds = meet(computed, span(figures[-1]))
    return Check(
        what=what,
        figures=tuple(figure.key for figure in figures),
        arithmetic=f"{arithmetic}.",
        conclusion="Within rounding." if holds else otherwise,
        holds=holds,
    )


def weighted(of: Figures, column: str, *, by_words: bool = False, error: int = 0) -> Fraction:
    """Average a column of Table 9 over the levels, by their captions or all words of these.

    *error* -1 or 1 takes the least or the greatest number that each figure may stand for.
    """
    weights, added = Fraction(0), Fraction(0)
    for level in _LEVELS:
        figure = of[f"captions.{level}.{column}"]
        weight = of[f"captions.{level}.number"].exact * (of[f"captions.{level}.words"].exact if by_words else 1)
        weights += weight
        added += weight * (figure.exact if not error else figure.low if error < 0 else figure.high)
    return added / weights


def sums_and_means(of: Figures) -> Iterator[Check]:
    """Check sums, means and totals."""
    yield from _sums(of)
    yield from (_length(of, length) for length in LENGTHS)
    yield _parts(of)
    yield from _means(of)
    yield _study(of)
    yield _questions(of)
    yield _unchanged(of)


def _sums(of: Figures) -> Iterator[Check]:
    for what, parts, total in (
        ("captions of all levels", [f"captions.{level}.number" for level in _LEVELS], "captions.all.number"),
        ("instances", ["instances.video.number", "instances.image.number"], "instances.all.number"),
        ("videos by source", [f"sources.{name}" for name in SOURCES if name != "SA-1B"], "sources.videos"),
        ("thousands of frames", ["headline.images", "headline.video_frames"], "headline.frame_captions"),
    ):
        figures = [of[key] for key in parts]
        added = sum(figure.exact for figure in figures)
        holds = added == of[total].exact
        yield Check(
            what=what,
            figures=(*parts, total),
            arithmetic=f"{' + '.join(map(str, figures))} = {digits(added)}, printed {of[total]}.",
            conclusion="They add up." if holds else "Use the parts: the sum is not theirs.",
            holds=holds,
        )


def _length(of: Figures, length: str) -> Check:
    """Average a length over the levels, each by its number of captions."""
    keys = [f"captions.{level}.{length}" for level in (*_LEVELS, "all")]
    figures = [*(of[f"captions.{level}.number"] for level in _LEVELS), *(of[key] for key in keys)]
    terms = " + ".join(f"{of[f'captions.{level}.number']} x {of[f'captions.{level}.{length}']}" for level in _LEVELS)
    mean = weighted(of, length)
    return fit(
        f"{length} over all levels",
        figures,
        (weighted(of, length, error=-1), weighted(of, length, error=1)),
        f"({terms}) / {of['captions.all.number']} = {digits(mean, 2)}, printed {figures[-1]}",
        "One of the rows of Table 9 is wrong.",
    )


def _parts(of: Figures) -> Check:
    """Average the parts of speech over the levels, by words, which tells what they are shares of."""
    wrong = [part for part in PARTS if not _averages_to(of, part, by_words=True)]
    plain = [part for part in PARTS if not _averages_to(of, part, by_words=False)]
    told = ", ".join(
        f"{part} {digits(weighted(of, part, by_words=True), 2)} (printed {of[f'captions.all.{part}']})"
        for part in PARTS
    )
    other = ", ".join(f"{part} {digits(weighted(of, part), 2)}" for part in plain)
    fitting = "They are shares of all words, not means over captions." if plain else "Within rounding."
    return Check(
        what="parts of speech over all levels",
        figures=tuple(f"captions.{level}.{column}" for level in (*_LEVELS, "all") for column in ("words", *PARTS)),
        arithmetic=f"Weighted by words: {told}." + (f" By captions it would be {other}." if plain else ""),
        conclusion=f"The rows of Table 9 do not give {', '.join(wrong)}." if wrong else fitting,
        holds=not wrong,
    )


def _averages_to(of: Figures, part: str, *, by_words: bool) -> bool:
    """Say whether the shares of the levels average to the one printed for all."""
    least, greatest = (weighted(of, part, by_words=by_words, error=error) for error in (-1, 1))
    return meet((least, greatest), span(of[f"captions.all.{part}"]))


def _means(of: Figures) -> Iterator[Check]:
    """Divide totals by counts."""
    for what, totals, counts, mean in _RATIOS:
        total, count = (sum(sign * of[key].exact for key, sign in each.items()) for each in (totals, counts))
        ratio = Fraction(total, count)
        sentence = f"{digits(total)} / {digits(count)} = {digits(ratio, 3)}, printed {of[mean]}"
        figures = [of[key] for key in (*totals, *counts, mean)]
        yield fit(what, figures, (ratio, ratio), sentence, f"Use {digits(ratio, 3)}.")


_RATIOS: tuple[tuple[str, dict[str, int], dict[str, int], str], ...] = (
    (
        "frames a video",
        {"captions.frame.number": 1, "sources.SA-1B": -1},
        {"sources.videos": 1},
        "headline.frames_a_video",
    ),
    ("instances a video", {"instances.video.number": 1}, {"sources.videos": 1}, "instances.video.mean"),
    ("instances an image", {"instances.image.number": 1}, {"sources.SA-1B": 1}, "instances.image.mean"),
    (
        "instances a sample",
        {"instances.all.number": 1},
        {"sources.videos": 1, "sources.SA-1B": 1},
        "instances.all.mean",
    ),
    (
        "benchmark questions a sample",
        {"bench.image.questions": 1, "bench.video.questions": 1},
        {"bench.image.samples": 1, "bench.video.samples": 1},
        "bench.questions_a_sample",
    ),
)


def _study(of: Figures) -> Check:
    """Average the five scores of the people who judged the captions."""
    scores = [of[f"study.{key}"] for key in ("instance", "image", "temporal", "video", "questions")]
    least, greatest = (sum(span(score)[end] for score in scores) / len(scores) for end in (0, 1))
    mean = digits(Fraction(sum(score.exact for score in scores)) / len(scores), 3)
    told = " + ".join(map(str, scores))
    return fit(
        "quality as people judged it",
        [*scores, of["study.mean"]],
        (Fraction(least), Fraction(greatest)),
        f"({told}) / {len(scores)} = {mean}, printed {of['study.mean']}",
        f"Use {mean}.",
    )


def _questions(of: Figures) -> Check:
    """Multiply questions a video by videos: the exact number is nowhere printed."""
    each, videos, total = (of[key] for key in ("headline.questions_a_video", "sources.videos", "headline.questions"))
    least, greatest = each.low * videos.exact, each.high * videos.exact
    return fit(
        "questions",
        (each, videos, total),
        (least, greatest),
        f"{each} x {videos} = {digits(each.exact * videos.exact / 1000, 1)}k, with rounding"
        f" {digits(least / 1000, 1)}k to {digits(greatest / 1000, 1)}k, printed {total}",
        f"Use {total}.",
    )


def _unchanged(of: Figures) -> Check:
    """Look whether each video lacks exactly one change caption, that of its first frame."""
    keys = ("captions.frame.number", "sources.SA-1B", "captions.temporal.number", "sources.videos")
    frames, images, changes, videos = (of[key] for key in keys)
    left = frames.exact - images.exact - changes.exact
    holds = left == videos.exact
    return Check(
        what="frames without a change caption",
        figures=keys,
        arithmetic=f"{frames} - {images} - {changes} = {digits(left)}, and there are {videos} videos.",
        conclusion="One a video, its first." if holds else "Not one a video.",
        holds=holds,
    )
