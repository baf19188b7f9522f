"""The site as a person uses it, in a browser: from the disk, and from the server."""

import json
import re
import shutil
from contextlib import contextmanager
from threading import Thread

import numpy as np
import pytest
from browsing import Visit, browser, needs_chromium
from conftest import image, video
from PIL import Image

import instit_tools as it
from instit_tools.masks import encode
from instit_tools.viewing.serving import serving
from instit_tools.viewing.site import read

pytestmark = needs_chromium

HOSTILE = [
    "<script>window.hit = 1; alert(1)</script>",
    '"><img src=x onerror="window.hit = 1; alert(2)">',
    "</script></button></article><h1>Owned</h1>",
    "{{ 7 * 7 }} {% raw %} ${7*7} &lt;b&gt; &amp; `${window.hit = 1}`",
    "<!-- --><style>body { display: none }</style><base href=https://evil.example/>",
    "]]>\u202egnp.exe\u2028 \u0007\u001b[31m\u0000 \U0001f408\u200d\u2b1b",
    "javascript:window.hit=1",
    "W" * 3000,
    "שלום [1] עולם <2> ומה",
    "[1]" * 300,
]


def hostile_records():
    for number, text in enumerate(HOSTILE, 1):
        yield video(
            number,
            frames=2,
            video_level_caption=text,
            video_path=f"videos_vpt/{text[:60].replace('/', '').replace(chr(0), '')}/{number:05d}",
            questions=[(f"What is [1]? {text}", f"{text} [1].")],
        )
    odd = video(frames=2, **{"<img src=x onerror=alert(4)>": HOSTILE[0]})
    odd["video_id"] = "<b onmouseover=alert(3)>id</b>\n'\"\u202e"
    odd["frame_level_caption"][0]["instance_level"] = {"<i>key</i>": HOSTILE[0], "1": "A cat."}
    odd["frame_level_caption"][1]["frame_name"] = '2.jpg" onerror="window.hit = 1'
    yield odd
    yield image(2, image_path="images_vpt/<u>sa</u>#?%2e/2.jpg")


def two_frames(folder):
    """A video of two frames in which [1] and [2] are masked, and [3] is only captioned, in the second."""
    for tree in ("vpt", "raw"):
        place = folder / f"videos_{tree}" / "LVVIS" / "00001"
        place.mkdir(parents=True)
        for number in (1, 2):
            Image.new("RGB", (320, 200), ("navy", "teal")[number - 1]).save(place / f"{number}.jpg")
    plane = np.zeros((200, 320), bool)
    plane[40:120, 40:160] = True
    other = np.roll(plane, 140, axis=1)
    one, two = ({"mask": encode(each).rle()} for each in (plane, other))
    record = video(1, frames=2, segmentations={"1.jpg": {"1": one}, "2.jpg": {"1": one, "2": two}})
    for frame in record["frame_level_caption"]:
        frame["instance_level"] = {"1": "A cat."}
    record["frame_level_caption"][1]["instance_level"]["3"] = "A bird that flies off at <1>-<2>."
    record["question_answer_pairs"] = [{"question": f"Who is [{n}]?", "answer": f"At <{n}>."} for n in (1, 2, 1)]
    return record


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """Sites of usual, of hostile and of many records, and one of a single video, by name."""
    folder = tmp_path_factory.mktemp("sites")
    it.synth(folder / "usual-data", videos=5, images=5, masks=True, media=True)
    it.view(folder / "usual-data", folder / "usual")
    (folder / "hostile-data").mkdir()
    hostile = folder / "hostile-data" / "<script>window.hit=1<script>.json"
    hostile.write_text(json.dumps([*hostile_records()]), encoding="utf-8")
    it.view(hostile, folder / "hostile")
    (folder / "one-data").mkdir()
    (folder / "one-data" / "one.json").write_text(json.dumps([two_frames(folder / "one-data"), image(7)]))
    it.view(folder / "one-data", folder / "one")
    many = [
        video(n, frames=7 if n % 9 == 6 else 1, video_path=f"videos_vpt/{'LVVIS' if n % 3 else 'UVO'}/{n:05d}")
        for n in range(1, 1051)
    ]
    many[999]["video_level_caption"] = "A zebra beside [1], über alles."
    many[1000]["video_level_caption"] = "A zebra that speaks of [9]."
    (folder / "many.json").write_text(json.dumps(many))
    it.view(folder / "many.json", folder / "many")
    return {name: folder / name for name in ("usual", "hostile", "one", "many")}


@pytest.fixture(scope="module")
def chromium():
    with browser() as launched:
        yield launched


@pytest.fixture
def visit(chromium, sites):
    """Open a page of a site, and see at the end that it asked for nothing elsewhere and complained of nothing."""
    visits = []

    def opened(site, page="index.html", fragment="", **options):
        found = Visit(chromium, f"{(sites[site] / page).as_uri()}{fragment}", **options)
        if options.get("java_script_enabled", True):
            found.page.wait_for_selector("html[data-ready]")
        visits.append(found)
        return found

    yield opened
    for each in visits:
        assert each.said == []
        assert [url for url in each.asked if not url.startswith(("file:", "data:"))] == []
        each.page.context.close()


def count(visit):
    return visit.page.locator("#count").inner_text()


def names(visit):
    return visit.page.locator(".card .name b").all_text_contents()


def typed(visit, text, expected):
    visit.page.locator("#q").fill(text)
    visit.page.wait_for_function("expected => document.getElementById('count').textContent === expected", arg=expected)


def focused(visit):
    return visit.ask("document.activeElement.querySelector('.name b')?.textContent ?? document.activeElement.id")


def lit(visit, selector):
    return visit.page.locator(f"{selector}.lit").evaluate_all("all => all.map(each => each.dataset.ids)")


# ------------------------------------------------------------------------------------------------------ the gallery


def test_the_search_finds_words_of_captions_ids_and_paths(visit):
    page = visit("many")
    assert count(page) == "1,050 records"
    typed(page, "zebra", "2 of 1,050 records")
    assert names(page) == ["video 1000", "video 1001"]
    typed(page, "ZEB uber", "1 of 1,050 records")
    assert names(page) == ["video 1000"]
    typed(page, "[9]", "1 of 1,050 records")
    typed(page, "uvo/0000", "3 of 1,050 records")
    assert names(page) == ["video 3", "video 6", "video 9"]
    typed(page, "video 77", "11 of 1,050 records")
    typed(page, "nothing-like-it", "0 of 1,050 records")
    assert page.page.locator("#empty").is_visible()
    page.page.locator("#clear-too").click()
    assert count(page) == "1,050 records"


def test_a_piece_of_the_index_that_cannot_be_loaded_is_said_so_and_asked_for_again(chromium, sites, tmp_path):
    shutil.copytree(sites["many"], tmp_path / "site")
    piece = tmp_path / "site" / "data" / "words-z.js"
    for broken in (lambda: piece.rename(tmp_path / "z.js"), lambda: piece.write_text("")):
        words = piece.read_text()
        broken()
        page = Visit(chromium, (tmp_path / "site" / "index.html").as_uri())
        page.page.wait_for_selector("html[data-ready]")
        typed(page, "zebra", "Cannot search: data/words-z.js cannot be loaded")
        assert [said for said in page.said if "ERR_FILE_NOT_FOUND" not in said] == []
        piece.write_text(words)
        typed(page, "zebr", "2 of 1,050 records")
        page.page.context.close()


def test_cards_that_cannot_be_loaded_are_said_so_and_the_others_keep_their_words(chromium, sites, tmp_path):
    shutil.copytree(sites["many"], tmp_path / "site")
    (tmp_path / "site" / "data" / "cards-000.js").unlink()
    page = Visit(chromium, (tmp_path / "site" / "index.html").as_uri())
    page.page.wait_for_selector("html[data-ready]")
    assert count(page) == "50 records; others cannot be loaded"
    typed(page, "zebra", "1 of 1,050 records; others cannot be loaded")
    assert names(page) == ["video 1001"]
    page.page.context.close()


def test_filters_go_together_and_stand_in_the_address(visit):
    page = visit("many")
    page.page.select_option("#source", "UVO")
    page.page.fill("#frames-from", "8")
    assert count(page) == "0 of 1,050 records"
    page.page.fill("#frames-from", "7")
    assert count(page) == "117 of 1,050 records"
    page.page.select_option("#sort", "id")
    page.page.select_option("#problem", "none")
    assert page.ask("location.hash") == "#source=UVO&frames-from=7&problem=none&sort=id"
    again = visit("many", fragment="#source=UVO&frames-from=7&sort=frames")
    assert count(again) == "117 of 1,050 records"
    assert again.page.input_value("#source") == "UVO"
    again.page.select_option("#problem", "id-unknown")
    assert count(again) == "0 of 1,050 records"
    again.page.locator("#clear").click()
    again.page.select_option("#problem", "id-unknown")
    assert names(again) == ["video 1001"]
    again.page.select_option("#problem", "error")
    assert "video 1001" in names(again)


def test_sorting_puts_the_most_first(visit):
    page = visit("many", fragment="#sort=problems")
    assert names(page)[0] == "video 1001"
    page.page.select_option("#sort", "frames")
    assert page.page.locator(".counts").first.text_content().startswith("7 frames")


def test_more_cards_come_as_the_page_is_scrolled(visit):
    page = visit("many")
    before = len(names(page))
    assert before < 200
    page.page.mouse.wheel(0, 100_000)
    page.page.wait_for_function("before => document.querySelectorAll('.card').length > before", arg=before)


def test_the_gallery_is_used_without_a_mouse(visit):
    page = visit("usual")
    keys = page.page.keyboard
    keys.press("/")
    assert focused(page) == "q"
    keys.type("BenSMOT/000002?")  # a question mark in a field is a question mark
    page.page.wait_for_function("() => document.getElementById('count').textContent === '1 of 10 records'")
    assert page.page.input_value("#q").endswith("2?")
    assert not page.page.locator("#help").is_visible()
    keys.press("Enter")
    page.page.wait_for_function("() => document.activeElement.matches('.card')")
    assert focused(page) == "video 2"
    keys.press("Escape")
    page.page.wait_for_function("() => document.getElementById('count').textContent === '10 records'")
    for key, expected in [("j", "image 1"), ("ArrowRight", "image 2"), ("k", "image 1"), ("ArrowDown", "video 1"),
                          ("ArrowUp", "image 1")]:  # fmt: skip
        keys.press(key)
        assert focused(page) == expected
    keys.press("?")
    assert page.page.locator("#help").is_visible()
    keys.press("Escape")
    assert not page.page.locator("#help").is_visible()
    keys.press("Enter")
    page.page.wait_for_url("**/image-000001.html")


def test_a_record_leads_back_to_the_gallery_as_it_was(visit):
    page = visit("usual", fragment="#kind=video")
    page.page.locator(".card").nth(1).click()
    page.page.wait_for_url("**/records/video-000002.html")
    page.page.wait_for_selector("html[data-ready]")
    page.page.locator("#after").click()
    page.page.wait_for_url("**/records/video-000003.html")
    page.page.wait_for_selector("html[data-ready]")
    page.page.locator("#back").click()
    page.page.wait_for_url("**/index.html#kind=video")
    assert names(page) == [f"video {number}" for number in range(1, 6)]


def test_pictures_load_when_they_come_near_and_frames_pass_by_under_the_pointer(visit):
    page = visit("usual")
    assert page.page.locator(".thumb img[loading=lazy]").count() >= 2
    page.page.wait_for_function("() => document.querySelector('.thumb img').naturalWidth > 0")
    thumb = page.page.locator(".card", has_text="video 1").locator(".thumb")
    thumb.scroll_into_view_if_needed()
    box = thumb.bounding_box()
    page.page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 40)
    assert thumb.locator(".scrub").get_attribute("data-stamp") == "3 / 3"
    page.page.mouse.move(box["x"] + 4, box["y"] + 40)
    assert thumb.locator(".scrub").get_attribute("data-stamp") == "1 / 3"
    page.page.mouse.move(0, 0)
    assert thumb.locator(".scrub").count() == 0


# --------------------------------------------------------------------------------------------------------- a record


def test_arrows_strip_timestamps_and_timeline_lead_from_frame_to_frame(visit):
    page = visit("one", "records/video-000001.html")
    frames = page.page.locator(".frame")
    assert [each.is_visible() for each in frames.all()] == [True, False]
    page.page.keyboard.press("ArrowRight")
    assert [each.is_visible() for each in frames.all()] == [False, True]
    assert page.ask("location.hash") == "#t2"
    page.page.keyboard.press("ArrowRight")
    assert page.ask("location.hash") == "#t2"
    page.page.keyboard.press("Home")
    assert page.ask("location.hash") == "#t1"
    page.page.locator(".strip a").nth(1).click()
    assert frames.nth(1).is_visible()
    assert page.page.locator(".strip a[aria-current]").get_attribute("href") == "#t2"
    page.page.locator(".asked a.time[href='#t1']").first.click()
    assert frames.nth(0).is_visible()
    page.page.locator(".cell[data-row='3']").click()
    assert frames.nth(1).is_visible()
    there = visit("one", "records/video-000001.html", "#t2")
    assert there.page.locator(".frame").nth(1).is_visible()
    assert there.ask("document.querySelector('.strip a').getBoundingClientRect().top") > 40


def test_pointing_at_an_id_lights_its_outline_in_every_frame(visit):
    page = visit("one", "records/video-000001.html")
    page.page.locator(".asked .chip[data-ids='1']").first.hover()
    assert lit(page, ".picture .mask") == ["1", "1"]
    assert lit(page, ".strip .mask") == ["1", "1"]
    assert lit(page, ".strip a") == ["1", "1 2 3"]
    box = page.page.locator(".current .mask.lit").bounding_box()
    shown = page.page.locator(".current img").bounding_box()
    scale = shown["height"] / 200
    left = (shown["width"] - 320 * scale) / 2  # the picture stands in the middle of its box
    assert abs(box["x"] - shown["x"] - left - 40 * scale) < 4
    assert abs(box["width"] - 119 * scale) < 8
    stroke = page.ask("getComputedStyle(document.querySelector('.current .mask.lit')).stroke")
    assert stroke not in {"none", "rgba(0, 0, 0, 0)"}
    page.page.mouse.move(2, 2)
    assert lit(page, ".mask") == []


def test_an_instance_that_is_only_captioned_lights_the_edge_of_its_frames(visit):
    page = visit("one", "records/video-000001.html")
    page.page.locator(".legend .chip[data-ids='3']").first.hover()
    assert lit(page, ".mask") == []
    assert lit(page, ".strip a") == ["1 2 3"]
    assert lit(page, ".picture") == ["1 2 3"]
    assert lit(page, ".caption") == ["3"]


def test_focus_lights_and_a_click_or_a_tap_holds(visit, chromium):
    page = visit("one", "records/video-000001.html")
    chip = page.page.locator(".legend .chip[data-ids='2']").first
    chip.focus()
    assert lit(page, ".picture .mask") == ["2"]
    page.page.keyboard.press("Enter")
    assert chip.get_attribute("aria-pressed") == "true"
    page.page.locator("h1").hover()
    assert lit(page, ".picture .mask") == ["2"]
    page.page.keyboard.press("Escape")
    assert chip.get_attribute("aria-pressed") == "false"
    page.page.keyboard.press("1")
    assert lit(page, ".picture .mask") == ["1", "1"]
    touched = visit("one", "records/video-000001.html", has_touch=True, width=390)
    touched.page.locator(".current .texts .chip[data-ids='1']").first.tap()
    assert lit(touched, ".picture .mask") == ["1", "1"]


def test_a_click_on_a_mask_holds_its_instance(visit):
    page = visit("one", "records/video-000001.html", "#t2")
    page.page.locator(".current .mask[data-ids='2']").click()
    assert page.page.locator(".legend [aria-pressed=true]").inner_text() == "[2]"


def test_an_interval_shows_its_frames_in_the_strip(visit):
    page = visit("one", "records/video-000001.html", "#t2")
    page.page.locator(".current .caption a.time").hover()
    assert page.page.locator(".strip a.told").count() == 2


def test_questions_are_filtered_by_instance(visit):
    page = visit("one", "records/video-000001.html")
    assert page.page.locator("#asked").inner_text() == "3"
    page.page.locator(".only[data-only='1']").click()
    assert page.page.locator("#asked").inner_text() == "2 of 3"
    assert page.page.locator(".asked:visible").count() == 2
    page.page.locator(".only[data-only='1']").click()
    assert page.page.locator(".asked:visible").count() == 3


def test_outlines_and_marks_are_switched_by_key_and_by_button(visit):
    page = visit("one", "records/video-000001.html")
    page.page.keyboard.press("o")
    assert page.page.locator("#outlines").get_attribute("aria-pressed") == "true"
    assert page.page.locator("main.outlined").count() == 1
    source = page.page.locator(".current img")
    assert "videos_vpt" in source.get_attribute("src")
    page.page.keyboard.press("m")
    assert "videos_raw" in source.get_attribute("src")
    page.page.wait_for_function("() => document.querySelector('.current img').naturalWidth === 320")
    page.page.locator("#marks").click()
    assert "videos_vpt" in source.get_attribute("src")


def test_a_problem_leads_to_the_text_that_has_it_in_its_frame(visit, sites):
    page = visit("many", "records/video-001001.html")
    assert page.page.locator("#problems .group code").first.inner_text() == "id-unknown"
    page.page.locator("#problems .trouble.error a").first.click()
    assert page.ask("document.querySelector('.said:target').textContent").startswith("A zebra that speaks of")


def test_a_picture_that_is_gone_is_shown_small_from_the_strip(chromium, sites, tmp_path):
    copied = tmp_path / "sent"
    copied.mkdir()
    for path in sites["usual"].rglob("*"):
        place = copied / path.relative_to(sites["usual"])
        place.mkdir() if path.is_dir() else place.write_bytes(path.read_bytes())
    found = Visit(chromium, copied / "records" / "video-000001.html")
    found.page.wait_for_selector(".current .picture svg.small image")
    assert found.page.locator(".current .picture img").count() == 0


def test_the_page_can_be_read_without_scripts(visit):
    page = visit("one", "records/video-000001.html", java_script_enabled=False)
    assert [each.is_visible() for each in page.page.locator(".frame").all()] == [True, True]
    assert not page.page.locator("#copy").is_visible()
    page.page.locator("#raw summary").click()
    assert page.page.locator("#raw pre").is_visible()
    page.page.locator("#after").click()
    page.page.wait_for_url("**/image-000007.html")
    gallery = visit("usual", java_script_enabled=False)
    assert gallery.page.locator(".card").count() == 10
    assert not gallery.page.locator("#find").is_visible()


# ------------------------------------------------------------------------------------------------------ all of them


@pytest.mark.parametrize(("site", "width"), [("usual", 390), ("hostile", 360), ("hostile", 1440), ("one", 360)])
def test_every_page_fits_its_window(visit, sites, site, width):
    page = visit(site, width=width)
    for path in [sites[site] / "index.html", *sorted((sites[site] / "records").iterdir())]:
        page.page.goto(path.as_uri())
        page.page.wait_for_selector("html[data-ready]")
        if page.page.locator("#more").is_visible():
            page.page.locator("#more").click()
        assert page.ask("document.scrollingElement.scrollWidth") <= width, path.name
        assert page.ask("document.querySelectorAll('h1').length") == 1


@pytest.mark.parametrize("width", [360, 1440])
def test_a_long_gallery_fits_its_window(visit, width):
    page = visit("many", width=width)
    assert page.ask("document.scrollingElement.scrollWidth") <= width
    page.page.fill("#q", "lvvis")
    page.page.mouse.wheel(0, 10_000)
    assert page.ask("document.scrollingElement.scrollWidth") <= width


def test_hostile_records_are_shown_and_do_nothing(visit, sites):
    page = visit("hostile")
    assert count(page) == f"{len(HOSTILE) + 2} records"
    page.page.locator("#theme").click()
    page.page.fill("#q", "<script>window.hit = 1</script>")
    page.page.fill("#q", "")
    for path in sorted((sites["hostile"] / "records").iterdir()):
        page.page.goto(path.as_uri())
        page.page.wait_for_selector("html[data-ready]")
        page.page.locator("#raw summary").click()
        page.page.keyboard.press("ArrowRight")
        assert page.ask("window.hit") is None
        assert page.page.locator("script:not([src]), iframe, h1 *").count() == 0
    page.page.goto((sites["hostile"] / "records" / "video-000001.html").as_uri())
    assert HOSTILE[0] in page.page.locator("[aria-labelledby=video-title] .said").inner_text()
    page.page.goto((sites["hostile"] / "records" / "video-000006.html").as_uri())
    assert (
        r"]]>\u202egnp.exe\u2028 \x07\x1b[31m\x00"
        in page.page.locator("[aria-labelledby=video-title] .said").inner_text()
    )


CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgb = colour => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = colour => {
        const [r, g, b] = rgb(colour).map(each => each / 255)
            .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (rgb(colour)[3] > 200) return colour;
        }
        return 'white';
    };
    const low = [];
    for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.checkVisibility() || element.closest('.hidden, .skip, svg, option, optgroup')) continue;
        const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
        const ratio = (one + 0.05) / (other + 0.05);
        if (ratio < 4.5) low.push([element.outerHTML.slice(0, 120), ratio]);
    }
    return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_and_every_chip_stands_out_by_day_and_by_night(visit, sites, scheme):
    page = visit("usual", color_scheme=scheme)
    paper = page.ask("getComputedStyle(document.body).backgroundColor")
    assert (min(map(int, re.findall(r"\d+", paper))) > 200) == (scheme == "light")
    assert page.ask(CONTRAST) == []
    for path in (sites["usual"] / "records" / "video-000001.html", sites["many"] / "records" / "video-001001.html"):
        page.page.goto(path.as_uri())
        page.page.wait_for_selector("html[data-ready]")
        page.ask("""() => { for (let n = 0; n < 24; n++) {
            const chip = document.createElement('span');
            chip.className = `chip c${n}`; chip.textContent = `[${n}]`;
            document.querySelector('h1').after(chip);
        } }""")
        assert page.ask(CONTRAST) == []


def test_light_and_dark_are_switched_and_remembered_on_every_page(visit):
    page = visit("usual", color_scheme="light")
    page.page.locator("#theme").click()
    dark = page.ask("getComputedStyle(document.body).backgroundColor")
    page.page.locator(".card").first.click()
    page.page.wait_for_selector("html[data-ready]")
    assert page.ask("getComputedStyle(document.body).backgroundColor") == dark
    page.page.locator("#theme").click()
    assert page.ask("getComputedStyle(document.body).backgroundColor") != dark


def test_nothing_moves_by_itself_for_who_asks_for_that(visit):
    page = visit("usual", "records/video-000001.html", reduced_motion="reduce")
    assert page.ask("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.ask("getComputedStyle(document.querySelector('.mask')).transitionDuration") in {"0s", "1e-05s"}


def test_what_is_clicked_has_a_name_and_is_seen_when_focused(visit, sites):
    unnamed = """[...document.querySelectorAll('a, button, input, select')].filter(each => each.checkVisibility()
        && !(each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length))
        .map(each => each.outerHTML.slice(0, 100))"""
    page = visit("usual")
    assert page.ask(unnamed) == []
    page.page.goto((sites["usual"] / "records" / "video-000001.html").as_uri())
    page.page.wait_for_selector("html[data-ready]")
    assert page.ask(unnamed) == []
    for _ in range(4):
        page.page.keyboard.press("Tab")
        assert page.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@contextmanager
def served(folder):
    with serving(folder, read(folder), 0) as (address, server):
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield address
        finally:
            server.shutdown()
            thread.join()


def test_the_site_is_the_same_from_the_server(chromium, sites):
    with served(sites["usual"]) as address:
        page = Visit(chromium, address)
        page.page.wait_for_selector("html[data-ready]")
        typed(page, "BenSMOT/000002", "1 of 10 records")
        page.page.locator(".card").click()
        page.page.wait_for_selector("html[data-ready]")
        page.page.wait_for_function("() => document.querySelector('.current img').naturalWidth > 0")
        page.page.keyboard.press("m")
        page.page.wait_for_function("() => document.querySelector('.current img').naturalWidth > 0")
        assert "videos_raw" in page.page.locator(".current img").get_attribute("src")
        assert page.said == []
        assert [url for url in page.asked if not url.startswith((address, "data:"))] == []
        page.page.context.close()
