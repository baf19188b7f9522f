"""The masks of a record's pictures: by frame and id, held against the pictures, errors that name the place."""

import json

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from instit_tools.errors import MaskError, RecordError
from instit_tools.made_up import Options, write
from instit_tools.media.frames import frames_of
from instit_tools.media.store import open_store
from instit_tools.records import masks
from instit_tools.regions import groups, refuse_without_masks, regions
from instit_tools.samples import Frame
from instit_tools.source.decode import Decoder

ONE = {"mask": {"size": [2, 3], "counts": [1, 2, 3]}}
TWO = {"mask": {"size": [2, 3], "counts": [3, 3]}}
TURNED = {"mask": {"size": [3, 2], "counts": [3, 3]}}


def video(segmentations, names=("a.jpg", "b.jpg")):
    frames = [{"timestamp": number, "frame_name": name} for number, name in enumerate(names, 1)]
    record = {"video_id": 1, "video_path": "videos_vpt/X/1", "frame_level_caption": frames}
    return Decoder()(json.dumps(record | {"segmentations": segmentations}).encode())


def image(segmentations):
    record = {"image_id": 1, "image_path": "images_vpt/X/1.jpg", "segmentations": segmentations}
    return Decoder()(json.dumps(record).encode())


def of(record):
    return regions(record, frames_of(record, store=None, marks="keep"))


def refused(record, frames=None):
    with pytest.raises(MaskError) as caught:
        regions(record, frames or frames_of(record, store=None, marks="keep"))
    return caught.value.message


def test_masks_follow_the_timestamps_and_not_the_order_in_which_they_stand():
    record = video({"b.jpg": {"2": TWO}, "a.jpg": {"1": ONE, "2": TWO}})
    assert [{number: mask.area for number, mask in each.items()} for each in of(record)] == [{1: 2, 2: 3}, {2: 3}]
    last = frames_of(record, store=None, marks="keep")[1:]
    assert [list(each) for each in regions(record, last)] == [[2]]


def test_an_image_is_its_own_frame():
    assert [list(each) for each in of(image({"1": ONE, "3,4": TWO}))] == [[1, 3, 4]]


@pytest.mark.parametrize("segmentations", [None, {}, {"c.jpg": {}}, {"a.jpg": {}}, {"a.jpg": None}])
def test_frames_without_masks_have_none(segmentations):
    assert of(video(segmentations)) == ({}, {})


def test_a_record_that_says_nothing_of_masks_is_refused_and_one_that_says_that_it_has_none_is_not():
    for record in (video(None), image(None), replace(image({}), segmentations=UNSET)):
        with pytest.raises(RecordError, match=r"^it holds no masks, which are needed here$") as caught:
            refuse_without_masks(record, "which are needed here")
        assert caught.value.hint == "give the file whose name ends in _w_mask"
    for record in (video({}), video({"a.jpg": {}}), video({"a.jpg": {"1": ONE}}), image({}), image({"1": ONE})):
        refuse_without_masks(record, "which are needed here")


def test_masks_are_decoded_once(monkeypatch):
    record = video({"a.jpg": {"1": ONE}})
    decoded = []
    monkeypatch.setattr("instit_tools.regions.trees", lambda each: decoded.append(each) or masks(each))
    assert [list(each) for each in of(record)] == [[1], []]
    assert [list(each) for each in groups(record, frames_of(record, store=None, marks="keep"))] == [[(1,)], []]
    assert decoded == [record, record]


def test_an_error_names_frame_and_id():
    bad = {"mask": {"size": [2, 3], "counts": [5]}}
    expected = 'segmentations["b.jpg"]["7"]: is damaged: its runs make 5 pixels, and 2 x 3 are 6'
    assert refused(video({"a.jpg": {"1": ONE}, "b.jpg": {"7": bad}})) == expected
    assert refused(image({"7": bad})) == expected.replace('["b.jpg"]', "")
    assert refused(video({"a.jpg": [1]})) == 'segmentations["a.jpg"]: is no object of masks by id'


def test_masks_of_a_frame_that_is_not_there_are_an_error_and_not_lost():
    record = video({"a.jpg": {"1": ONE}, "c.jpg": {"1": ONE}})
    assert refused(record) == 'segmentations["c.jpg"]: there is no frame of that name'
    frames = frames_of(record, store=None, marks="keep")
    with pytest.raises(MaskError, match=r"there is no frame of that name$"):
        groups(record, frames)
    assert [list(each) for each in groups(record, frames, masks(record))] == [[(1,)], []]


def test_a_mask_is_held_against_its_picture_and_without_one_against_the_others():
    record = image({"1": ONE, "2": TURNED})
    frame = Frame(path="images_vpt/X/1.jpg", timestamp=1, width=3, height=2)
    assert refused(record, [frame]) == (
        'segmentations["2"]: is 3 high and 2 wide, and its picture is 2 high and 3 wide'
    )
    assert (
        refused(record)
        == "segmentations: the masks differ in size: 2 high and 3 wide for 1 and 3 high and 2 wide for 2"
    )


def test_made_up_masks_fit_the_made_up_pictures(tmp_path):
    folder = tmp_path / "made-up"
    write(folder, Options(videos=3, images=3, masks=True, media=True))
    store = open_store(folder)
    seen = 0
    for name in ("made_up_video_w_mask.json", "made_up_image_w_mask.json"):
        for element in json.loads((folder / name).read_text(encoding="utf-8")):
            record = Decoder()(json.dumps(element).encode())
            found = regions(record, frames_of(record, store=store, marks="raw"))
            seen += sum(len(each) for each in found)
            assert all(mask.area for each in found for mask in each.values())
    assert seen > 20
