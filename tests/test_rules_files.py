"""Rules that hold records against each other, and against their pictures: benchmark, leaks, duplicates, media."""

import io
import json
import tarfile
import zipfile
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import image, video
from PIL import Image, ImageDraw, ImageFilter

import instit_tools as it
from instit_tools.errors import UsageError
from instit_tools.linting import rules
from instit_tools.linting.pictures import fingerprint

FOUR = {"A": "Left.", "B": "Right.", "C": "Up.", "D": "Down."}


@pytest.fixture
def file(tmp_path):
    """Write JSON into a file below a folder and give its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


def item(key="001-01", *, of="video", question="Where is [1]?", answer="Left of [2].", **changes):
    owner = key.partition("-")[0]
    path = {"video_path": f"videos_vpt/{owner}"} if of == "video" else {"image_path": f"images_vpt/{owner}.jpg"}
    return {"question_id": key, "question": question, "answer": answer} | path | changes


def choice(key="001-01", *, answer="B", **changes):
    return item(key, answer=answer, options=FOUR, **changes)


def said(key="001-01", *, truth="B", question="Where is [1]?", split="video", **changes):
    record = {"question_id": key, "question": question, "model_prediction": "B", "ground_truth": truth, "split": split}
    return record | changes


def found(*paths, **options):
    """List what is found as code, record, JSON pointer."""
    return [(each.code, each.record, each.path) for each in it.validate(list(paths), **options).problems]


def codes(*paths, **options):
    return sorted(each.code for each in it.validate(list(paths), **options).problems)


# ------------------------------------------------------------------------------------------------------- duplicates


def test_an_id_that_stands_again_is_found_in_the_same_file_and_in_another(file):
    one = file("one.json", [image(1), image(1, image_path="images_vpt/other.jpg"), video(1)])
    other = file("two.json", [image(1, image_path="images_vpt/third.jpg")])
    assert found(one) == [("record-id-repeated", 2, "/image_id")]
    report = it.validate([one, other])
    assert [each.message for each in report.problems] == [
        "'1' is the id of record 1 already",
        f"'1' is the id of {one}, record 1 already",
    ]


def test_a_path_that_stands_again_is_found_whichever_marks_it_has(file):
    same = [image(1, image_path="images_vpt/a/1.jpg"), image(2, image_path="images_raw/a/1.jpg")]
    assert found(file("same.json", same)) == [("path-repeated", 2, "/image_path")]
    other = [image(1, image_path="images_vpt/a/1.jpg"), image(2, image_path="images_vpt/b/1.jpg")]
    assert found(file("other.json", other)) == []


def test_paths_in_no_published_folder_are_not_taken_for_each_other(file):
    records = [image(1, image_path="1.jpg"), image(2, image_path="2.jpg"), image(3, image_path="pictures/2.jpg")]
    assert codes(file("data.json", records)) == ["path-prefix"] * 3


def test_the_later_of_two_is_set_aside_when_asked(file, tmp_path):
    path = file("data.json", [image(1), image(1), image(2)])
    assert codes(path) == ["path-repeated", "record-id-repeated"]
    done = it.repair(path, tmp_path / "out.json", unsafe=True)
    assert done.aside == 1
    assert json.loads((tmp_path / "out.json").read_text()) == [image(1), image(2)]


# -------------------------------------------------------------------------------------------------------- benchmark


def test_a_question_that_stands_twice_in_one_file_is_found(file):
    assert found(file("oe.json", [item(), item("001-02"), item()])) == [("question-repeated", 3, "/question_id")]


def test_image_and_video_questions_of_one_id_are_two(file):
    assert found(file("oe.json", [item(), item(of="image")])) == []


def test_the_two_forms_of_a_question_may_stand_in_one_file_or_in_two(file):
    assert found(file("all.json", [item(), choice()])) == []
    assert found(file("oe.json", [item()]), file("mc.json", [choice()])) == []


def test_multiple_choice_and_open_ended_files_must_ask_the_same(file):
    oe = file("oe.json", [item("001-01"), item("001-02", question="Who is [2]?"), item("001-03")])
    mc = file("mc.json", [choice("001-01"), choice("001-02", question="What is [2]?"), choice("001-04")])
    assert found(oe, mc) == [
        ("bench-disagree", 3, ""),
        ("bench-disagree", 2, "/question"),
        ("bench-disagree", 3, ""),
    ]
    assert found(oe, file("images.json", [choice("009-01", of="image")])) == [], "of other splits they need not"
    assert found(oe) == []


def test_white_space_around_a_question_makes_no_other_question(file):
    assert found(file("oe.json", [item()]), file("mc.json", [choice(question="Where is [1]? ")])) == []


RLE = {"mask": {"size": [2, 3], "counts": "33"}}


def masks_of(*ids):
    return {str(number): RLE for number in ids}


@pytest.mark.parametrize("owner", ["002", "2", "images_vpt/002.jpg", "002.jpg"])
def test_an_option_with_an_id_that_has_no_mask_is_found(file, owner):
    """As of the published question 002-01, which offers [7] where masks stop at 6."""
    options = FOUR | {"D": "[7]"}
    mc = file("image_multi_choices.json", [choice("002-01", of="image") | {"options": options}])
    masks = file("image_instance_captions_masks.json", {"segmentations": {owner: masks_of(1, 2, 3, 4, 5, 6)}})
    assert found(mc, masks) == [("bench-id-unknown", 1, "/options/D")]
    (problem,) = it.validate([masks, mc]).problems
    assert problem.message == "[7] of question 002-01 has no mask; masks are of 1, 2, 3, 4, 5, 6"
    assert found(mc) == [], "without the file of masks nothing can be said"


def test_masks_of_images_are_not_taken_for_those_of_videos(file):
    questions = [item("001-01", question="Where is [3]?"), item("001-01", of="image", question="Where is [2]?")]
    both = file("oe.json", [each | {"answer": "Left."} for each in questions])
    images = file("image_masks.json", {"segmentations": {"001": masks_of(1, 2)}})
    videos = file("video_masks.json", {"segmentations": {"001": {"1.jpg": masks_of(1), "2.jpg": masks_of(3)}}})
    assert found(both, images, videos) == []
    assert found(both, videos, images) == []
    assert found(both, images) == []
    wrong = file("video_masks.json", {"segmentations": {"001": {"1.jpg": masks_of(1), "2.jpg": masks_of(2)}}})
    assert found(both, images, wrong) == [("bench-id-unknown", 1, "/question")]


def test_an_owner_that_the_masks_do_not_have_is_found_where_they_have_others(file):
    questions = file("oe.json", [item("001-01", answer="Left."), item("002-01", answer="Left.")])
    some = file("masks.json", {"segmentations": {"001": {"1.jpg": masks_of(1)}}})
    (problem,) = it.validate([questions, some]).problems
    assert (problem.code, problem.record) == ("bench-id-unknown", 2)
    assert problem.message == "[1] of question 002-01 has no mask; nothing of video 2 has one"
    others = file("masks.json", {"segmentations": {"walk": {"1.jpg": masks_of(1)}}})
    assert found(questions, others) == [], "masks under other names say nothing"


def test_a_file_of_predictions_is_held_against_its_questions(file):
    mc = file("mc.json", [choice("001-01"), choice("001-02"), choice("001-03")])
    good = file("good.json", [said("001-01"), said("001-02"), said("001-03")])
    bad = file(
        "bad.json",
        [said("001-01"), said("001-01"), said("001-02", truth="C"), said("999-01"), said("001-09", question="Who?")],
    )
    assert found(mc, good) == []
    report = it.validate([bad, mc])
    assert [(each.code, each.record, each.path) for each in report.problems] == [
        ("prediction-repeated", 2, "/question_id"),
        ("prediction-disagrees", 3, "/ground_truth"),
        ("prediction-unknown", 4, "/question_id"),
        ("prediction-unknown", 5, "/question_id"),
        ("prediction-missing", None, ""),
    ]
    assert report.problems[-1].message == f"no prediction for question 001-03 of {mc}"


def test_predictions_are_held_against_the_file_that_they_are_of(file):
    mc, oe = file("mc.json", [choice(), choice("001-02")]), file("oe.json", [item(), item("001-02")])
    of_choices = file("mc_said.json", [said(), said("001-02")])
    of_texts = file("oe_said.json", [said(truth="Left of [2]."), said("001-02", truth="Left of [2].")])
    assert found(mc, oe, of_choices, of_texts) == []
    assert found(oe, of_choices) == [], "a letter is no other true answer than a text"
    changed = file("changed.json", [said(question="Where was [1]?"), said("001-02")])
    assert found(mc, changed) == [("prediction-disagrees", 1, "/question")]
    assert found(mc, file("images.json", [said(split="image")])) == []


@pytest.mark.parametrize("columns", ["choices", "options"])
def test_questions_in_parquet_are_judged_as_those_in_json(tmp_path, file, columns):
    rows = [
        {"question_id": "001-01", "question": "Where is [01]?", "answer": "E", "video_path": "videos_vpt/001"},
        {"question_id": "001-02", "question": "Where is [1]?", "answer": "B", "video_path": "videos_vpt/001"},
    ]
    options = (
        {f"choice_{letter.lower()}": text for letter, text in FOUR.items()}
        if columns == "choices"
        else {"options": FOUR}
    )
    pq.write_table(pa.Table.from_pylist([row | options for row in rows]), tmp_path / "mc.parquet")
    assert sorted(found(tmp_path / "mc.parquet")) == [
        ("answer-not-option", 1, "/answer"),
        ("id-padded", 1, "/question"),
    ]
    said_ = file("said.json", [said("001-01", truth="E", question="Where is [01]?"), said("001-03")])
    both = [code for code in codes(tmp_path / "mc.parquet", said_) if code.startswith("prediction")]
    assert both == ["prediction-missing", "prediction-unknown"]


# ------------------------------------------------------------------------------------------------------------ media


def photo(seed, size=(320, 240)):
    """Draw something with as many shades as a photo has."""
    random = Random(seed)  # noqa: S311  # the same picture each time
    drawn = Image.new("RGB", size, tuple(random.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(drawn)
    for _ in range(40):
        x, y = random.randrange(size[0]), random.randrange(size[1])
        box = (x, y, x + random.randrange(10, 120), y + random.randrange(10, 120))
        pen.ellipse(box, fill=tuple(random.randrange(256) for _ in range(3)))
    return drawn.filter(ImageFilter.GaussianBlur(3))


def saved(picture, format_="JPEG", **options):
    out = io.BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()


def as_folder(root, files):
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def as_zip(root, files):
    root.mkdir(exist_ok=True)
    with zipfile.ZipFile(root / "media.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return root / "media.zip"


def as_tar(root, files):
    root.mkdir(exist_ok=True)
    with tarfile.open(root / "media.tar", "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return root / "media.tar"


STORES = pytest.mark.parametrize("store", [as_folder, as_zip, as_tar])


@STORES
def test_each_fault_of_a_picture_has_its_code(file, tmp_path, store):
    jpeg, png = saved(photo(1)), saved(photo(1), "PNG")
    start = png.index(b"IDAT") + 400
    damaged = png[:start] + bytes(64) + png[start + 64 :]
    pictures = {
        "sound.jpg": jpeg,
        "sound.jpeg": jpeg,
        "SOUND.JPG": jpeg,
        "sound": jpeg,
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "empty.jpg": b"",
        "page.jpg": b"<!DOCTYPE html><html>404</html>",
        "pointer.jpg": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "png.jpg": png,
        "jpeg.png": jpeg,
        "damaged.png": damaged,
    }
    media = store(tmp_path / "media", {f"images_vpt/{name}": data for name, data in pictures.items()})
    names = [*pictures, "missing.jpg"]
    path = file("data.json", [image(number, image_path=f"images_vpt/{name}") for number, name in enumerate(names, 1)])
    expected = {
        "cut.jpg": "file-truncated",
        "empty.jpg": "file-truncated",
        "page.jpg": "file-html",
        "pointer.jpg": "file-html",
        "png.jpg": "file-png",
        "jpeg.png": "file-png",
        "missing.jpg": "file-missing",
    }
    wanted = [(expected[name], number, "/image_path") for number, name in enumerate(names, 1) if name in expected]
    assert found(path, media=media) == wanted
    decoded = found(path, media=media, deep=True)
    assert set(decoded) - set(wanted) == {("file-undecodable", names.index("damaged.png") + 1, "/image_path")}
    assert found(path, media="none") == []


def test_a_picture_that_is_no_safe_path_is_not_opened(file, tmp_path):
    media = as_folder(tmp_path / "media", {"images_vpt/1.jpg": saved(photo(1))})
    (tmp_path / "secret.jpg").write_bytes(b"<!DOCTYPE html>")
    path = file("data.json", [image(1, image_path="images_vpt/../../secret.jpg")])
    assert codes(path, media=media) == ["path-outside"]


@STORES
def test_frames_of_different_sizes_are_found(file, tmp_path, store):
    sizes = [(320, 240), (320, 240), (240, 320)]
    frames = {f"videos_vpt/LVVIS/00001/{n}.jpg": saved(photo(n, size)) for n, size in enumerate(sizes, 1)}
    media = store(tmp_path / "media", frames)
    (problem,) = it.validate(file("data.json", [video(1)]), media=media).problems
    assert (problem.code, problem.path) == ("picture-sizes", "/frame_level_caption/2/frame_name")
    assert problem.message.endswith("3.jpg is 240x320, and videos_vpt/LVVIS/00001/1.jpg is 320x240")


def test_masks_are_held_against_the_picture_where_it_is_there(file, tmp_path):
    media = as_folder(tmp_path / "media", {"images_vpt/sa_000001/1.jpg": saved(photo(1, (30, 20)))})

    def masked(height, width):
        rle = {"mask": {"size": [height, width], "counts": [100, 500]}}
        return file("data.json", [image(1, segmentations={"1": rle, "2": rle})])

    assert codes(masked(20, 30), media=media) == []
    assert codes(masked(30, 20), media=media) == ["mask-size"] * 2
    assert codes(masked(30, 20), media="none") == []
    (one, _) = it.validate(masked(30, 20), media=media).problems
    assert one.message == "the mask is 30 high and 20 wide, and the picture is 20 high and 30 wide"


# ------------------------------------------------------------------------------------------------------------ leaks


def test_a_video_of_the_benchmark_in_the_training_data_is_found_by_its_path(file):
    train = file("train.json", [video(1), video(17)])
    questions = [
        item("001-01", video_path="videos_raw/LVVIS/00017"),
        item("001-02", video_path="videos_raw/LVVIS/00017"),
    ]
    bench = file("oe.json", [*questions, item("002-01", video_path="videos_raw/LVVIS/00018")])
    assert found(train, bench) == [("leak-path", 1, "/video_path")], "the first question speaks for all"
    assert found(bench, train) == [("leak-path", 1, "/video_path")]
    (problem,) = it.validate([train, bench]).problems
    assert problem.message == f"'LVVIS/00017' is the path of {train}, record 2 as well"


@pytest.mark.parametrize(
    ("ours", "theirs", "leaks"),
    [
        ("videos_vpt/test/05e0b0f28f", "videos_vpt/YoutubeVIS-2021/train/05e0b0f28f", True),
        ("videos_vpt/test/123456", "videos_vpt/OVIS/123456", True),
        ("videos_vpt/001", "videos_vpt/LVVIS/001", False),
        ("videos_vpt/test/00001", "videos_vpt/LVVIS/00001", False),
        ("videos_vpt/test/walk", "videos_vpt/LVVIS/run", False),
    ],
)
def test_a_name_that_tells_is_compared_and_a_short_number_is_not(file, ours, theirs, leaks):
    train, bench = file("train.json", [video(1, video_path=theirs)]), file("oe.json", [item(video_path=ours)])
    assert found(train, bench) == ([("leak-name", 1, "/video_path")] if leaks else [])


def test_paths_in_no_published_folder_leak_nothing(file):
    train, bench = (
        file("train.json", [image(1, image_path="1.jpg")]),
        file("oe.json", [item(of="image", image_path="2.jpg")]),
    )
    assert codes(train, bench) == ["path-prefix"] * 2


@STORES
@pytest.mark.parametrize(
    "copy",
    [
        lambda picture: saved(picture, quality=30),
        lambda picture: saved(picture, quality=95),
        lambda picture: saved(picture, "PNG"),
        lambda picture: saved(picture.resize((160, 120)), quality=75),
        lambda picture: saved(picture.convert("L"), quality=75),
    ],
    ids=["worse", "better", "png", "smaller", "gray"],
)
def test_a_picture_saved_anew_is_found_by_what_it_shows(file, tmp_path, store, copy):
    files = {f"images_vpt/sa/{n}.jpg": saved(photo(n), quality=85) for n in range(1, 7)}
    files |= {"images_vpt/041.jpg": copy(photo(4)), "images_vpt/042.jpg": saved(photo(99))}
    media = store(tmp_path / "media", files)
    train = file("train.json", [image(n, image_path=f"images_vpt/sa/{n}.jpg") for n in range(1, 7)])
    bench = file("oe.json", [item("041-01", of="image"), item("042-01", of="image")])
    shown = [each for each in it.validate([train, bench], media=media, deep=True).problems if each.code != "file-png"]
    assert [(each.code, each.record) for each in shown] == [("leak-picture", 1)]
    assert shown[0].message == f"images_vpt/041.jpg shows what images_vpt/sa/4.jpg shows, {train}, record 4"
    assert "leak-picture" not in codes(train, bench, media=media), "only --deep decodes"


def test_frames_of_a_benchmark_video_are_one_leak(file, tmp_path):
    files = {f"videos_vpt/LVVIS/00001/{n}.jpg": saved(photo(n)) for n in (1, 2, 3)}
    files |= {f"videos_vpt/001/{n:05d}.jpg": saved(photo(n), quality=50) for n in (1, 2, 3)}
    media = as_folder(tmp_path / "media", files)
    train, bench = file("train.json", [video(1)]), file("oe.json", [item("001-01"), item("001-02")])
    (problem,) = it.validate([train, bench], media=media, deep=True).problems
    assert (problem.code, problem.record, problem.path) == ("leak-picture", 1, "/video_path")
    assert "; so do 2 more of its pictures" in problem.message


@pytest.fixture
def decoded(monkeypatch):
    """The files of pictures, as they are decoded."""
    done = []

    def noting(stream, name, limits):
        done.append(name)
        return fingerprint(stream, name, limits)

    monkeypatch.setattr("instit_tools.linting.pictures.fingerprint", noting)
    return done


def test_the_frames_of_a_benchmark_video_are_decoded_once_for_all_questions(file, tmp_path, decoded):
    files = {f"videos_vpt/001/{n}.jpg": saved(photo(n)) for n in (1, 2)}
    media = as_folder(tmp_path / "media", files)
    bench = file("oe.json", [item(), item("001-02"), item("001-03")])
    report = it.validate(bench, media=media, deep=True)
    assert decoded == list(files)
    assert report.summary.pictures == 6
    it.validate(bench, media=media, deep=True)
    assert decoded == [*files, *files], "another run looks again: they may have changed"


def test_a_picture_that_was_mended_between_two_runs_is_seen_anew(file, tmp_path):
    media = as_folder(tmp_path / "media", {"images_vpt/1.jpg": b""})
    path = file("data.json", [image(1, image_path="images_vpt/1.jpg")])
    assert codes(path, media=media) == ["file-truncated"]
    as_folder(media, {"images_vpt/1.jpg": saved(photo(1))})
    assert codes(path, media=media) == []


def test_repair_decodes_each_picture_once_in_all_its_rounds(file, tmp_path, decoded):
    media = as_folder(tmp_path / "media", {"images_vpt/1.jpg": saved(photo(1))})
    path = file("data.json", [image(1, image_path="images_vpt/1.jpg", image_level_caption=" [01] on [02].  ")])
    assert it.repair(path, tmp_path / "out.json", media=media, deep=True).changed == 1
    assert decoded == ["images_vpt/1.jpg"]


def test_what_is_wrong_with_a_benchmark_video_is_told_once_a_file(file, tmp_path):
    files = {"videos_vpt/001/1.jpg": b"", "videos_vpt/001/2.jpg": saved(photo(2)), "videos_vpt/002/1.jpg": b"<html>"}
    media = as_folder(tmp_path / "media", files)
    oe = file("oe.json", [item(), item("001-02"), item("002-01"), item("002-02")])
    mc = file("mc.json", [choice("001-02"), choice("001-03")])
    report = it.validate([oe, mc], media=media, deep=True, select=["media"])
    assert [(each.code, each.file, each.record, each.path, each.repair) for each in report.problems] == [
        ("file-truncated", str(oe), 1, "/video_path", None),
        ("file-html", str(oe), 3, "/video_path", None),
        ("file-truncated", str(mc), 1, "/video_path", None),
    ]
    assert codes(oe, media=media, deep=True, ignore=["file-html"]) == ["file-truncated"]


def test_a_benchmark_video_outside_of_the_media_is_not_looked_for(file, tmp_path):
    media = as_folder(tmp_path / "media", {"videos_vpt/001/1.jpg": saved(photo(1))})
    assert codes(file("oe.json", [item(video_path="../videos_vpt/001")]), media=media, deep=True) == ["path-outside"]


def test_different_pictures_and_plain_ones_are_no_leak(file, tmp_path):
    colours = ["black", "white", "red", "blue"]
    plain = [Image.new("RGB", (64, 48), colour) for colour in colours]
    ramp = Image.linear_gradient("L").convert("RGB")
    files = {
        f"images_vpt/sa/{n}.jpg": saved(picture) for n, picture in enumerate([*map(photo, range(20)), *plain[:2], ramp])
    }
    others = [*map(photo, range(100, 120)), *plain[2:], ramp.rotate(90), ramp.rotate(180)]
    bench_files = {f"images_vpt/{n:03d}.jpg": saved(picture) for n, picture in enumerate(others)}
    media = as_folder(tmp_path / "media", files | bench_files)
    train = file("train.json", [image(n + 1, image_path=name) for n, name in enumerate(files)])
    bench = file("oe.json", [item(f"{n:03d}-01", of="image") for n in range(len(others))])
    assert codes(train, bench, media=media, deep=True) == []


def test_plain_pictures_of_the_same_bytes_are_one_picture():
    black, white = (saved(Image.new("RGB", (64, 48), colour)) for colour in ("black", "white"))
    assert fingerprint(io.BytesIO(black), "a.jpg") == fingerprint(io.BytesIO(black), "b.jpg")
    assert fingerprint(io.BytesIO(black), "a.jpg") != fingerprint(io.BytesIO(white), "b.jpg")


# --------------------------------------------------------------------------------------------------------- datasets


def test_a_finished_dataset_that_was_edited_is_unsound(file, tmp_path):
    it.convert(file("data.json", [video(1)]), tmp_path / "out", to="llava")
    assert codes(tmp_path / "out") == []
    (shard,) = (path for path in (tmp_path / "out").rglob("*.json") if path.name != "manifest.json")
    shard.write_text(shard.read_text().replace("cat", "dog", 1))
    assert set(codes(tmp_path / "out")) == {"dataset-unsound"}


# ------------------------------------------------------------------------------------------------- choosing the rules


def test_rules_are_chosen_by_code_family_pattern_and_all():
    every, families = frozenset(rules.every()), rules.families()
    assert rules.chosen((), ()) == rules.chosen(("all",), ()) == every
    assert rules.chosen(("id-zero",), ()) == {"id-zero"}
    assert rules.chosen(("masks",), ()) == frozenset(families["masks"])
    assert rules.chosen(("id-*", "key-zero"), ("id-p*",)) >= {"id-zero", "id-list", "key-zero"}
    assert "id-padded" not in rules.chosen(("id-*",), ("id-p*",))
    assert rules.chosen(("references",), ("all",)) == frozenset()
    assert sorted(code for codes_ in families.values() for code in codes_) == sorted(every)
    for name in ("id", "ID-ZERO", "no-*", ""):
        with pytest.raises(UsageError, match="is no rule, no family of rules and no pattern that fits one"):
            rules.chosen((name,), ())


def test_rules_that_judge_records_by_others_obey_the_choice(file):
    path = file("data.json", [image(1), image(1)])
    assert codes(path, select=["record-id-repeated"]) == ["record-id-repeated"]
    assert codes(path, ignore=["shape"]) == []
    assert codes(path, per_file_ignores={"*.json": ["path-*"]}) == ["record-id-repeated"]
    assert codes(path, per_file_ignores={"other.json": ["all"]}) == ["path-repeated", "record-id-repeated"]


def test_what_is_ignored_in_one_file_is_found_in_another(file):
    old, new = (
        file("old/a.json", [image(1, image_level_caption="[9].")]),
        file("new/b.json", [image(2, image_level_caption="[9].")]),
    )
    assert codes(old, new) == ["id-unknown", "id-unknown", "text-short", "text-short"]
    report = it.validate([old, new], per_file_ignores={"*/old/*.json": ["references", "text-short"]})
    assert {each.file for each in report.problems} == {str(new)}
