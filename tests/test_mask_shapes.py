"""Masks say what pycocotools says of sound ones, and refuse what it answers with garbage."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco
from test_masks import PICTURES, encoded, plain, written

from instit_tools import masks
from instit_tools.errors import MaskError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, numpy 2


def published(picture):
    code = encoded(picture)
    return {"size": list(code["size"]), "counts": code["counts"].decode()}


SEVERAL = st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(1, 5)).flatmap(
    lambda shape: st.lists(
        arrays(np.uint8, shape[:2], elements=st.integers(0, 1)), min_size=shape[2], max_size=shape[2]
    )
)


# Sound masks.


@given(PICTURES)
def test_a_mask_is_read_from_text_bytes_and_list_and_comes_out_as_it_went_in(picture):
    height, width = picture.shape
    code = published(picture)
    shapes = (code["counts"], code["counts"].encode(), plain(picture))
    found = {masks.read({"size": [height, width], "counts": counts}, size=(width, height)) for counts in shapes}
    (mask,) = found
    assert mask.rle() == code
    assert mask.area == picture.sum() == int(coco.area(code))
    assert (masks.decode(mask) == picture).all()
    assert masks.encode(picture.astype(bool)) == mask


@given(SEVERAL)
def test_boxes_overlaps_and_unions_are_those_of_the_pixels(pictures):
    found = [masks.read(published(picture)) for picture in pictures]
    for picture, box in zip(pictures, masks.boxes(found), strict=True):
        rows, columns = np.nonzero(picture)
        expected = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1) if len(rows) else (0, 0, 0, 0)
        assert box == expected
    assert (masks.decode(masks.union(found)) == np.bitwise_or.reduce(pictures)).all()
    assert masks.union(found).area == np.bitwise_or.reduce(pictures).sum()
    shared = [[(one & other).sum() for other in pictures] for one in pictures]
    either = [[(one | other).sum() for other in pictures] for one in pictures]
    assert masks.overlaps(found, found).tolist() == shared
    assert np.allclose(masks.iou(found, found), np.divide(shared, np.maximum(either, 1)))


@given(PICTURES)
def test_what_is_cut_out_of_a_mask_is_what_is_in_its_box(picture):
    mask = masks.read(published(picture))
    inside, (left, top) = masks.cut(mask)
    again = np.zeros_like(picture, bool)
    again[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    assert (again == picture).all()


@given(PICTURES)
def test_the_deepest_point_is_as_far_from_the_border_as_any(picture):
    assume(picture.any())
    found = masks.deepest(masks.read(published(picture)))
    outside = np.argwhere(np.pad(picture, 1) == 0)
    inside = np.argwhere(np.pad(picture, 1))
    depths = np.sqrt(((inside[:, None] - outside[None]) ** 2).sum(axis=2).min(axis=1))
    at = np.sqrt(((outside - [found.y + 1, found.x + 1]) ** 2).sum(axis=1).min())
    assert picture[found.y, found.x]
    assert at == pytest.approx(depths.max(), abs=1e-3) == pytest.approx(found.depth, abs=1e-3)


@given(PICTURES)
def test_outlines_enclose_the_mask_and_its_edge_is_on_them(picture):
    import cv2

    mask = masks.read(published(picture))
    lines = masks.outlines(mask)
    drawn = np.zeros(picture.shape, np.uint8)
    cv2.fillPoly(drawn, lines, 1)  # even-odd, so holes stay open but for their border, which is of the mask
    assert (drawn.astype(bool) == picture.astype(bool)).all()
    edge = masks.edge(masks.decode(mask))
    traced = np.zeros(picture.shape, np.uint8)
    cv2.polylines(traced, lines, isClosed=True, color=1)
    assert not (edge & ~traced.astype(bool)).any()


def test_a_thin_handle_moves_the_centroid_and_not_the_deepest_point():
    plane = np.zeros((60, 80), bool)
    plane[10:51, 20:61] = True
    plane[28:32, 0:20] = True
    assert masks.deepest(masks.encode(plane)) == masks.Deepest(40, 30, 21.0)


def test_a_mark_is_in_the_largest_of_several_parts():
    plane = np.zeros((60, 80), bool)
    plane[2:12, 2:12] = plane[20:59, 30:75] = True
    point = masks.deepest(masks.encode(plane))
    assert (30 < point.x < 75, 20 < point.y < 59) == (True, True)


def test_a_simpler_outline_has_fewer_points_and_stays_within_its_tolerance():
    rows, columns = np.mgrid[:200, :200]
    mask = masks.encode((rows - 100) ** 2 + (columns - 100) ** 2 < 80**2)
    (whole,), (simple,) = masks.outlines(mask), masks.outlines(mask, tolerance=1.5)
    assert len(simple) < len(whole) / 3
    distances = np.hypot(*(simple - 100).T)
    assert (np.abs(distances - 80) < 2.5).all()


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_runs_of_no_pixel_are_taken_out_and_change_nothing(counts):
    total = sum(counts)
    assume(total)
    height = next(side for side in (5, 4, 3, 2, 1) if total % side == 0)
    flat = np.repeat(np.arange(len(counts)) % 2, counts)
    picture = flat.reshape(total // height, height).T.astype(np.uint8)
    for code in (counts, written(counts)):
        mask = masks.read({"size": [height, total // height], "counts": code})
        assert mask.rle() == published(picture)


def test_a_group_stands_for_each_of_its_ids_that_has_no_mask_of_its_own():
    one, both = ({"mask": {"size": [2, 2], "counts": counts}} for counts in ([0, 1, 3], [0, 4]))
    found = masks.by_id({"2,3": both, "03": one, "10": one})
    assert {number: mask.area for number, mask in found.items()} == {2: 4, 3: 1, 10: 1}
    assert list(found) == [2, 3, 10]


def test_three_hundred_masks_at_once_have_their_boxes_and_areas():
    """The area of 256 masks at once overflows in pycocotools."""
    picture = np.ones((4, 4), np.uint8)
    found = [masks.read(published(picture))] * 300
    assert masks.boxes(found) == [(0, 0, 4, 4)] * 300
    assert masks.iou(found, found[:1]).shape == (300, 1)


# Hazards: what pycocotools answers, which is why it is never asked.


def test_too_few_runs_are_refused_where_pycocotools_gives_memory_that_it_never_wrote():
    code = {"size": [10, 10], "counts": "52"}
    with pytest.raises(MaskError, match=r"^is damaged: its runs make 7 pixels, and 10 x 10 are 100$"):
        masks.read(code)


def test_too_many_runs_are_refused_where_pycocotools_gives_an_area_beyond_the_picture():
    code = {"size": [10, 10], "counts": written([10, 140])}
    assert int(coco.area(code)) == 140
    with pytest.raises(MaskError, match=r"^is damaged: its runs make 150 pixels, and 10 x 10 are 100$"):
        masks.read(code)


def test_a_run_of_no_pixel_makes_no_box_of_four_billion_pixels():
    code = {"size": [2, 3], "counts": written([2, 0, 4])}
    assert coco.toBbox(code)[2] > 4e9
    assert masks.boxes([masks.read(code)]) == [(0, 0, 0, 0)]


def test_masks_of_two_sizes_are_refused_where_pycocotools_gives_an_empty_union():
    one, other = masks.encode(np.ones((2, 3), bool)), masks.encode(np.ones((3, 2), bool))
    assert coco.merge([one.rle(), other.rle()])["size"] == [0, 0]
    message = r"^masks of 2 x 3 and 3 x 2 \(height x width\) cannot be laid over each other$"
    for ask in (lambda: masks.union([one, other]), lambda: masks.iou([one], [other])):
        with pytest.raises(MaskError, match=message):
            ask()


@pytest.mark.parametrize(
    ("rle", "message"),
    [
        (None, "is no mask in COCO run lengths, with size and counts"),
        ([1, 2], "is no mask in COCO run lengths, with size and counts"),
        ({"size": [2, 3]}, "is no mask in COCO run lengths, with size and counts"),
        ({"size": [2, 3.5], "counts": [7]}, "is no mask in COCO run lengths, with size and counts"),
        ({"size": [True, 6], "counts": [6]}, "is no mask in COCO run lengths, with size and counts"),
        ({"size": [2, 3], "counts": None}, "is no mask in COCO run lengths, with size and counts"),
        ({"size": [2, 3], "counts": [[0, 0, 1, 1, 2, 2]]}, "has a run that is no whole number"),
        ({"size": [2, 3], "counts": [5.5, 0.5]}, "has a run that is no whole number"),
        ({"size": [0, 3], "counts": ""}, "has an impossible size: 0 high and 3 wide"),
        ({"size": [-2, -3], "counts": [6]}, "has an impossible size: -2 high and -3 wide"),
        ({"size": [100_000, 100_000], "counts": [10**10]}, "has an impossible size: 100000 high and 100000 wide"),
        ({"size": [2, 3], "counts": [7, -1]}, "is damaged: its runs are no run lengths"),
        ({"size": [2, 3], "counts": "~"}, "is damaged: its runs are no run lengths"),
        ({"size": [2, 3], "counts": "é"}, "is damaged: its runs are no run lengths"),
        ({"size": [2, 3], "counts": b"\xff"}, "is damaged: its runs are no run lengths"),
        ({"size": [2, 3], "counts": ""}, "is damaged: its runs are no run lengths"),
    ],
)
def test_what_is_no_mask_is_said_so(rle, message):
    with pytest.raises(MaskError) as caught:
        masks.read(rle)
    assert caught.value.message == message
    assert caught.value.hint == "validate lists every damaged mask; --on-error reject leaves their records out"


def test_a_mask_of_another_picture_is_said_so():
    code = {"size": [2, 3], "counts": [6]}
    with pytest.raises(MaskError, match=r"^is 2 high and 3 wide, and its picture is 3 high and 2 wide$"):
        masks.read(code, size=(2, 3))


def test_a_damaged_mask_among_others_is_an_answer_of_its_own():
    good = {"size": [2, 3], "counts": [0, 6]}
    one, bad, other = masks.read_all([good, {"size": [2, 3], "counts": [5]}, good])
    assert one == other
    assert isinstance(bad, MaskError)


def test_whole_numbers_may_be_written_with_a_point_as_json_schema_has_it():
    assert masks.read({"size": [2.0, 3], "counts": [1.0, 5.0]}) == masks.read({"size": [2, 3], "counts": [1, 5]})


@pytest.mark.parametrize(("one", "other"), [("3", "03"), ("1,2", "2,1"), ("1", "1,1")])
def test_two_keys_of_the_same_ids_are_an_error_and_no_mask_is_lost(one, other):
    tree = {key: {"mask": {"size": [2, 3], "counts": [6]}} for key in (one, other)}
    expected = rf'^\["{other}"\]: names the same as \["{one}"\], and one of the two would be lost$'
    for ask in (masks.by_id, masks.by_group):
        with pytest.raises(MaskError, match=expected):
            ask(tree)


def test_the_deepest_point_is_the_same_wherever_the_memory_lies():
    """The last bit of OpenCV's distances depends on that, and this mask has two points of one depth."""
    counts = (
        "^an16W76L3L3N3N1N2N2O1O1N2O001O1O1O1O100O100O011O0001O1O0OM3OO0100001O001O1O001O1O100O1O2N1O1O2N1O2N2N2M4M3Kf8"
    )
    mask = masks.read({"size": [240, 320], "counts": counts})
    kept, seen = [], set()
    for number in range(200):
        kept.append(bytearray(100 + number * 37))
        seen.add(masks.deepest(mask))
    assert seen == {masks.Deepest(292, 220, math.sqrt(200))} or seen == {masks.Deepest(291, 220, math.sqrt(200))}


@pytest.mark.parametrize("key", ["dog", "", "1;2", "a1"])
def test_a_key_that_names_nobody_is_said_so(key):
    tree = {key: {"mask": {"size": [2, 3], "counts": [6]}}}
    with pytest.raises(MaskError, match=r"is neither an id nor a group of ids$"):
        masks.by_id(tree)


@pytest.mark.parametrize("segment", [None, 3, {}, {"mask": None}, {"mask": {"size": [2, 3], "counts": [5]}}])
def test_a_segment_without_a_sound_mask_is_named_by_its_key(segment):
    with pytest.raises(MaskError, match=r'^\["4"\]: is '):
        masks.by_id({"4": segment})


def test_an_empty_mask_has_no_deepest_point_and_no_outline():
    nothing = masks.encode(np.zeros((4, 5), bool))
    assert masks.outlines(nothing) == []
    with pytest.raises(MaskError, match=r"^has no pixel, so there is no place for a mark$"):
        masks.deepest(nothing)


@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=40), st.integers(1, 30), st.integers(1, 30))
def test_no_code_is_too_odd_to_be_refused_or_decoded_to_its_own_area(code, height, width):
    try:
        mask = masks.read({"size": [height, width], "counts": code})
    except MaskError:
        return
    plane = masks.decode(mask)
    assert plane.shape == (height, width)
    assert plane.sum() == mask.area == coco.decode(mask.rle()).sum()


def test_no_masks_have_no_boxes_and_no_union():
    assert masks.boxes([]) == []
    assert masks.iou([], []).shape == (0, 0)
    with pytest.raises(ValueError, match="there is no mask"):
        masks.union([])
