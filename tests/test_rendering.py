"""Marks are drawn as the authors drew theirs, and the clear style can be read."""

import itertools
import tomllib

import cv2
import numpy as np
import pytest
from authors import ANCHORS, MARKS, picture, recovered
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from thorough import tries

from instit_tools import masks
from instit_tools.errors import UsageError
from instit_tools.rendering import style as styles
from instit_tools.rendering.draw import marked, places
from instit_tools.rendering.labels import stamp
from instit_tools.rendering.style import color_of, load, size_at

authors_pictures = pytest.mark.skipif(not MARKS.is_dir(), reason="the authors' pictures are not here")
STYLES = styles.available()
GRAY = np.full((720, 1280, 3), 120, np.uint8)


def disc(x, y, radius, size=(1280, 720)):
    rows, columns = np.mgrid[: size[1], : size[0]]
    return masks.encode((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)


# The published marks, where the authors' pictures are at hand.


@authors_pictures
@pytest.mark.parametrize("frame", ANCHORS)
def test_labels_of_videos_are_where_the_authors_put_theirs(frame):
    for place in places(recovered(frame), load("video"), (1280, 720)):
        x, y = ANCHORS[frame][place.number]
        assert np.abs(np.subtract(place.anchor, (x, y))).max() <= 1
        assert np.abs(np.subtract((place.left, place.top), (x, y - 20))).max() <= 1
        assert (place.width, place.height) == (20, 23)


@authors_pictures
@pytest.mark.parametrize("frame", ANCHORS)
def test_a_frame_with_our_marks_is_as_near_to_the_authors_as_jpeg_lets_it_be(frame):
    raw, som = picture(f"frame_{frame}.jpg"), picture(f"som_frame_{frame}.jpg")
    ours = marked(raw.astype(np.uint8), recovered(frame), load("video")).astype(int)
    for place in places(recovered(frame), load("video"), (1280, 720)):
        box = np.s_[place.top : place.top + 23, place.left : place.left + 20]
        dark, theirs = ours[box].min(axis=2) < 60, som[box].min(axis=2) < 100
        paper = ~(dark | theirs)
        assert np.abs(ours[box] - som[box])[paper].mean() < 6
        near = cv2.dilate(theirs.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        assert (near | ~dark).mean() > 0.99, "each pixel of our digit is at most one from theirs"
    outside = np.ones(raw.shape[:2], bool)
    for mask in recovered(frame).values():
        outside &= ~cv2.dilate(masks.edge(masks.decode(mask)).astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert np.abs(ours - som)[outside].mean() < np.abs(raw - som)[outside].mean() + 0.05


@authors_pictures
def test_labels_of_images_are_where_set_of_mark_puts_them():
    """Two of the twelve marks of the authors' image whose deepest point is known, and the sizes of all boxes."""
    som = cv2.imread(str(MARKS / "image_som.jpg"))
    paper = (som.max(axis=2) < 60).astype(np.uint8)
    for number, anchor in ((6, (147, 589)), (7, (214, 276))):
        mask = disc(*anchor, 20, (960, 640))
        (place,) = places({number: mask}, load("image"), (960, 640))
        assert (place.width, place.height) == (18, 26)
        inside = paper[place.top : place.top + 26, place.left : place.left + 18]
        assert inside[[0, -1], :].mean() > 0.8
        assert inside[:, [0, -1]].mean() > 0.8
    (wide,) = places({12: disc(300, 300, 40, (960, 640))}, load("image"), (960, 640))
    assert (wide.width, wide.height) == (34, 26)


# What the styles say, on pictures of any size.


def test_a_label_of_a_video_begins_at_the_deepest_point_and_a_small_video_has_a_smaller_one():
    (large,) = places({3: disc(400, 300, 90)}, load("video"), (1280, 720))
    assert (large.left, large.top, large.width, large.height) == (400, 280, 20, 23)
    (small,) = places({3: disc(300, 200, 90, (640, 424))}, load("video"), (640, 424))
    assert (small.left, small.top, small.width, small.height) == (300, 185, 15, 18)


def test_the_paper_of_a_video_is_three_quarters_white_and_its_digit_is_black():
    shown = marked(GRAY, {1: disc(400, 300, 90)}, load("video"))
    label = shown[280:303, 400:420]
    assert set(np.unique(label)) == {0, round(120 * 0.25 + 255 * 0.75 + 0.01)}


def test_a_video_is_not_tinted_and_its_outline_is_one_pixel_of_a_fifth():
    mask = disc(400, 300, 90)
    shown = marked(GRAY, {3: mask}, load("video")).astype(int)
    edge = masks.edge(masks.decode(mask))
    shown[280:303, 400:420] = 120
    expected = np.full(3, 120) * 0.8 + np.array(color_of(load("video"), 3)) * 0.2
    assert np.abs(shown[edge] - expected).max() <= 1
    assert (shown[~edge] == 120).all()


def test_an_image_is_tinted_by_a_twentieth():
    mask = disc(400, 300, 90)
    shown = marked(GRAY, {1: mask}, load("image")).astype(int)
    inside = masks.decode(disc(400, 300, 60)) & ~masks.decode(disc(400, 300, 40))
    assert np.abs(shown[inside] - (120 * 0.945 + 20 * 0.055)).max() <= 1


@pytest.mark.parametrize("name", STYLES)
def test_nothing_is_drawn_without_masks_and_the_raw_picture_is_never_touched(name):
    before = GRAY.copy()
    assert (marked(GRAY, {}, load(name)) == GRAY).all()
    nothing = masks.encode(np.zeros((720, 1280), bool))
    assert (marked(GRAY, {4: nothing}, load(name)) == GRAY).all()
    marked(GRAY, {4: disc(400, 300, 90)}, load(name))
    assert (before == GRAY).all()


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("number", [1, 9, 72, 999])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (40, 30), (640, 424)])
def test_a_label_stays_inside_the_picture_whatever_its_size(name, number, size):
    raw = np.full((size[1], size[0], 3), 99, np.uint8)
    whole = masks.encode(np.ones(raw.shape[:2], bool))
    shown = marked(raw, {number: whole}, load(name))
    assert shown.shape == raw.shape
    assert (shown != raw).any()
    (place,) = places({number: whole}, load(name), size)
    assert min(place.left, place.top) >= 0
    assert place.width > size[0] or place.left + place.width <= size[0]


@pytest.mark.parametrize("name", STYLES)
def test_the_labels_of_a_group_stand_side_by_side(name):
    group = disc(300, 300, 80)
    first, second = places({4: group, 5: group}, load(name), (1280, 720))
    assert (second.top, second.left) == (first.top, first.left + first.width)
    assert first.anchor == second.anchor


@pytest.mark.parametrize("name", STYLES)
def test_the_mark_of_an_instance_is_the_same_whoever_else_is_there(name):
    alone = marked(GRAY, {7: disc(300, 300, 80)}, load(name))
    among = marked(GRAY, {2: disc(900, 200, 60), 7: disc(300, 300, 80), 11: disc(900, 600, 50)}, load(name))
    assert (alone[:, :600] == among[:, :600]).all()


@settings(max_examples=tries(40), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 399), st.integers(0, 299), st.integers(3, 40)), min_size=2, max_size=8))
def test_labels_of_the_clear_style_do_not_cover_each_other(discs):
    size = 400, 300
    found = places({number: disc(*each, size) for number, each in enumerate(discs, 1)}, load("clear"), size)
    assert not [(one.number, other.number) for one, other in itertools.combinations(found, 2) if one.covers(other)]


@pytest.mark.parametrize("number", range(1, 21))
def test_numbers_of_the_clear_style_stand_out_from_their_paper(number):
    clear = load("clear")
    plain = replace(clear, label=replace(clear.label, rim=None))
    paint = stamp(number, plain, 720).paint.reshape(-1, 3)
    lights = np.sort((((paint / 255 + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])
    assert (lights[-1] + 0.05) / (lights[0] + 0.05) >= 4.5


@given(st.floats(0.1, 50), st.floats(0.1, 50), st.integers(1, 4000))
def test_sizes_are_on_their_line_and_neither_vanish_nor_outgrow_the_picture(small, large, side):
    assert size_at(small, side) == min(small, side)
    assert size_at(((480, small),), 480) == pytest.approx(small)
    for at, expected in ((400, small), (800, large)):
        assert size_at(((400, small), (800, large)), at) == pytest.approx(max(expected, min(small, large) / 2))
    assert min(small, large) / 2 <= size_at(((400, small), (800, large)), side) <= side or side < 50


@pytest.mark.parametrize(
    "change",
    [
        ("[[320, 2.0], [1080, 4.0]]", "[[10, 1], [11, 1000]]"),
        ("size = [[240, 13.0], [720, 26.0]]", "size = [[10, 1], [11, 1000]]"),
        ('"bold"', '"strokes"'),
        ("smooth = true", "smooth = false"),
    ],
)
def test_a_style_out_of_all_measure_still_draws(change, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(styles.source("clear").replace(*change, 1), encoding="utf-8")
    shown = marked(np.full((240, 320, 3), 120, np.uint8), {12: disc(160, 120, 60, (320, 240))}, load(str(path)))
    assert (shown != 120).any()


# Style files.

WIDTHS = "[[320, 2.0], [1080, 4.0]]"


@pytest.mark.parametrize("name", STYLES)
def test_a_built_in_style_fits_its_schema_and_is_the_same_as_a_file(name, tmp_path):
    path = tmp_path / f"{name}.toml"
    path.write_text(styles.source(name), encoding="utf-8")
    assert load(str(path)) == load(name)
    assert load(name).version >= 1
    assert load(name).description


def test_the_fingerprint_changes_with_what_is_drawn_and_with_nothing_else(tmp_path):
    text = styles.source("clear")
    prints = {}
    changes = {"": "", "description = ": "description = 'Other'  # ", "version = 1": "version = 2", "0.14": "0.15"}
    for number, (old, new) in enumerate(changes.items()):
        (tmp_path / str(number)).mkdir()
        path = tmp_path / str(number) / "clear.toml"
        path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        prints[old] = load(str(path)).fingerprint
    assert prints[""] == prints["description = "] == load("clear").fingerprint
    assert len(set(prints.values())) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("version = 1\n", ""), "the file: 'version' is a required property"),
        (('"#e6194b"', '"red"'), "colors[0]: 'red' is no color such as '#e6194b'"),
        (('ink = "auto"', 'ink = "white"'), "label.ink: 'white' is no color such as '#e6194b'"),
        (
            ("colors = [", "colors = []\n_ = ["),
            "the file: '_' is unknown: there are name, version, description, colors, tint, outline, label",
        ),
        (("alpha = 0.14", "alpha = 1.4"), "tint.alpha: 1.4 is greater than the maximum of 1"),
        (('place = "middle"', 'place = "centre"'), "label.place: 'centre' is not one of ['corner', 'below', 'middle']"),
        (("alpha = 0.14", "alpha = nan"), "tint.alpha: is no number"),
        ((WIDTHS, "[[320, 2.0], [1080, nan]]"), "outline.width[1][1]: is no number"),
        ((WIDTHS, "[[320, 2.0], [320, 4.0]]"), "outline.width: has two sizes for the side 320"),
        ((WIDTHS, '"wide"'), "outline.width: 'wide' is neither a number nor one or two pairs of a side and a size"),
        (
            (WIDTHS, "[[1, 2], [3, 4], [5, 6]]"),
            "outline.width: [[1, 2], [3, 4], [5, 6]] is neither a number nor one or two pairs of a side and a size",
        ),
        (("[tint]", "[tnit]"), "the file: 'tnit' is unknown, did you mean 'tint'?"),
        (("ink = ", "inkk = "), "label: 'inkk' is unknown, did you mean 'ink'?"),
        (
            ("ink = ", "zzz = 1\nink = "),
            "label: 'zzz' is unknown: there are place, face, size, ink, paper, alpha, rim, apart",
        ),
    ],
)
def test_a_style_that_says_something_else_is_named_with_its_field(change, message, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(styles.source("clear").replace(*change, 1), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load(str(path))
    assert caught.value.message == f"{path}: {message}"
    assert caught.value.hint == "instit-tools styles clear prints one that is right, to compare with"


def test_a_style_that_is_no_toml_or_not_there_is_said_so(tmp_path):
    path = tmp_path / "mine.toml"
    with pytest.raises(UsageError, match=r"mine\.toml cannot be read: No such file or directory"):
        load(str(path))
    path.write_text("colors = [", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.toml is not valid TOML"):
        load(str(path))
    with pytest.raises(UsageError, match=r"^there is no style 'vidoe'$") as caught:
        load("vidoe")
    assert caught.value.hint == "did you mean video?"


def test_styles_lists_and_prints_the_built_in_ones(run):
    listed = run("styles")
    assert [line.split()[0] for line in listed.stdout.decode().splitlines()] == list(STYLES)
    printed = run("styles", "clear")
    assert tomllib.loads(printed.stdout.decode())["name"] == "clear"
    missing = run("styles", "claer")
    assert (missing.returncode, missing.stderr.splitlines()[0]) == (2, b"error: there is no style 'claer'")
