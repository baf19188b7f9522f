"""``instit-tools view``: what is on the pages, what is in the data pieces, and the command as a process."""

import html
import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile

import pytest
from conftest import image, video
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import instit_tools as it
from instit_tools.errors import OutputError, RecordError, UsageError
from instit_tools.masks import encode
from instit_tools.viewing import data, notebook
from instit_tools.viewing.cards import Card
from instit_tools.viewing.serving import serving
from instit_tools.viewing.site import read
from instit_tools.viewing.traced import Traced, traced
from instit_tools.viewing.words import Words, words


def lines(output):
    return output.decode().splitlines()


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def piece(path):
    """The arguments of the call that a script of data is."""
    text = path.read_text(encoding="utf-8")
    found = re.fullmatch(r"view\.\w+\((.*)\);\n", text, re.DOTALL)
    return json.loads(f"[{found[1]}]")


def cards(folder):
    return [card for path in sorted((folder / "data").glob("cards-*.js")) for card in piece(path)[1]]


def page(folder, name):
    return (folder / "records" / f"{name}.html").read_text(encoding="utf-8")


def shown(text):
    """The text of a page, as a reader sees it."""
    return html.unescape(re.sub(r"<[^>]*>", "", text))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small dataset with masks and pictures of both kinds; not to be changed."""
    return it.synth(tmp_path_factory.mktemp("made") / "data", videos=4, images=3, masks=True, media=True).folder


@pytest.fixture(scope="module")
def site(made, tmp_path_factory):
    """A site of it; not to be changed."""
    folder = tmp_path_factory.mktemp("site") / "site"
    it.view(made, folder)
    return folder


# ------------------------------------------------------------------------------------------------------------ data


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A cat, a CAT; cats!", {"a", "cat", "cats"}),
        ("[3] and [12] at <4>-<5>", {"[3]", "and", "[12]", "at", "<4>", "<5>"}),
        ("Café naïve ÅNGSTRÖM", {"cafe", "naive", "angstrom"}),
        ("don't snake_case x-ray", {"don", "t", "snake", "case", "x", "ray"}),
        ("红色的猫 ネコ", {"红", "色", "的", "猫", "ネ", "コ"}),
        ("a \U0001f408 here", {"a", "\U0001f408", "here"}),
        ("קט שלום", {"קט", "שלום"}),
        ("", set()),
    ],
)
def test_a_text_is_found_by_its_words(text, found):
    assert words(text) == found


@given(st.lists(st.sets(st.sampled_from(["cat", "dog", "[3]", "<4>", "猫", "9"])), max_size=30))
def test_the_index_holds_each_word_with_its_records_once(records):
    index = Words()
    for number, each in enumerate(records):
        index.add(number, each)
    held = {}
    for name, piece in index.pieces():
        for word, steps in piece.items():
            assert name == (word[0] if word.isalpha() and word.isascii() else "others" if word == "猫" else "numbers")
            held[word] = [sum(steps[: at + 1]) for at in range(len(steps))]
    expected = {word: [at for at, each in enumerate(records) if word in each] for word in set().union(*records)}
    assert held == expected


@given(st.text())
def test_no_text_ends_a_script_or_changes_on_its_way_into_one(text):
    text = text.encode("utf-8", "replace").decode()
    written = data.script("view.cards", 0, [text]).decode()
    assert "<" not in written
    assert json.loads(f"[{written.removeprefix('view.cards(').removesuffix(');' + chr(10))}]") == [0, [text]]


def test_many_cards_are_cut_into_pieces_that_are_numbered(tmp_path):
    found = [Card(name=f"video-{number}", kind="video", id=str(number)) for number in range(2500)]
    assert list(data.cards(tmp_path, found)) == ["cards-000", "cards-001", "cards-002"]
    starts = [piece(path)[0] for path in sorted(tmp_path.iterdir())]
    assert starts == [0, 1000, 2000]
    assert [card["id"] for path in sorted(tmp_path.iterdir()) for card in piece(path)[1]] == list(map(str, range(2500)))


def test_outlines_are_those_of_the_masks_and_a_damaged_mask_is_left_out_and_counted():
    import numpy as np

    plane = np.zeros((20, 30), bool)
    plane[5:15, 4:24] = True
    other = np.zeros((20, 30), bool)
    other[0:3, 0:3] = True
    tree = {
        "2": {"mask": encode(other).rle()},
        "1,2": {"mask": encode(plane).rle()},
        "3": {"mask": {"size": [20, 30], "counts": [5]}},
        "4": {"mask": encode(np.ones((5, 5), bool)).rle()},
        "x": 7,
    }
    found = traced(tree)
    assert (found.width, found.height, found.damaged) == (30, 20, 3)
    assert [each.id for each in found.outlines] == [1, 2]
    corners = {tuple(map(int, pair.split())) for pair in re.split("[MLZ]", found.outlines[0].d) if pair}
    assert corners == {(4, 5), (4, 14), (23, 14), (23, 5)}
    assert traced(None) == traced([]) == traced("x")


def test_a_damaged_mask_spoils_no_other_and_of_two_for_the_same_instances_one_is_damaged():
    import numpy as np

    whole, half = np.ones((4, 6), bool), np.ones((4, 6), bool)
    half[:, 3:] = False
    tree = {
        "1,2": {"mask": encode(whole).rle()},
        "2,1": {"mask": encode(half).rle()},
        "1": {"mask": {"size": [4, 6], "counts": "~"}},
        "3": {"mask": encode(half).rle()},
        "03": {"mask": encode(whole).rle()},
    }
    found = traced(tree)
    assert found.damaged == 3
    assert {each.id: each.d for each in found.outlines} == {
        1: "M0 0L0 3L5 3L5 0Z",
        2: "M0 0L0 3L5 3L5 0Z",
        3: "M0 0L0 3L2 3L2 0Z",
    }
    assert found.named == {1, 2, 3}


def test_masks_are_those_of_their_picture_and_larger_ones_are_not_decoded():
    large = {str(number): {"mask": {"size": [13000, 13000], "counts": [0, 169_000_000]}} for number in range(1, 1000)}
    own = {"mask": {"size": [4, 6], "counts": [0, 24]}}
    swapped = {"mask": {"size": [6, 4], "counts": [0, 24]}}
    assert traced(large) == Traced(damaged=999, named=frozenset(range(1, 1000)))
    for others in (large, {"1": swapped, "2": swapped}):
        found = traced({**others, "3": own}, (6, 4))
        assert (found.width, found.height, found.damaged) == (6, 4, len({**others, "3": own}) - 1)
        assert [each.id for each in found.outlines] == [3]


# ----------------------------------------------------------------------------------------------------------- pages


def test_every_record_has_a_page_a_card_and_neighbours(site):
    found = cards(site)
    assert [card["name"] for card in found] == [
        *(f"image-{number:06d}" for number in (1, 2, 3)),
        *(f"video-{number:06d}" for number in (1, 2, 3, 4)),
    ]
    for before, card, after in zip([None, *found], found, [*found[1:], None], strict=False):
        text = page(site, card["name"])
        assert ('rel="prev"' in text) == (before is not None)
        assert ('rel="next"' in text) == (after is not None)
        assert before is None or f'href="{before["name"]}.html"' in text
        assert after is None or f'href="{after["name"]}.html"' in text
        assert (site / "posters" / f"{card['name']}.webp").exists()


def test_every_text_of_a_record_is_on_its_page_letter_by_letter(made, site):
    for record in it.read(made):
        kind = "video" if isinstance(record, it.VideoRecord) else "image"
        text = shown(page(site, f"{kind}-{record.id:06d}"))
        frames = record.frames if kind == "video" else [record]
        said = [each for frame in frames for each in (*frame.instances.values(), frame.caption)]
        if kind == "video":
            said += [record.caption, *(frame.change for frame in record.frames if frame.change)]
            said += [each for pair in record.questions for each in (pair.question, pair.answer)]
        for each in said:
            assert " ".join(each.split()) in " ".join(text.split())


def test_ids_and_timestamps_are_chips_and_those_that_lead_nowhere_say_so(array, tmp_path):
    it.view(array(video(1, video_level_caption="[1] [2, 9] at <2>, <1>-<3> and <7>.")), tmp_path / "out")
    text = page(tmp_path / "out", "video-000001")
    assert '<button type="button" class="chip c1" data-ids="1">[1]</button>' in text
    assert 'class="chip c2 lost" data-ids="2 9" title="No instance of this record">[2, 9]</button>' in text
    assert '<a class="time" href="#t2" data-first="2" data-last="2">&lt;2&gt;</a>' in text
    assert '<a class="time" href="#t1" data-first="1" data-last="3">&lt;1&gt;-&lt;3&gt;</a>' in text
    assert '<span class="time lost" title="No frame of this record">&lt;7&gt;</span>' in text


def test_the_timeline_says_who_is_captioned_and_who_is_masked(array, tmp_path):
    import numpy as np

    mask = {"mask": encode(np.ones((4, 6), bool)).rle()}
    record = video(1, frames=2, segmentations={"1.jpg": {"1": mask}, "2.jpg": {"3": mask}})
    record["frame_level_caption"][1]["instance_level"] = {"1": "  ", "2": "A dog."}
    it.view(array(record), tmp_path / "out")
    cells = re.findall(r'class="cell (\w+)" href="#t(\d)" data-row="(\d)"', page(tmp_path / "out", "video-000001"))
    assert cells == [("both", "1", "1"), ("captioned", "1", "2"), ("captioned", "2", "2"), ("masked", "2", "3")]


def test_who_is_where_is_told_alike_by_view_and_show_and_a_damaged_mask_is_nobody(run, array, tmp_path):
    whole, damaged = ({"mask": {"size": [4, 6], "counts": [0, count]}} for count in (24, 23))
    record = video(1, frames=2, segmentations={"1.jpg": {"1,2": whole, "3": damaged}, "2.jpg": {"2": damaged}})
    record["frame_level_caption"][0]["instance_level"] = {"1": "A cat.", "3": " "}
    record["frame_level_caption"][1]["instance_level"] = {"4": "A \u2028 dog.", "5": None}
    source = array(record)
    it.view(source, tmp_path / "out")
    text = page(tmp_path / "out", "video-000001")
    cells = re.findall(r'class="cell (\w+)" href="#t(\d)" data-row="(\d)"', text)
    assert cells == [("both", "1", "1"), ("masked", "1", "2"), ("captioned", "2", "4")]
    told = run("show", "1", source).stdout.decode()
    assert re.findall(r"^ +\[(\d)\] (\S+)  \d of 2$", told, re.MULTILINE) == [
        ("1", "█·"),
        ("2", "░·"),
        ("3", "··"),
        ("4", "·█"),
        ("5", "··"),
    ]
    assert re.search("^2 frames, 5 instances, . questions?, 2 masks$", told, re.MULTILINE)
    assert re.findall("mask, no caption: (.*)", told) == ["[2]"]
    assert '<span class="chip' not in text
    assert re.search(r"<span>5 instances</span>", text)
    assert run("show", "1", source, "--instance", "3").returncode == 0


def test_frames_stand_in_the_order_of_time_and_two_of_one_time_both_stand(array, tmp_path):
    record = video(1, frames=3)
    record["frame_level_caption"].reverse()
    record["frame_level_caption"][0]["timestamp"] = 1
    it.view(array(record), tmp_path / "out")
    found = re.findall(r'<article class="frame[^"]*" id="([^"]*)"', page(tmp_path / "out", "video-000001"))
    assert found == ["t1", "t1-2", "t2"]


def test_what_the_rules_find_stands_beside_its_text_and_on_the_card(array, tmp_path):
    record = video(1, questions=[("Who is [9]?", "A cat at <8>.")])
    made = it.view(array(record, video(1, video_path="videos_vpt/LVVIS/2")), tmp_path / "out")
    text = page(tmp_path / "out", "video-000001")
    question = re.search(r'<li class="asked".*?</li>\n</ul>', text, re.DOTALL)[0]
    assert "<strong>error</strong> <code>id-unknown</code>" in question
    again = page(tmp_path / "out", "video-000001-2")
    assert "<code>record-id-repeated</code>" in again
    assert made.problems["id-unknown"] == made.problems["record-id-repeated"] == 1
    assert [card["problems"].get("record-id-repeated", 0) for card in cards(tmp_path / "out")] == [0, 1]
    report = it.validate(array(record, video(1, video_path="videos_vpt/LVVIS/2")))
    assert report.summary.counts == made.problems


def test_records_in_every_published_shape_have_pages(array, tmp_path):
    lengths = image(2, instance_level_caption={"1": {"short": "A cup.", "long": "A red cup."}, "odd key": "What?"})
    bare = {"video_id": "a/b", "video_path": "videos/x", "frame_level_caption": []}
    item = {"question_id": "001-01", "question": "Who is [1]?", "answer": "B", "options": {"A": "[1]", "B": "<2>"},
            "video_id": 1, "video_path": "videos_vpt/001"}  # fmt: skip
    made = it.view(array(lengths, bare, item, video(3, new_key={"deep": [1]})), tmp_path / "out")
    assert made.records == {"image": 1, "video": 2, "bench": 1}
    text = page(tmp_path / "out", "image-000002")
    assert re.search(r'soft length">short</span>\s*<p[^>]*>A cup\.</p>', text)
    assert "<code>odd key</code>" in text
    asked = page(tmp_path / "out", "bench-001_2d_01")
    assert '<li><span class="letter">A</span>' in asked
    assert '<li class="right"><span class="letter">B</span>' in asked
    lower = item | {"question_id": "001-02", "answer": "b"}
    it.view(array(lower), tmp_path / "lower")
    assert 'class="right"' not in page(tmp_path / "lower", "bench-001_2d_02")
    assert "&#34;new_key&#34;" in page(tmp_path / "out", "video-000003")
    assert (tmp_path / "out" / "records" / "video-a_2f_b.html").exists()


def test_a_question_of_the_benchmark_shows_its_frames_by_number(array, tmp_path):
    folder = tmp_path / "videos_vpt" / "001"
    folder.mkdir(parents=True)
    for number in (1, 2, 10):
        Image.new("RGB", (40, 30)).save(folder / f"{number}.jpg")
    it.view(array({"question_id": "1", "question": "Who?", "video_path": "videos_vpt/001"}), tmp_path / "out")
    found = re.findall(r'<img src="../../videos_vpt/001/(\d+).jpg"', page(tmp_path / "out", "bench-1"))
    assert found == ["1", "2", "10"]


def test_the_raw_record_is_on_the_page_with_run_lengths_shortened(made, site):
    raw = html.unescape(re.search(r"<pre[^>]*>(.*)</pre>", page(site, "video-000001"), re.DOTALL)[1])
    found = json.loads(raw)
    (record,) = [each for each in json.loads((made_file(made)).read_text()) if each["video_id"] == 1]
    assert found["frame_level_caption"] == record["frame_level_caption"]
    counts = [each["mask"]["counts"] for frame in found["segmentations"].values() for each in frame.values()]
    assert all(each == "(shortened)" or len(each) < 60 for each in counts)


def made_file(folder):
    from pathlib import Path

    return Path(folder) / "made_up_video_w_mask.json"


def test_the_same_data_give_the_same_site_however_many_work_on_it(made, site, tmp_path):
    it.view(made, site.with_name("again"), workers=2)
    one, other = tree(site), tree(site.with_name("again"))
    assert one == other


# -------------------------------------------------------------------------------------------------------- pictures


def test_pictures_are_linked_from_where_they_are_with_their_twins(made, site):
    text = page(site, "video-000001")
    sources = re.findall(r'<img src="([^"]*)" data-other="([^"]*)" width="(\d+)" height="(\d+)"', text)
    assert len(sources) == 3
    for vpt, raw, width, height in sources:
        assert raw == vpt.replace("videos_vpt", "videos_raw")
        with Image.open((site / "records" / vpt).resolve()) as picture:
            assert picture.size == (int(width), int(height))
    assert not (site / "pictures").exists()


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_pictures_in_an_archive_are_copied_into_the_site(made, tmp_path, kind):
    from pathlib import Path

    archive = tmp_path / f"media.{kind}"
    files = [path for path in Path(made).rglob("*_vpt/**/*") if path.is_file()]
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as packed:
            for path in files:
                packed.write(path, path.relative_to(made))
    else:
        with tarfile.open(archive, "w") as packed:
            for path in files:
                packed.add(path, path.relative_to(made))
    made_site = it.view(made_file(made), tmp_path / "out", media=archive)
    assert made_site.pictures == "copy"
    for source in re.findall(r'<img src="([^"]*)"', page(tmp_path / "out", "video-000001")):
        assert source.startswith("../pictures/video-000001/")
        with Image.open(tmp_path / "out" / "records" / source) as picture:
            assert picture.format == "JPEG"
    with pytest.raises(UsageError, match="are packed, and no page can link to them"):
        it.view(made_file(made), tmp_path / "other", media=archive, pictures="link")


def test_a_finished_dataset_says_where_its_pictures_are(made, tmp_path):
    it.convert(made, tmp_path / "records", to="parquet", media=made)
    site = it.view(tmp_path / "records", tmp_path / "out")
    assert (site.pictures, site.records) == ("link", {"image": 3, "video": 4})
    source = re.search(r'<img src="([^"]*)"', page(tmp_path / "out", "video-000001"))[1]
    assert (tmp_path / "out" / "records" / source).exists()


def test_a_copied_picture_is_no_larger_than_asked_and_a_small_one_is_as_it_was(array, tmp_path):
    for name, size in (("1", (500, 250)), ("2", (90, 60))):
        (tmp_path / "images_vpt").mkdir(exist_ok=True)
        Image.new("RGB", size, "red").save(tmp_path / "images_vpt" / f"{name}.jpg", "PNG")
    source = array(*(image(number, image_path=f"images_vpt/{number}.jpg") for number in (1, 2)))
    it.view(source, tmp_path / "out", pictures="copy", size=100)
    copies = tmp_path / "out" / "pictures"
    with Image.open(copies / "image-000001" / "1.webp") as picture:
        assert picture.size == (100, 50)
    assert (copies / "image-000002" / "1.png").read_bytes() == (tmp_path / "images_vpt" / "2.jpg").read_bytes()


def test_the_pictures_of_a_video_are_not_held_all_at_once(array, tmp_path):
    folder = tmp_path / "videos_vpt" / "LVVIS" / "00001"
    folder.mkdir(parents=True)
    for number in range(1, 51):
        Image.new("RGB", (1280, 720), "navy").save(folder / f"{number}.jpg", "PNG")
    script = """if True:
        import resource, sys, instit_tools as it
        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        it.view(sys.argv[1], "one", pictures="thumbs", limit=1)
        before = peak()
        it.view(sys.argv[2], "many", pictures="thumbs")
        print(peak() - before)
    """
    few, many = array(video(1, frames=2)), array(video(1, frames=50), name="many.json")
    done = subprocess.run([sys.executable, "-c", script, few, many], cwd=tmp_path, capture_output=True, check=True)
    assert int(done.stdout) < 60  # MB, of which the pictures themselves would take 138


def test_the_strip_shows_every_frame_and_is_grey_where_one_is_missing(array, tmp_path):
    folder = tmp_path / "videos_vpt" / "LVVIS" / "00001"
    folder.mkdir(parents=True)
    for number in range(1, 13):
        if number != 3:
            Image.new("RGB", (64, 48), (0, 20 * number, 255)).save(folder / f"{number}.jpg", quality=95)
    (folder / "12.jpg").write_bytes(b"no picture")
    it.view(array(video(1, frames=12)), tmp_path / "out")
    (card,) = cards(tmp_path / "out")
    assert card["strip"] == {"columns": 10, "width": 64, "height": 48, "count": 12}
    with Image.open(tmp_path / "out" / "strips" / "video-000001.webp") as strip:
        assert strip.size == (640, 96)
        colours = [strip.convert("RGB").getpixel((64 * (at % 10) + 32, 48 * (at // 10) + 24)) for at in range(12)]
    for number, (red, green, blue) in enumerate(colours, 1):
        expected = (128, 128, 128) if number in {3, 12} else (0, 20 * number, 255)
        assert max(abs(one - other) for one, other in zip((red, green, blue), expected, strict=True)) < 12
    text = shown(page(tmp_path / "out", "video-000001"))
    assert "videos_vpt/LVVIS/00001/3.jpg is missing" in text
    assert "videos_vpt/LVVIS/00001/12.jpg is not a picture" in text


def test_a_mask_of_another_size_than_its_picture_is_not_drawn_over_it_and_said_beside_it(array, tmp_path):
    (tmp_path / "images_vpt").mkdir()
    Image.new("RGB", (60, 40), "red").save(tmp_path / "images_vpt" / "1.jpg")
    sizes = {"1": [60, 40], "2": [60, 40], "3": [40, 60]}
    masks = {key: {"mask": {"size": size, "counts": [0, 2400]}} for key, size in sizes.items()}
    source = array(image(1, image_path="images_vpt/1.jpg", segmentations=masks))
    for pictures, drawn, said in (("thumbs", ["3"], "2 damaged masks"), ("none", ["1", "2"], "1 damaged mask")):
        it.view(source, tmp_path / pictures, pictures=pictures)
        text = page(tmp_path / pictures, "image-000001")
        assert re.findall(r'<path id="m-t1-(\d+)"', text) == drawn
        assert f" · {said}</figcaption>" in text
        assert 'data-ids="3">[3]' in text


def test_without_pictures_the_texts_are_there_all_the_same(made, tmp_path):
    made_site = it.view(made, tmp_path / "out", pictures="none")
    assert made_site.pictures == "none"
    assert "<img" not in page(tmp_path / "out", "video-000001")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "assets", "data", "index.html", "records", "view.json"
    ]  # fmt: skip
    small = it.view(made, tmp_path / "small", pictures="thumbs")
    assert small.pictures == "thumbs"
    assert "<img" not in page(tmp_path / "small", "video-000001")
    assert (tmp_path / "small" / "strips").is_dir()


@pytest.mark.parametrize("path", ["../secret", "/etc", "videos_vpt/../../x", "videos_vpt/a\\b"])
def test_no_path_leads_out_of_the_media_root(array, tmp_path, path):
    (tmp_path / "videos_vpt").mkdir()
    it.view(array(video(1, video_path=path)), tmp_path / "out")
    text = page(tmp_path / "out", "video-000001")
    assert "<img" not in text
    assert "is not a path inside the media root" in shown(text)


# --------------------------------------------------------------------------------------------------------- choosing


def test_records_are_chosen_by_id_by_problem_and_by_number(array, tmp_path):
    source = array(*(video(n, video_level_caption=f"[{9 if n == 12 else 1}]") for n in (1, 2, 11, 12)), image(12))
    chosen = {
        "ids": {"select": ["1", "12"]},
        "glob": {"select": "1*", "limit": 2},
        "limit": {"limit": 3},
        "faulty": {"problems_only": True},
    }
    found = {}
    for name, options in chosen.items():
        it.view(source, tmp_path / name, **options)
        found[name] = [card["name"] for card in cards(tmp_path / name)]
    assert found == {
        "ids": ["video-000001", "video-000012", "image-000012"],
        "glob": ["video-000001", "video-000011"],
        "limit": ["video-000001", "video-000002", "video-000011"],
        "faulty": ["video-000012"],
    }
    with pytest.raises(UsageError, match=r"^no record has an id like 7\*$"):
        it.view(source, tmp_path / "none", select="7*")
    with pytest.raises(UsageError, match="nothing but notes in any record"):
        it.view(array(image(1)), tmp_path / "none", problems_only=True)
    assert not (tmp_path / "none").exists()


def test_a_record_of_no_shape_stops_or_is_left_out_and_listed(array, tmp_path):
    source = array(video(1), {"video_id": 9}, image(2))
    with pytest.raises(RecordError, match=rf"^{re.escape(str(source))}, record 2: "):
        it.view(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    made = it.view(source, tmp_path / "out", on_error="reject")
    assert (made.records, made.rejected) == ({"video": 1, "image": 1}, 1)
    (listed,) = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert (listed["number"], listed["reason"]) == (2, "record")


def test_masks_that_are_no_masks_do_not_keep_a_record_from_being_shown(array, tmp_path):
    it.view(array(video(1, segmentations=[1]), video(2, segmentations={"1.jpg": 7}), image(3, segmentations=None)),
            tmp_path / "out")  # fmt: skip
    assert len(cards(tmp_path / "out")) == 3


# ------------------------------------------------------------------------------------------------------ the command


def test_without_input_it_shows_made_up_data_and_says_so(run, tmp_path):
    done = run("view")
    assert done.returncode == 0
    assert re.fullmatch(r"instit-output/view holds 20 images, 20 videos in [\d.]+ MB", lines(done.stdout)[0])
    assert lines(done.stderr) == [
        "no input named: using 20 videos and 20 images of made-up data in instit-output/made-up-with-masks",
        "large pictures are linked to where they are; --pictures copy makes a site to send",
        "to look at: instit-output/view/index.html",
    ]
    assert (tmp_path / "instit-output" / "view" / "index.html").exists()


def test_json_says_what_was_made(run, array):
    done = run("view", array(video(1), {"video_id": 9}), "-o", "out", "--on-error", "reject", "--json")
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["records"], told["rejected"], told["index"]) == ({"video": 1}, 1, "out/index.html")
    assert "files" not in told
    assert "1 record left out, each with its reason in out/rejects.jsonl" in lines(done.stderr)


def test_a_finished_site_is_replaced_when_asked_and_nothing_else_ever(run, array, tmp_path):
    source = array(video(1))
    assert run("view", source, "-o", "out").returncode == 0
    again = run("view", source, "-o", "out")
    assert (again.returncode, lines(again.stderr)[0]) == (2, "error: out already holds assets/base.css")
    assert run("view", array(image(5)), "-o", "out", "--overwrite").returncode == 0
    assert [path.name for path in (tmp_path / "out" / "records").iterdir()] == ["image-000005.html"]
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    refused = run("view", source, "-o", "out", "--overwrite")
    assert refused.returncode == 2
    assert b"out holds thesis.tex" in refused.stderr
    assert [path.name for path in (tmp_path / "out" / "records").iterdir()] == ["image-000005.html"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.json"], "error: nowhere.json does not exist"),
        (["{source}", "--media", "nowhere"], "error: the media root nowhere does not exist"),
        (["{source}", "--size", "9"], "error: size is 9, and must be from 64 to 8192 pixels"),
        (["{source}", "--pictures", "copy"], "error: --pictures copy: there are no pictures beside the annotations"),
        (["{source}", "--size", "99"], "error: --size 99 is for copied pictures, and none are shown"),
        (
            ["{source}", "--media", ".", "--size", "99"],
            "error: --size 99 is for copied pictures, and pages link to them where they are",
        ),
        (
            ["{source}", "--media", ".", "--size", "99", "--pictures", "thumbs"],
            "error: --size 99 is for copied pictures, and only small ones are shown",
        ),
        (["{source}", "--media", ""], "error: a path is empty"),
        (["{source}", "--media", "caf\udce9"], r"error: 'caf\udce9' is no path that a page can name"),
        (["{source}", "--port", "80"], "error: --port 80 means nothing without --serve"),
        (["--media", "."], "error: --media says where the pictures of an input are, and no input is named"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(run, array, tmp_path, arguments, message):
    source = array(video(1))
    done = run("view", *(each.format(source=source) for each in arguments), "-o", "out")
    assert done.returncode == 2
    assert lines(done.stderr)[0] == message
    assert not (tmp_path / "out").exists()


def test_a_disk_that_takes_no_more_is_said_so_and_nothing_is_published(array, tmp_path):
    command = f"{shlex.quote(sys.executable)} -m instit_tools view {shlex.quote(str(array(video(1))))} -o out"
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 4; exec {command}"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert lines(done.stderr)[-2:] == [
        "error: out cannot be written: File too large",
        "hint: nothing was published; choose another -o or make room",
    ]
    assert not (tmp_path / "out").exists()


def test_many_records_of_one_id_have_names_of_their_own_in_any_case_of_letters(array, tmp_path):
    ids = ["a", "A", "a-2", "a", "b", "a"]
    bare = [{"video_id": each, "video_path": "videos/x", "frame_level_caption": []} for each in ids]
    it.view(array(*bare), tmp_path / "out")
    assert [card["name"] for card in cards(tmp_path / "out")] == [
        "video-a",
        "video-A-2",
        "video-a_2d_2",
        "video-a-3",
        "video-b",
        "video-a-4",
    ]


def test_standard_input_and_lines_are_shown(run, tmp_path):
    done = run("view", "-", "-o", "out", stdin=b"\n".join(json.dumps(each).encode() for each in (video(1), image(2))))
    assert done.returncode == 0
    assert [card["name"] for card in cards(tmp_path / "out")] == ["video-000001", "image-000002"]
    assert "<h1>standard input</h1>" in (tmp_path / "out" / "index.html").read_text()


def test_the_function_says_what_the_command_says(array, tmp_path):
    with pytest.raises(UsageError, match="view has no option 'picture'"):
        it.view(array(image(1)), tmp_path / "out", picture="none")
    it.view(array(image(1)), tmp_path / "out")
    with pytest.raises(OutputError, match="already holds"):
        it.view(array(image(1)), tmp_path / "out")


# -------------------------------------------------------------------------------------------------------- the server


@pytest.fixture
def served(made, tmp_path):
    """A site that is served, its address, and the process."""
    it.view(made, tmp_path / "out")
    going = subprocess.Popen(
        [sys.executable, "-m", "instit_tools", "view", tmp_path / "out", "--serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    told = next(line for line in going.stderr if line.startswith("serving "))
    yield told.split()[1], tmp_path / "out", going
    going.kill()
    going.communicate()


def fetched(address, path, **headers):
    with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers), timeout=60) as answer:  # noqa: S310  # our own server
        return answer.status, answer.headers["Content-Type"], answer.read()


def refused(address, path, **headers):
    with pytest.raises(urllib.error.HTTPError) as error:
        fetched(address, path, **headers)
    error.value.close()
    return error.value.code


def test_the_server_gives_the_site_and_the_pictures_that_it_links_to(served):
    address, folder, _ = served
    assert address.startswith("http://127.0.0.1:")
    assert fetched(address, "") == (200, "text/html; charset=utf-8", (folder / "index.html").read_bytes())
    script = fetched(address, "data/cards-000.js?x=1")
    assert script == (200, "text/javascript; charset=utf-8", (folder / "data" / "cards-000.js").read_bytes())
    link = read(folder).link.replace("../", "")
    source = re.search(r'<img src="([^"]*)"', page(folder, "video-000001"))[1]
    status, kind, content = fetched(address, source.replace("../", ""))
    assert (status, kind, content) == (200, "image/jpeg", (folder / "records" / source).read_bytes())
    assert refused(address, f"{link}/made_up_video_w_mask.json") == 404


def test_the_server_gives_nothing_else(served):
    address, folder, _ = served
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "leak").symlink_to(folder.parent / "secret.txt")
    outside = [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "records/..%2f..%2fsecret.txt",
        "leak",
        "//etc/passwd",
        "records",
        "a%00b",
        "%5bbad/",
    ]
    assert [refused(address, path) for path in outside] == [404] * len(outside)
    assert refused(address, "", Host="evil.example:80") == 403


def test_an_address_that_is_none_is_not_found(served):
    address, _, _ = served
    host, _, port = address.removeprefix("http://").rstrip("/").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"GET http://[bad/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b" 404 " in connection.makefile("rb").readline()


@pytest.mark.parametrize(
    ("error", "said"), [(BrokenPipeError, False), (ConnectionResetError, False), (ZeroDivisionError, True)]
)
def test_a_browser_that_goes_away_is_let_go_and_a_bug_in_the_server_shows_itself(site, capfd, error, said):
    with serving(site, read(site), 0) as (_, server):
        try:
            raise error  # noqa: TRY301  # it is handled while it is raised
        except error:
            server.handle_error(None, ("127.0.0.1", 1))
    assert ("ZeroDivisionError" in capfd.readouterr().err) is said


def test_ctrl_c_ends_the_server_as_an_interruption(served):
    address, folder, going = served
    assert fetched(address, "")[0] == 200
    going.send_signal(signal.SIGINT)
    _, talk = going.communicate(timeout=60)
    assert going.returncode == 130
    assert talk == f"interrupted; {folder} is not served any more\n"


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        (["--limit", "3"], "--limit"),
        (["-o", "other"], "--out"),
        (["--on-error", "stop"], "--on-error"),
        (["--size", "960"], "--size"),
        (["--overwrite"], "--overwrite"),
    ],
)
def test_a_finished_site_is_served_as_it_is_and_options_for_making_one_are_refused(site, run, options, flag):
    done = run("view", site, "--serve", *options)
    assert done.returncode == 2
    assert lines(done.stderr) == [
        f"error: {site} is a finished site, and {flag} is for making one",
        f"hint: leave {flag} out, or name the annotations",
    ]


def test_a_port_that_is_taken_is_said_so(served, run):
    address, folder, _ = served
    port = address.rstrip("/").rpartition(":")[2]
    done = run("view", folder, "--serve", "--port", port)
    assert done.returncode == 2
    assert lines(done.stderr)[-2:] == [
        f"error: port {port} cannot be used: Address already in use",
        "hint: --port 0 takes one that is free",
    ]


# ------------------------------------------------------------------------------------------------------- a notebook


def test_a_record_shows_itself_in_a_notebook_escaped_and_of_bounded_length(array):
    hostile = "<script>alert(1)</script> \u202e [1] at <2>"
    source = array(video(1, frames=40, questions=[("Q?", "A.")] * 50, video_level_caption=hostile), image(2))
    one, other = it.read(source)
    text = one._repr_html_()
    assert "<script" not in text
    assert shown(text).count(r"<script>alert(1)</script> \u202e [1] at <2>") == 1
    assert '<span class="chip c1">[1]</span>' in text
    assert '<span class="time">&lt;2&gt;</span>' in text
    assert "and 32 more frames" in text
    assert "and 42 more" in text
    assert text.count("\n") < 800
    assert not re.search(r"<(img|link|iframe|button|a)\b|url\(|https?:", text)
    assert "A red cup." in other._repr_html_()


def test_an_id_has_one_colour_on_pages_in_their_scripts_and_in_notebooks(site):
    css = (site / "assets" / "base.css").read_text()
    of_pages = dict(re.findall(r"\.c(\d+) \{ --h: (\d+); \}", css))
    of_notebooks = dict(re.findall(r"\.c(\d+) \{ --h: (\d+); \}", notebook.html(it.ImageRecord(id=1, path="x"))))
    of_scripts = json.loads(re.search(r"view\.hues = (.*);", (site / "assets" / "base.js").read_text())[1])
    assert of_pages == of_notebooks == {str(number): str(hue) for number, hue in enumerate(of_scripts)}
    assert len(of_pages) == 24
    assert len(set(of_pages.values())) == 24
