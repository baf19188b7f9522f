"""What statements of the paper and its surroundings contradict each other, and which figure to use.

Nothing here is a verdict written down: each is computed from the printed figures, so that it follows when one changes.
"""

from itertools import combinations

from instit_tools.statistics.arithmetic import Check, Figures, digits, fit, meet, span, sums_and_means, weighted
from instit_tools.statistics.published import EVERY, SOURCES

__all__ = ["checks"]

_LEVELS = ("instance", "frame", "temporal", "video")


def checks(figures: Figures = EVERY) -> tuple[Check, ...]:
    """Check *figures* against each other, first those that are known to contradict."""
    return (
        _video_words(figures),
        _thousands(figures),
        _captions_a_video(figures),
        _bins(figures),
        _benchmark_questions(figures),
        _accuracy(figures),
        _splits(figures),
        _named_sources(figures),
        _training_samples(figures),
        _training_increase(figures),
        _gain(figures),
        *sums_and_means(figures),
    )


def _video_words(of: Figures) -> Check:
    """Set the running text beside the table, and let the mean over all levels decide."""
    keys = "captions.video.words", "text.video.words"
    table, text = (of[key] for key in keys)
    whole = of["captions.all.words"]
    means = [weighted({**of, "captions.video.words": each}, "words") for each in (table, text)]
    fitting = [str(each) for each, mean in zip((table, text), means, strict=True) if whole.fits(mean)]
    conclusion = f"Use {fitting[0]}." if len(fitting) == 1 else "The mean over all levels does not tell which is right."
    holds = meet(span(table), span(text))
    return Check(
        what="words of a video caption",
        figures=(*keys, "captions.all.words"),
        arithmetic=f"Table 9 prints {table} and the text {text}; the mean over all captions would be"
        f" {digits(means[0], 2)} with the first and {digits(means[1], 2)} with the second, and is printed as {whole}.",
        conclusion="Both say the same." if holds else conclusion,
        holds=holds,
    )


def _thousands(of: Figures) -> Check:
    """Set the thousands of the headlines beside the exact counts."""
    pairs = [(of[f"headline.{name}"], of[exact]) for name, exact in _EXACT.items()]
    odd = [(short, full) for short, full in pairs if round(full.exact / 1000) != short.exact / 1000]
    cut = all(full.exact // 1000 == short.exact / 1000 for short, full in pairs)
    told = ", ".join(f"{full} is printed as {short} and rounds to {round(full.exact / 1000)}k" for short, full in odd)
    return Check(
        what="thousands in the headlines",
        figures=tuple(figure.key for figure in sum(odd or pairs, start=())),
        arithmetic=f"{told}." if odd else "Each count rounds to the thousands that are printed.",
        conclusion="They are cut off, not rounded: use the exact counts."
        if odd and cut
        else "Use the exact counts: cutting off does not explain all of these."
        if odd
        else "Either may be used.",
        holds=not odd,
    )


_EXACT = {
    "videos": "sources.videos",
    "images": "sources.SA-1B",
    "video_frames": "derived.video_frames",
    "instance_captions": "captions.instance.number",
    "frame_captions": "captions.frame.number",
    "temporal_captions": "captions.temporal.number",
    "video_captions": "captions.video.number",
}


def _captions_a_video(of: Figures) -> Check:
    each, videos, captions = (
        of[key] for key in ("headline.captions_a_video", "sources.videos", "captions.video.number")
    )
    missing = each.exact * videos.exact - captions.exact
    return Check(
        what="one video caption a video",
        figures=(each.key, videos.key, captions.key),
        arithmetic=f"{each} x {videos} - {captions} = {digits(missing)}.",
        conclusion=f"Expect {captions} video captions: {digits(missing)} videos have none."
        if missing
        else "Each has its own.",
        holds=not missing,
    )


def _bins(of: Figures) -> Check:
    """Look whether the classes of complexity overlap, and whether the shares count a sample twice."""
    keys = [f"bounds.{key}" for key in ("simple.most", "medium.least", "medium.most", "hard.least")]
    simple, least, most, hard = (of[key].exact for key in keys)
    shares = [of[f"complexity.{key}"] for key in ("simple", "medium", "hard")]
    twice = [*range(int(least), int(simple) + 1), *range(int(hard), int(most) + 1)]
    total = sum(share.exact for share in shares)
    named = " and ".join(map(str, twice))
    once = "so each sample was counted once" if total == 100 else "so samples are counted twice or left out"  # noqa: PLR2004
    return Check(
        what="classes of complexity",
        figures=(*keys, *(share.key for share in shares)),
        arithmetic=f"{simple} >= {least} and {most} >= {hard}: {named} would be in two classes; yet"
        f" {' + '.join(map(str, shares))} = {total} %, {once}."
        if twice
        else f"No number of instances is in two classes; {' + '.join(map(str, shares))} = {total} %.",
        conclusion=f"Where {named} belong is not said: here at most {simple} is simple, at least {hard} is hard."
        if twice
        else "Use the classes as printed.",
        holds=not twice,
    )


def _benchmark_questions(of: Figures) -> Check:
    said, rows = of["bench.video.questions"], of["bench.video.rows"]
    extra = rows.exact - said.exact
    return Check(
        what="benchmark questions on videos",
        figures=(said.key, rows.key),
        arithmetic=f"{rows} rows in the released predictions - {said} in the text = {digits(extra)}.",
        conclusion=f"Use {rows}: each row has an id of its own." if extra else "Both say the same.",
        holds=not extra,
    )


def _accuracy(of: Figures) -> Check:
    right, rows, printed = (of[f"bench.video.{key}"] for key in ("right", "rows", "accuracy"))
    share = 100 * right.exact / rows.exact
    holds = printed.fits(share)
    return Check(
        what="accuracy of the released predictions",
        figures=(right.key, rows.key, printed.key),
        arithmetic=f"{right} / {rows} = {digits(share, 2)} %, printed {printed} %.",
        conclusion="Both say the same." if holds else "The released predictions do not give the number in the table.",
        holds=holds,
    )


def _splits(of: Figures) -> Check:
    """Compare the two lists of splits, and what half of each split would hold."""
    keys = ("sa1b.splits.first", "sa1b.splits.later", "sa1b.share", "sa1b.images", "sources.SA-1B")
    first, later, share, images, taken = (of[key] for key in keys)
    room = {each: each.exact * images.exact * share.exact / 100 for each in (first, later)}
    enough = [f"1-{each}" for each, held in room.items() if held >= taken.exact]
    told = " and ".join(f"{share} % of {each} splits are about {digits(held)} images" for each, held in room.items())
    holds = first.exact == later.exact
    whole = first.exact * images.exact >= taken.exact
    unless = ", unless v1 meant whole splits" if enough == [f"1-{later}"] and whole else ""
    decided = f"Use {enough[0]}{unless}." if len(enough) == 1 else "The number of images does not tell which is right."
    return Check(
        what="splits of SA-1B",
        figures=keys,
        arithmetic=f"1-{first} in v1, 1-{later} later; {told}, and {taken} were taken.",
        conclusion="Both say the same." if holds else decided,
        holds=holds,
    )


def _named_sources(of: Figures) -> Check:
    named, listed = of["readme.sources"], len(SOURCES)
    videos, unnamed = of["sources.videos"], of["sources.YouTubeVIS-2021"]
    holds = named.exact == listed
    left = f"{videos} - {unnamed} = {digits(videos.exact - unnamed.exact)}"
    return Check(
        what="source datasets",
        figures=(named.key, videos.key, unnamed.key),
        arithmetic=f"The README names {named}, Table 8 lists {listed}"
        + ("." if holds else f"; without YouTubeVIS-2021, which the README leaves out, there would be {left} videos."),
        conclusion="Both name the same number." if holds else f"Use Table 8: its videos add up to {videos}.",
        holds=holds,
    )


def _training_samples(of: Figures) -> Check:
    """Try every sum of the kinds of samples that the paper describes."""
    printed = of["training.samples"]
    images, videos = of["sources.SA-1B"].exact, of["sources.videos"].exact
    kinds = {
        "images": images,
        "video frames": of["captions.frame.number"].exact - images,
        "pairs of frames": of["captions.temporal.number"].exact,
        "video captions": of["captions.video.number"].exact,
        "videos with questions": videos,
    }
    tried = [chosen for size in range(1, len(kinds) + 1) for chosen in combinations(kinds, size)]
    totals = {chosen: sum(kinds[kind] for kind in chosen) for chosen in tried}
    nearest = min(totals, key=lambda chosen: abs(totals[chosen] - printed.exact))
    holds = any(printed.low <= total < printed.high + 500 for total in totals.values())  # cut or rounded
    parts = " + ".join(f"{digits(kinds[kind])} {kind}" for kind in nearest)
    return Check(
        what="training samples",
        figures=(printed.key, "sources.SA-1B", "sources.videos", *(f"captions.{each}.number" for each in _LEVELS[1:])),
        arithmetic=f"All kinds together are {digits(sum(kinds.values()))}; of the {len(tried)} ways to add up some or"
        f" all, the nearest to {printed} is {parts} = {digits(totals[nearest])}.",
        conclusion=f"{printed} is that sum."
        if holds
        else f"{printed} cannot be rebuilt: what was left out is not said.",
        holds=holds,
    )


def _training_increase(of: Figures) -> Check:
    ours, baseline, samples = (of[f"training.{key}"] for key in ("ours", "baseline", "samples"))
    added = (ours.low - baseline.high, ours.high - baseline.low)
    frames = of["captions.frame.number"].exact - of["sources.SA-1B"].exact
    near = "would fit" if added[0] <= frames <= added[1] else "do not fit either"
    holds = meet(added, span(samples))
    return Check(
        what="training samples added",
        figures=(ours.key, baseline.key, samples.key, "captions.frame.number", "sources.SA-1B"),
        arithmetic=f"{ours} - {baseline} = {digits((ours.exact - baseline.exact) / 1000)}k, with rounding"
        f" {digits(added[0] / 1000)}k to {digits(added[1] / 1000)}k, against {samples};"
        f" the {digits(frames)} video frames {near}.",
        conclusion="Both say the same." if holds else "Take neither as a count of samples made of these data.",
        holds=holds,
    )


def _gain(of: Figures) -> Check:
    ours, baseline, gain = (of[f"pope.{key}"] for key in ("ours", "baseline", "gain"))
    return fit(
        "gain on POPE",
        (ours, baseline, gain),
        (ours.low - baseline.high, ours.high - baseline.low),
        f"{ours} - {baseline} = {digits(ours.exact - baseline.exact, 1)}, printed {gain}",
        f"Use {digits(ours.exact - baseline.exact, 1)}.",
    )
