"""The report: one page that needs nothing else, holds whatever stands in the data, and can be read anywhere."""

import html
import json
import re

import pytest
from browsing import Visit, browser, needs_chromium
from conftest import image, video

import instit_tools as it
from instit_tools import plots
from instit_tools.reporting.folder import PAGE
from instit_tools.statistics.summary import LEVELS

HOSTILE = [
    "<script>window.hit = 1; alert(1)</script>",
    '"><img src=x onerror="window.hit = 1">',
    "</blockquote></section><h1>Owned</h1>",
    "{{ 7 * 7 }} {% raw %} ${7*7} &lt;b&gt; &amp;",
    "<!-- --><style>body { display: none }</style>",
    "]]>\u202egnp.exe\u2028 \u0007\u001b[31m \U0001f408",
    "javascript:window.hit=1",
    "W" * 3000,
]


def hostile_records():
    records = [
        video(
            number,
            frames=2,
            video_level_caption=text,
            video_path=f"videos_vpt/{text[:60].replace('/', '')}/{number:05d}",
            questions=[(f"What is [1]? {text}", f"{text} [1].")],
        )
        for number, text in enumerate(HOSTILE, 1)
    ]
    records[0]["video_id"] = "<b onmouseover=alert(1)>id</b>"
    records[1]["frame_level_caption"][0]["instance_level"] = {"<i>key</i>": HOSTILE[0], "1": "A cat."}
    return [*records, image(1), image(2, image_path="images_vpt/<u>sa</u>/2.jpg")]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of hostile, of usual and of many records, by name."""
    folder = tmp_path_factory.mktemp("pages")
    hostile = folder / "<script>window.hit=1<script>.json"
    hostile.write_text(json.dumps(hostile_records()), encoding="utf-8")
    it.stats(hostile, folder / "hostile", by="source", reference=True)
    it.synth(folder / "usual-data", videos=12, images=12, masks=True)
    it.stats(folder / "usual-data", folder / "usual", reference=True, max_frames=[4, 8])
    (folder / "many-data").mkdir()
    for number in range(1, 61):
        named = [video(each, frames=2, video_path=f"videos_vpt/source-{each:04d}/1") for each in range(1, 13)]
        (folder / "many-data" / f"{number:03d}.json").write_text(json.dumps(named))
    it.stats(folder / "many-data", folder / "many", by="source")
    return {name: folder / name / PAGE for name in ("hostile", "usual", "many")}


@pytest.fixture(scope="module")
def chromium():
    with browser() as launched:
        yield launched


def test_the_page_is_one_file_that_names_no_other(pages):
    for path in pages.values():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|iframe|object|embed|base|form|img)\b", text)
        assert not re.search(r"""(?:src|srcset|data|action|poster)\s*=\s*["']""", text)
        assert {link[0] for link in re.findall(r"""href\s*=\s*["']([^"']*)""", text)} == {"#"}
        assert not re.search(r"@import|url\((?!#)", text)
        assert path.stat().st_size < 3 << 20


def test_the_page_does_not_grow_with_the_data(pages):
    assert pages["many"].stat().st_size < 2 * pages["usual"].stat().st_size
    text = pages["many"].read_text(encoding="utf-8")
    assert "30 more inputs are in <code>summary.json</code>" in text


@pytest.mark.parametrize("text", [*HOSTILE[:5], HOSTILE[6]])
def test_text_from_the_data_is_escaped_and_shown_as_it_is(array, tmp_path, text):
    source = array(video(1, video_level_caption=text))
    it.stats(source, tmp_path / "out", recipes=[])
    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert "<" not in text or text not in page
    assert text in html.unescape(re.sub(r"<[^>]*>", "", page))


def test_what_would_reorder_or_command_is_spelled_out(array, tmp_path):
    it.stats(array(video(1, video_level_caption=HOSTILE[5])), tmp_path / "out", recipes=[])
    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert r"]]&gt;\u202egnp.exe\u2028 \x07\x1b[31m" in page
    assert not set("\u202e\u2028\u0007\u001b") & set(page)


def test_equal_data_give_an_equal_page(tmp_path, pages):
    it.synth(tmp_path / "usual-data", videos=12, images=12, masks=True)
    again = it.stats(tmp_path / "usual-data", tmp_path / "again", reference=True, max_frames=[4, 8])
    assert again.summary.files
    first = pages["usual"].read_text(encoding="utf-8")
    old, new = str(pages["usual"].parent.parent), str(tmp_path)
    assert (tmp_path / "again" / PAGE).read_text(encoding="utf-8") == first.replace(old, new)


def test_everything_that_was_measured_is_on_the_page(pages):
    text = pages["usual"].read_text(encoding="utf-8")
    summary = json.loads((pages["usual"].parent / "summary.json").read_text())
    for name in plots.available():
        assert f'id="plot-{name}"' in text
        assert html.escape(plots.load(name).CAPTION, quote=True) in text
    for each in summary["distributions"]:
        assert f">{each['quantity']}" in text
    for each in summary["reference"]["contradictions"]:
        assert html.escape(each["conclusion"], quote=True) in text
    for each in summary["inputs"]:
        assert each["sha256"] in text
    found = re.findall(r"<h3>(\w+), longest</h3>", text)
    assert [level.lower() for level in found] == [level for level in LEVELS if level != "option"]


@needs_chromium
@pytest.mark.parametrize("name", ["hostile", "usual", "many"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_its_window_and_asks_for_nothing(chromium, pages, name, width):
    visit = Visit(chromium, pages[name], width=width)
    assert visit.asked == [pages[name].as_uri()]
    assert visit.said == []
    assert visit.ask("window.hit") is None
    assert visit.ask("document.scrollingElement.scrollWidth") <= width
    assert visit.ask("document.querySelectorAll('h1').length") == 1
    outside = """[...document.querySelectorAll('h1, h2, h3, p, dl, blockquote, figcaption, .scroll, li')]
        .map(each => [each.getBoundingClientRect(), each.outerHTML.slice(0, 80)])
        .filter(([box, _]) => box.width && (box.left < 0 || box.right > innerWidth + 1))"""
    assert visit.ask(outside) == []
    boxes = visit.ask("[...document.querySelectorAll('figure svg')].map(each => each.getBoundingClientRect().toJSON())")
    assert len(boxes) >= 6
    assert all(500 < box["width"] < 800 and 60 < box["height"] < 1500 for box in boxes)


@needs_chromium
def test_text_in_a_figure_stays_in_it(chromium, pages):
    visit = Visit(chromium, pages["usual"])
    outside = """[...document.querySelectorAll('figure svg')].flatMap(svg => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => {
            const box = text.getBoundingClientRect();
            const across = box.left < frame.left - 2 || box.right > frame.right + 2;
            return across || box.top < frame.top - 2 || box.bottom > frame.bottom + 2;
        }).map(text => [svg.getAttribute('aria-label'), text.textContent]);
    })"""
    assert visit.ask(outside) == []


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_page_by_day_and_by_night(chromium, pages, scheme):
    visit = Visit(chromium, pages["usual"], color_scheme=scheme)
    colours = """[...document.querySelectorAll('body, p, td, th, dt, dd, figcaption, a, svg text')].map(each => {
        const style = getComputedStyle(each);
        return each.namespaceURI.endsWith('svg') ? style.fill : style.color;
    })"""
    paper = luminance(visit.ask("getComputedStyle(document.body).backgroundColor"))
    assert (paper > 0.5) == (scheme == "light")
    for colour in set(visit.ask(colours)):
        bright, dark = sorted((luminance(colour), paper), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 3, colour


@needs_chromium
def test_it_prints_on_white_without_links_to_click(chromium, pages):
    visit = Visit(chromium, pages["usual"], color_scheme="dark")
    visit.page.emulate_media(media="print", color_scheme="dark")
    assert luminance(visit.ask("getComputedStyle(document.body).backgroundColor")) > 0.9
    assert luminance(visit.ask("getComputedStyle(document.body).color")) < 0.1
    assert visit.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    printed = visit.page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 3 < printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") < 40


@needs_chromium
def test_everything_can_be_read_without_a_script(chromium, pages):
    visit = Visit(chromium, pages["usual"], java_script_enabled=False)
    assert visit.page.locator("table").count() > 4
    assert visit.page.locator("#plot-budget svg").is_visible()


def luminance(colour):
    """The relative luminance of a CSS colour, as WCAG 2 defines it."""
    red, green, blue = (int(number) / 255 for number in re.findall(r"\d+", colour)[:3])
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
