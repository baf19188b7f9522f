"""Every plot draws what the measures say, of any data, in bytes that do not change, fit for a page and for a paper."""

import itertools
import math
import random
import re
import statistics
import subprocess
import sys
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from matplotlib.figure import Figure

from instit_tools import plots
from instit_tools.errors import UsageError
from instit_tools.plots.style import BLUE, GREEN, PURPLE, RED, shortened, styled
from instit_tools.statistics.budget import CONTEXTS, tokens
from instit_tools.statistics.columns import TABLES, polars_schema
from instit_tools.statistics.measures import Measures

HOSTILE = ("<script>alert('x')</script>", "$\\frac{a}{b}$", "a\x1b[31m\u202eb\nc", "]]>&amp;\ufffe", "猫" * 5)


def measures(**tables):
    frames = {
        name: pl.DataFrame(list(tables.get(name, [])), schema=polars_schema(name), orient="row").lazy()
        for name in TABLES
    }
    return Measures(**frames)


def text(level, words=10, *, kind="video", record="1", timestamp=None, **others):
    return {"kind": kind, "record": record, "level": level, "words": words, "timestamp": timestamp, **others}


def video(seen, *, record="1", source="UVO", questions=3, masks=None, file=None, stride=1):
    """All rows of a video whose frames have the instances *seen*, in the tables they belong to."""
    who = {"kind": "video", "record": record, "source": source, "file": file}
    timed = [(stride * place, ids) for place, ids in enumerate(seen, 1)]
    frames = [
        {
            **who,
            "timestamp": time,
            "instances": len(ids),
            "masked": masks and masks[time // stride - 1],
            "present": sorted(ids),
        }
        for time, ids in timed
    ]
    times = {each: [time for time, ids in enumerate(seen, 1) if each in ids] for each in sorted(set().union(*seen))}
    return {
        "frames": frames,
        "instances": [{**who, "id": each, "frames": len(at), **gaps(at)} for each, at in times.items()],
        "videos": [{**who, "frames": len(seen), "instances": len(times), "questions": questions}],
        "texts": [
            *(text("frame", 40 + 3 * n, timestamp=n, ids=sorted(ids), times=[], **who) for n, ids in timed),
            *(text("temporal", 30 + n, timestamp=n, ids=[1], times=[], **who) for n in range(2, len(seen) + 1)),
            text("video", 300, ids=[1, 2], times=[1, 2, 3], **who),
        ],
        "samples": [sample(record=record, source=source, pictures=len(seen))],
    }  # fmt: skip


def gaps(at):
    steps = [later - before - 1 for before, later in itertools.pairwise(at)]
    return {"first": at[0], "last": at[-1], "gaps": sum(steps), "returns": sum(step > 0 for step in steps)}


def sample(*, recipe="paper", limit=None, pictures=1, turns=2, said=100, **others):
    many = pictures > 1
    return {
        "recipe": recipe, "max_frames": limit, "kind": "video", "record": "1", "part": "qa", "pictures": pictures,
        "turns": turns, "text_tokens": said, "anyres": None if many else 1900,
        "pooled": 144 * pictures if many else None,
        "unpooled": 577 * pictures if many else None, "qwen_vl": 1000 * pictures,
        "llava_template": 31 + 9 * turns, "qwen_template": 11 + 10 * turns,
        **others,
    }  # fmt: skip


def image(*, record="1", source="SA-1B", instances=4):
    who = {"kind": "image", "record": record, "source": source}
    ids = list(range(1, instances + 1))
    return {
        "frames": [{**who, "timestamp": 1, "instances": instances, "present": ids}],
        "instances": [{**who, "id": each, "first": 1, "last": 1, "frames": 1, "gaps": 0, "returns": 0} for each in ids],
        "images": [{**who, "instances": instances}],
        "texts": [text("frame", 150, timestamp=1, ids=ids, times=[], **who)],
        "samples": [sample(**who)],
    }


def together(*records):
    return measures(**{name: [row for each in records for row in each.get(name, ())] for name in TABLES})


def chance(number, frames=8, instances=4, seed=0):
    """Videos whose instances come and go."""
    rng = random.Random(seed)  # noqa: S311  # any numbers do
    for record in range(1, number + 1):
        ids = range(1, rng.randint(1, instances) + 1)
        seen = [{each for each in ids if rng.random() < 0.7} for _ in range(rng.randint(2, frames))]
        seen[0].add(1)
        yield video(seen, record=str(record), source=rng.choice(("UVO", "OVIS")), questions=rng.randint(0, 20))


def bench(level, **others):
    return text(level, kind="bench", ids=[1], times=[], **others)


def mask(pixels, *, kind="video", shift=None, kept=None, **others):
    return {
        "kind": kind, "record": "1", "timestamp": 1, "id": 1, "pixels": pixels, "picture_pixels": 100_000,
        "shift": shift, "kept": kept, "either": None if kept is None else 100, **others,
    }  # fmt: skip


def moving(number, *, seed=0):
    """Masks of videos and images of all sizes, the named ones moving farther."""
    rng = random.Random(seed)  # noqa: S311  # any numbers do
    for each in range(number):
        change = rng.choice(("named", "not named", "no text"))
        way = rng.randint(0, 900_000 if change == "named" else 300_000)
        yield mask(rng.randint(0, 100_000), shift=way, kept=rng.randint(0, 100), change=change)
        yield mask(int(10 ** rng.uniform(0, 5)), kind="image", record=str(each))


SHAPES = {
    "nothing": measures,
    "one mask": lambda: measures(masks=[mask(100_000)]),
    "masks of no pixel": lambda: measures(masks=[mask(0), mask(None, picture_pixels=None)]),
    "a tiny mask": lambda: measures(masks=[mask(1, picture_pixels=10**8), mask(51, picture_pixels=10**8)]),
    "one that stays": lambda: measures(masks=[mask(50, shift=0, kept=100, change="not named")]),
    "many masks": lambda: measures(masks=list(moving(700))),
    "one image": lambda: together(image()),
    "one video": lambda: together(video([{1, 2}, {1}, {1, 2, 3}], masks=[2, 2, 5])),
    "one frame": lambda: together(video([{7}])),
    "a video without captions": lambda: together(video([set(), set()])),
    "the benchmark": lambda: measures(texts=[*map(bench, ("question", "option", "option", "answer"))]),
    "a long video": lambda: together(*chance(1, frames=400, instances=60, seed=0)),
    "many": lambda: together(
        *chance(150), *(image(record=str(n), instances=n % 20) for n in range(90)), {"masks": list(moving(300))}
    ),
    "forty sources": lambda: together(
        *(video([{1}, {1}], record=str(n), source=f"a very long name of dataset number {n}" * 3) for n in range(40))
    ),
    "no sources": lambda: together(video([{1}, {1}], source=None), image(source=None)),
    "hostile names": lambda: together(
        *(video([{1}, {1}, {1, 2}], record=f"{name}{n}", source=name) for n, name in enumerate(HOSTILE)),
        {"samples": [sample(recipe=name) for name in HOSTILE[:3]]},
    ),
    "an outlier": lambda: measures(texts=[*(text("frame", 50 + n % 9) for n in range(1000)), text("frame", 200_000)]),
    "many settings": lambda: measures(
        samples=[sample(recipe=f"recipe{n}", limit=n, pictures=n) for n in range(1, 10) for _ in range(3)]
    ),
}


@cache
def shaped(shape):
    return SHAPES[shape]()


@cache
def figure_of(name, shape):
    return plots.draw(name, shaped(shape))


@pytest.fixture(params=SHAPES)
def figure(request, name):
    return figure_of(name, request.param)


def drawn(name, data, **options):
    figure = plots.draw(name, data, **options)
    assert figure is not None
    return figure


def written(figure):
    """All texts of a figure, in the order of drawing."""
    return [each.get_text() for axes in figure.axes for each in axes.texts]


def bars(axes):
    """What is drawn as steps: the values and edges of each."""
    steps = [patch.get_data() for patch in axes.patches if hasattr(patch, "get_data")]
    return [(list(each.values), list(each.edges)) for each in steps]


def heights(axes):
    """The heights of bars of whole numbers, by their number."""
    (values, edges), *_ = bars(axes)
    return {round(low + 0.5): value for value, low in zip(values, edges, strict=False) if value}


def percentages(counts):
    whole = sum(counts.values())
    return {value: pytest.approx(100 * count / whole) for value, count in counts.items()}


def curves(axes):
    return [dict(zip(*line.get_data(), strict=True)) for line in axes.lines if line.get_linewidth() > 1]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", plots.available())
def test_every_plot_of_any_data_is_nothing_or_a_figure_that_is_saved_alike_twice(name, shape, tmp_path):
    first, second = figure_of(name, shape), plots.draw(name, shaped(shape))
    assert (first is None) == (second is None)
    kinds = ("svg", "png", "pdf") if shape == "many" else ("svg",)
    for kind in kinds if first else ():
        for number, figure in enumerate((first, second)):
            plots.save(figure, tmp_path / f"{number}.{kind}", kind)
        written = (tmp_path / f"0.{kind}").read_bytes()
        assert written == (tmp_path / f"1.{kind}").read_bytes()
        assert not re.search(rb"CreationDate|<dc:date>|Matplotlib v|matplotlib.org/", written)


@pytest.mark.parametrize("name", plots.available())
def test_nothing_that_is_written_leaves_the_figure(figure):
    from matplotlib.text import Text

    if figure is None:
        return
    assert figure.get_figwidth() == 6.5
    assert 0.5 < figure.get_figheight() < 9
    with styled(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        figure.draw_without_rendering()
        texts = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text() and each.axes]
        boxes = [(each.get_text(), each.get_window_extent()) for each in texts if drawn_at(each)]
    for said, box in boxes:
        assert figure.bbox.padded(1).contains(box.x0, box.y0), said
        assert figure.bbox.padded(1).contains(box.x1, box.y1), said


def drawn_at(text):
    """Whether a text is drawn: labels of ticks outside the limits are not."""
    x, y = text.get_window_extent().get_points().mean(axis=0)
    return text in text.axes.texts or text.axes.bbox.padded(60).contains(x, y)


@pytest.mark.parametrize("name", plots.available())
def test_an_element_for_a_page_is_small_xml_in_the_colours_of_the_page(figure, name):
    if figure is None:
        return
    found = plots.svg(figure, name)
    root = parsed(found)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == plots.load(name).TITLE
    assert "viewBox" in root.attrib
    assert not {"width", "height"} & root.attrib.keys()
    assert len(found.encode()) < 60_000
    assert "var(--plot-ink" in found
    assert not re.search(r"(?<!, )#(1b1f24|ffffff|000000|d0d7de)|<style|<\?xml|<!DOCTYPE|<image|DejaVu|NaN", found)
    ids = set(re.findall(r'\bid="([^"]*)"', found))
    assert set(re.findall(r'(?:url\(|href=")#([^")]*)', found)) == ids
    assert all(each.startswith(f"{name}-") for each in ids)


def parsed(element):
    return ET.fromstring(element)  # noqa: S314  # we wrote it


def test_ids_differ_on_a_page_of_all_plots_and_the_page_stays_small():
    data = SHAPES["many"]()
    page = [plots.svg(drawn(name, data), name) for name in plots.available()]
    ids = re.findall(r'\bid="([^"]*)"', "".join(page))
    assert len(ids) == len(set(ids)) > 9
    assert sum(map(len, page)) < 500_000


def test_nothing_imports_pyplot_and_naming_the_plots_imports_no_matplotlib():
    code = (
        "import sys\n"
        "from instit_tools import plots\n"
        "assert all(plots.load(name).CAPTION for name in plots.available())\n"
        "assert 'matplotlib' not in sys.modules\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import test_plots\n"
        "data = test_plots.SHAPES['many']()\n"
        "for name in plots.available():\n"
        "    print(plots.svg(plots.draw(name, data), name))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    found = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    data = SHAPES["many"]()
    assert found == "".join(f"{plots.svg(drawn(name, data), name)}\n" for name in plots.available())


def test_the_look_does_not_depend_on_what_matplotlib_is_told_elsewhere():
    import matplotlib as mpl

    data = SHAPES["many"]()
    before = plots.svg(drawn("survival", data), "survival")
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "svg.fonttype": "path", "lines.linewidth": 9}):
        assert plots.svg(drawn("survival", data), "survival") == before
        assert mpl.rcParams["font.size"] == 30


@pytest.mark.parametrize("name", plots.available())
def test_a_plot_says_what_it_shows(name):
    plot = plots.load(name)
    assert plot.TITLE
    assert plot.CAPTION.endswith(".")


def test_a_plot_that_does_not_exist_gets_a_hint():
    with pytest.raises(UsageError, match=r"there is no plot 'presense'") as caught:
        plots.draw("presense", measures())
    assert caught.value.hint == "did you mean presence?"


def test_where_there_is_nothing_there_is_no_plot():
    assert [name for name in plots.available() if plots.draw(name, measures()) is not None] == []
    texts = SHAPES["the benchmark"]()
    found = [name for name in plots.available() if plots.draw(name, texts) is not None]
    assert found == ["caption-length", "references"]
    assert plots.draw("sources", SHAPES["no sources"]()) is None
    assert plots.draw("questions", together(video([{1}], questions=0))) is None


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [BLUE, GREEN, PURPLE, RED])
def test_colours_stand_out_on_a_white_page_and_on_a_dark_one(colour):
    for page in ("#ffffff", "#0f1419"):
        low, high = sorted((luminance(colour), luminance(page)))
        assert (high + 0.05) / (low + 0.05) > 3.8


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (HOSTILE[0], "<script>aler…x')</script>"),
        (HOSTILE[1], "$\\frac{a}{b}$"),
        (HOSTILE[2], "a\\x1b[31m\\u202eb\\nc"),
        (HOSTILE[3] + "\udce9", "]]>&amp;\\ufffe\\xe9"),
        ("", "(empty)"),
        (None, "(none)"),
    ],
)
def test_names_from_data_are_shown_as_they_are(name, said):
    assert shortened(name, 25) == said


def test_a_long_name_keeps_its_ends():
    assert shortened("begin" + "x" * 10_000 + "end", 12) == "beginx…xxend"
    assert len(shortened("\n" * 10_000)) == 24


def test_hostile_names_are_in_the_page_as_text():
    found = plots.svg(drawn("sources", SHAPES["hostile names"]()), "sources")
    said = [each.text for each in parsed(found).iter("{http://www.w3.org/2000/svg}text")]
    assert {shortened(name) for name in HOSTILE} <= set(said)
    assert "<script" not in found


def test_bars_of_questions_are_the_percentages_of_videos():
    data = SHAPES["many"]()
    axes = drawn("questions", data).axes[0]
    counts = Counter(data.videos.collect()["questions"].to_list())
    assert heights(axes) == percentages(counts)
    assert axes.get_ylim()[0] == 0


def test_bars_of_instances_are_the_percentages_of_frames_videos_and_images():
    data = SHAPES["many"]()
    found = [heights(axes) for axes in drawn("instances", data).axes]
    frames = data.frames.filter(kind="video").collect()["present"].list.len().to_list()
    values = (frames, data.videos.collect()["instances"].to_list(), data.images.collect()["instances"].to_list())
    assert found == [percentages(Counter(each)) for each in values]


def test_lengths_are_drawn_for_each_kind_with_median_and_mean():
    words = {"video": [10, 20, 20, 50], "image": [30, 60, 60, 90]}
    texts = [text("frame", each, kind=kind) for kind, every in words.items() for each in every]
    figure = drawn("caption-length", measures(texts=texts))
    (axes,) = figure.axes
    steps = bars(axes)
    assert [sum(values) for values, _ in steps] == [pytest.approx(100)] * 2
    assert steps[0][1] == steps[1][1]
    for (values, edges), every in zip(steps, words.values(), strict=True):
        for value, (low, high) in zip(values, itertools.pairwise(edges), strict=True):
            assert value == pytest.approx(25 * sum(low < each < high for each in every))
    assert [line.get_xdata()[0] for line in axes.lines] == [
        each for every in words.values() for each in (statistics.median(every), statistics.fmean(every))
    ]
    said = written(figure)
    assert "median 20 │  mean 25 ▼  n 4" in said
    assert "median 60 │  mean 60 ▼  n 4" in said


def test_an_outlier_does_not_squeeze_the_rest_and_is_told():
    figure = drawn("caption-length", SHAPES["an outlier"]())
    assert figure.axes[0].get_xlim()[1] < 100
    assert "<0.1 % longer, up to 200,000" in written(figure)


def test_areas_of_masks_are_the_percentages_in_bins_of_equal_ratio():
    areas = [1, 9, 10, 11, 990, 1000, 1001, 100_000, 100_000, 0]
    (axes,) = drawn("mask-area", measures(masks=map(mask, areas))).axes
    ((values, edges),) = bars(axes)
    assert [high / low for low, high in itertools.pairwise(edges)] == [pytest.approx(10 ** (1 / 8))] * 40
    assert (edges[0], edges[-1]) == (pytest.approx(10), pytest.approx(10**6))
    counted = dict.fromkeys(range(len(values)), 0)
    for area in areas[:-1]:
        counted[min(int(8 * math.log10(area) + 1e-6), 39)] += 1
    assert values == [pytest.approx(100 * number / 9) for number in counted.values()]
    assert [line.get_xdata()[0] for line in axes.lines] == [9900]
    assert "median 0.99 % │  n 9" in written(axes.get_figure())


def test_cumulated_motion_reaches_the_percentage_of_values_up_to_each_point():
    ways = {"named": [0, 100_000, 100_000, 200_000], "not named": [0, 0, 0, 50_000]}
    found = [mask(9, shift=way, kept=100 - way // 10_000, change=name) for name in ways for way in ways[name]]
    left, right = drawn("motion", measures(masks=found)).axes
    for axes, of in ((left, lambda way: way / 10_000), (right, lambda way: 1 - way / 1_000_000)):
        for line, every in zip(axes.lines, ways.values(), strict=True):
            for x, y in zip(*line.get_data(), strict=True):
                assert y == 100 * sum(of(way) <= x + 1e-9 for way in every) / 4
    assert left.get_xlim() == (0, pytest.approx(19.7))  # the 99 % quantile
    assert "median 10.0 %, n 4" in written(left.get_figure())
    assert "median 1.00, n 4" in written(left.get_figure())


def test_every_level_has_a_panel_in_the_same_order():
    texts = [text(level, kind=kind) for level in ("answer", "video", "frame", "option") for kind in ("bench", "video")]
    said = written(drawn("caption-length", measures(texts=texts)))
    titles = [each for each in said if each in {"answer", "video caption", "frame caption", "option"}]
    assert titles == ["frame caption", "video caption", "answer", "option"]


def test_rows_of_references_add_up_and_the_last_column_takes_the_rest():
    numbers = [0, 1, 1, 2, 9, 15, 40, 41]
    texts = [text("video", ids=list(range(number)), times=[1] * (number > 0)) for number in numbers]
    left, right = drawn("references", measures(texts=texts)).axes
    cells = [each.get_text() for each in left.texts if each.get_text().isdigit()]
    assert [f"{column}" for column in range(9)] == cells[:9]
    assert "9+" in written(left.figure)
    shares = [patch.get_facecolor()[3] for patch in left.patches]
    assert shares == pytest.approx([0.7 * each / 8 for each in (1, 2, 1, 4)])
    assert len(right.patches) == 2
    assert "8" in written(left.figure)


def test_change_captions_have_their_quartiles_where_they_are_enough():
    words = {2: list(range(1, 41)), 3: list(range(10, 50)), 4: [100, 200]}
    texts = [text("temporal", each, timestamp=time) for time, every in words.items() for each in every]
    upper, lower = drawn("change-length", measures(texts=texts)).axes
    thick, hollow = curves(upper)[-1], next(line for line in upper.lines if line.get_linestyle() == "None")
    assert thick == {time: statistics.median(words[time]) for time in (2, 3)}
    assert dict(zip(*hollow.get_data(), strict=True)) == {4: 150}
    assert [bar.get_height() for bar in lower.patches] == [40, 40, 2]
    (band,) = upper.collections
    edges = {tuple(map(float, vertex)) for path in band.get_paths() for vertex in path.vertices}
    quarters = statistics.quantiles(words[2], n=4, method="inclusive")
    assert {(2.0, quarters[0]), (2.0, quarters[2])} <= edges


def test_long_videos_are_cut_and_the_figures_say_so():
    data = SHAPES["a long video"]()
    frames, instances = data.frames.collect().height, data.instances.collect().height
    said = written(drawn("presence", data))
    assert f"shown: the first 60 of {frames} frames and the first 30 of {instances} instances" in said
    assert any(f"first 120 of {frames - 1} timestamps" in each for each in written(drawn("change-length", data)))


def test_presence_fills_exactly_the_frames_with_a_caption():
    seen = [{1, 2}, {1}, {1, 3}, {2}, {1, 2}]
    figure = drawn("presence", together(video(seen)))
    upper, lower = figure.axes
    (patch,) = upper.patches
    filled = {
        (frame, row)
        for frame in range(len(seen))
        for row in range(3)
        if any(path.contains_point((frame, row)) for path in pieces(patch.get_path()))
    }
    assert filled == {(frame, each - 1) for frame, ids in enumerate(seen) for each in ids}
    assert [bar.get_height() for bar in lower.patches] == [2, 1, 2, 1, 2]
    assert "video 1 (UVO): 5 frames, 3 instances" in written(figure)


def pieces(path):
    from matplotlib.path import Path as Outline

    ends = [place for place, code in enumerate(path.codes) if code == Outline.MOVETO] + [len(path.codes)]
    return [Outline(path.vertices[low:high]) for low, high in itertools.pairwise(ends)]


def test_presence_shows_masks_where_the_data_have_any():
    figure = drawn("presence", SHAPES["one video"]())
    assert bars(figure.axes[1])[0][0] == [2, 2, 5]
    assert not bars(drawn("presence", together(video([{1}, {1}]))).axes[1])


def test_presence_chooses_the_video_with_most_returns_then_gaps_then_instances():
    calm, busy = video([{1, 2, 3, 4}, {1, 2, 3, 4}], record="calm"), video([{1}, set(), {1}], record="busy")
    wide = video([{1}, set(), set(), {1}], record="wide")
    for order in itertools.permutations((calm, busy, wide)):
        assert any("video wide" in each for each in written(drawn("presence", together(*order))))
    assert any("video calm" in each for each in written(drawn("presence", together(calm, busy), record="calm")))


def test_an_image_of_the_same_id_is_not_the_video():
    data = together(image(record="1", instances=9), video([{1}, {2}], record="1"))
    assert "video 1 (UVO): 2 frames, 2 instances" in written(drawn("presence", data, record="1"))


@pytest.mark.parametrize(
    ("record", "hint"),
    [("vide1", "did you mean video1?"), ("\x1b", "choose video1, video2, video3, video4, video5 or another of 7")],
)
def test_a_video_that_does_not_exist_is_a_mistake_of_the_user(record, hint):
    data = together(*(video([{1}], record=f"video{number}") for number in range(1, 8)))
    with pytest.raises(UsageError, match=r"there is no video") as caught:
        plots.draw("presence", data, record=record)
    assert caught.value.hint == hint
    assert "\x1b" not in caught.value.message


def test_without_any_video_none_can_be_chosen():
    with pytest.raises(UsageError, match=r"there is no video '1'") as caught:
        plots.draw("presence", together(image(record="1")), record="1")
    assert caught.value.hint == "the data hold no video at all"


def survived(videos):
    """The share with a caption, and that with all captions up to there, by frames since the first, by hand."""
    lives = [
        ids[ids.index(True) :]
        for seen in videos
        for each in set().union(*seen)
        for ids in [[each in frame for frame in seen]]
    ]
    share, found = 1.0, {0: (100, 100, len(lives))}
    for step in range(1, max(map(len, lives))):
        looked = [ids for ids in lives if len(ids) > step]
        unbroken = [ids for ids in looked if all(ids[:step])]
        share *= sum(ids[step] for ids in unbroken) / len(unbroken) if unbroken else 1
        found[step] = (100 * sum(ids[step] for ids in looked) / len(looked), 100 * share, len(unbroken))
    return found


def test_survival_is_what_a_count_and_kaplan_and_meier_give():
    rng = random.Random(5)  # noqa: S311  # any numbers do
    videos = [
        [{each for each in range(1, 6) if rng.random() < 0.8} | {1} for _ in range(rng.randint(1, 9))]
        for _ in range(400)
    ]
    figure = drawn("survival", together(*(video(seen, record=str(n)) for n, seen in enumerate(videos))))
    whole, then = [each for each in curves(figure.axes[0]) if len(each) > 1]
    found = survived(videos)
    for step, (there, unbroken, left) in found.items():
        assert then[step] == pytest.approx(there)
        assert whole[step] == pytest.approx(unbroken)
        assert left >= 20
    assert list(whole.values()) == sorted(whole.values(), reverse=True)


def test_instances_that_come_and_go_at_random_do_not_seem_to_die_out():
    rng = random.Random(1)  # noqa: S311  # any numbers do
    videos = [
        [{each for each in range(1, 5) if rng.random() < 0.6} for _ in range(rng.randint(2, 12))] for _ in range(2000)
    ]
    figure = drawn("survival", together(*(video(seen, record=str(n)) for n, seen in enumerate(videos))))
    then = max(curves(figure.axes[0]), key=len)
    assert all(abs(share - 60) < 5 for step, share in then.items() if step)


def test_timestamps_with_holes_between_them_are_no_gaps():
    assert "gone 0 times, back 0 times" in written(drawn("survival", together(video([{1}] * 4, stride=5))))


def test_videos_of_one_id_in_two_files_are_two():
    data = together(video([{1}, set()], file="a.json"), video([set(), {1}, {1}], file="b.json"))
    assert "gone 1 times, back 0 times" in written(drawn("survival", data))
    assert "video 1 (UVO): 2 frames, 1 instance" in written(drawn("presence", data, record="1"))


def test_an_instance_that_is_there_when_its_video_ends_is_not_taken_for_one_that_left():
    figure = drawn("survival", together(*(video([{1}] * (n % 8 + 1), record=str(n)) for n in range(400))))
    later, then = [each for each in curves(figure.axes[0]) if len(each) > 1]
    assert set(later.values()) == set(then.values()) == {100}
    assert "gone 0 times, back 0 times" in written(figure)


def test_returns_are_estimated_from_all_that_are_gone():
    there = [[1, 0, 1, 1], [1, 0, 0, 1], [1, 0, 0, 0], [1, 1, 1, 0]]
    videos = [video([{1} if each else set() for each in row], record=str(n)) for n, row in enumerate(there * 10)]
    right = drawn("survival", together(*videos)).axes[1]
    assert curves(right)[-1] == pytest.approx({1: 100 / 3, 2: 100 * (1 - 2 / 3 * 1 / 2)})
    assert "gone 40 times, back 20 times" in written(right.figure)


def test_sources_are_sorted_and_averaged():
    data = together(
        *(video([{1, 2}], record=str(n), source="few", questions=4) for n in range(2)),
        *(video([{1}], record=f"{n}", source="more", questions=n) for n in range(5)),
        image(source="few", instances=9),
        video([{1}], record="none", source=None),
    )
    figure = drawn("sources", data)
    records, instances, questions, words = ([bar.get_width() for bar in axes.patches] for axes in figure.axes)
    assert records == [5, 2, 1, 1]
    assert instances == [1, 2, 9, 1]
    assert questions == [2, 4, 0, 3]
    assert words == [43, 43, 150, 43]
    names = [each for each in written(figure) if each in {"few", "more", "(none)"}]
    assert names == ["more", "few", "few", "(none)"]


def test_more_sources_than_fit_are_added_up():
    figure = drawn("sources", SHAPES["forty sources"]())
    assert "28 others (video)" in written(figure)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [1] * 12 + [28]


def test_the_curve_of_a_budget_is_exact_at_every_context():
    rng = random.Random(2)  # noqa: S311  # any numbers do
    data = measures(samples=[sample(said=rng.randint(1, 9000), pictures=rng.randint(1, 30)) for _ in range(400)])
    figure = drawn("budget", data)
    said = [each for each in written(figure) if "\nn " in each]
    assert sorted(each.split("\n")[0] for each in said) == ["anyres", "pooled", "qwen-vl", "unpooled"]
    lines = [each for each in curves(figure.axes[0]) if len(each) > 2]
    for line, model in zip(lines, ("anyres", "pooled", "unpooled", "qwen-vl"), strict=True):
        values = data.samples.select(tokens(model)).collect().to_series().drop_nulls().to_list()
        for context in CONTEXTS:
            assert line[context] == pytest.approx(100 * sum(value > context for value in values) / len(values))
    assert figure.axes[0].get_xscale() == "log"
    assert "log axis" in figure.axes[0].get_xlabel()


def test_more_settings_than_fit_are_left_out_and_said():
    figure = drawn("budget", SHAPES["many settings"]())
    assert len(figure.axes) == 4
    assert "4 of 9 settings" in written(figure)
    assert "recipe1: up to 1 frame" in written(figure)


def test_a_notebook_shows_the_figure_without_being_told_to():
    figure = drawn("questions", together(video([{1}], questions=3)))
    assert isinstance(figure, Figure)
    assert figure._repr_svg_().startswith("<?xml")
    assert "</svg>" in figure._repr_svg_()
