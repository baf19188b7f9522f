"""Clips: one frame a second, frame k is picture k, and nothing left of one that could not be made."""

import io
import json
import subprocess
import sys
from fractions import Fraction

import av
import msgspec
import numpy as np
import pytest
from conftest import video
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from instit_tools.conversion.beside import beside
from instit_tools.conversion.heaps import heap
from instit_tools.conversion.run import convert
from instit_tools.conversion.settings import Settings
from instit_tools.errors import MediaError, SampleError, UsageError
from instit_tools.media import clips
from instit_tools.media.store import open_store
from instit_tools.samples import Frame
from instit_tools.showing import Clips
from instit_tools.sinks.base import Clip, Row
from instit_tools.verification.run import verify_folder


def drawn(root, sizes, extension="png", mode="RGB"):
    """Draw a picture a size, each with a bar of its own, and give the frames."""
    frames = []
    for number, (width, height) in enumerate(sizes, 1):
        pixels = np.full((height, width, 3), 30, dtype=np.uint8)
        left = (number - 1) * width // len(sizes)
        pixels[:, left : max(left + 1, number * width // len(sizes))] = (255 - 9 * number, 200, 5 * number)
        path = root / f"{number}.{extension}"
        Image.fromarray(pixels).convert(mode).save(path)
        frames.append(Frame(path=path.name, timestamp=number))
    return frames


def shown(path):
    """Decode a clip with PyAV: seconds and pixels of each frame."""
    with av.open(str(path)) as container:
        return [(frame.pts * frame.time_base, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(16, 90), st.integers(16, 90))
def test_frame_k_is_picture_k_at_second_k_less_one(tmp_path_factory, count, width, height):
    root = tmp_path_factory.mktemp("clip")
    frames = drawn(root, [(width, height)] * count)
    clips.write_clip(root / "clip.mp4", frames, open_store(root))
    found = shown(root / "clip.mp4")
    assert [seconds for seconds, _ in found] == list(range(count))
    wanted = [np.asarray(Image.open(root / frame.path)).astype(int) for frame in frames]
    for number, (_, pixels) in enumerate(found):
        apart = [np.abs(pixels[:height, :width].astype(int) - other).mean() for other in wanted]
        assert apart.index(min(apart)) == number
        assert pixels.shape == (height + height % 2, width + width % 2, 3)
    assert clips.measure(root / "clip.mp4") == clips.Measured(
        count, Fraction(1), (width + width % 2, height + height % 2)
    )


def test_every_frame_is_a_key_frame_and_the_duration_is_a_second_a_frame(tmp_path):
    clips.write_clip(tmp_path / "clip.mp4", drawn(tmp_path, [(64, 48)] * 5), open_store(tmp_path))
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.frames, stream.duration * stream.time_base, stream.average_rate) == (5, 5, 1)
        assert all(packet.is_keyframe for packet in container.demux(stream) if packet.size)


def test_the_same_pictures_give_the_same_bytes(tmp_path):
    frames = drawn(tmp_path, [(64, 48)] * 4)
    for name in ("one.mp4", "two.mp4"):
        clips.write_clip(tmp_path / name, frames, open_store(tmp_path))
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_pictures_of_any_mode_can_be_shown(tmp_path, mode):
    extension = "jpg" if mode == "CMYK" else "png"
    frames = drawn(tmp_path, [(64, 48)] * 3, extension, mode)
    clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))
    assert len(shown(tmp_path / "clip.mp4")) == 3


def test_pictures_of_two_sizes_make_no_clip(tmp_path):
    frames = drawn(tmp_path, [(64, 48), (64, 48), (48, 64)])
    message = "^a video file has one size, and 1.png and 3.png have 64x48 and 48x64$"
    with pytest.raises(SampleError, match=message) as caught:
        clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))
    assert caught.value.hint == "--frames images takes pictures of any size"


def test_a_clip_that_shows_the_wrong_picture_is_told(tmp_path, monkeypatch):
    frames = drawn(tmp_path, [(64, 48)] * 4)
    encode = clips._encode
    monkeypatch.setattr(clips, "_encode", lambda path, pictures: encode(path, [pictures[n] for n in (0, 2, 1, 3)]))
    with pytest.raises(MediaError, match=r"^frame 2 of clip.mp4 does not show 2.png$"):
        clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))


def test_a_clip_that_lacks_a_frame_is_told(tmp_path, monkeypatch):
    frames = drawn(tmp_path, [(64, 48)] * 4)
    encode = clips._encode
    monkeypatch.setattr(clips, "_encode", lambda path, pictures: encode(path, pictures[:-1]))
    with pytest.raises(MediaError, match=r"^clip.mp4 has frames at \[0.0, 1.0, 2.0\] s, not one each second$"):
        clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))


def test_without_pyav_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(clips, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"^video files are made with PyAV, which is not installed$") as caught:
        clips.require()
    assert caught.value.hint == "pip install 'instit-tools[video]'"


@given(st.integers(1, 9), st.booleans())
def test_an_even_clip_repeats_its_last_frame_and_no_other(count, even):
    frames = tuple(Frame(path=f"{number}.jpg", timestamp=number) for number in range(1, count + 1))
    shown_frames = Clips("video-1", even=even).clip(frames).frames
    assert shown_frames[:count] == frames
    assert shown_frames[count:] == (frames[-1:] if even and count % 2 else ())


def test_the_same_frames_are_one_clip_and_others_another():
    made = Clips("video-1")
    one, two = (Frame(path="1.jpg", timestamp=1),), (Frame(path="2.jpg", timestamp=2),)
    names = [made.clip(frames).name for frames in (one, two, one)]
    assert names == ["clips/video-1.mp4", "clips/video-1-2.mp4", "clips/video-1.mp4"]


# In a conversion


@pytest.fixture
def records(tmp_path, array):
    """Two videos of four frames; the pictures of the second are what a test makes of them."""
    both = [video(1, frames=4), video(2, frames=4)]
    for record in both:
        folder = tmp_path / "media" / record["video_path"]
        folder.mkdir(parents=True)
        for frame, drawing in zip(record["frame_level_caption"], drawn(tmp_path, [(64, 48)] * 4), strict=True):
            Image.open(tmp_path / drawing.path).save(folder / frame["frame_name"], quality=90)
    return Settings(
        inputs=(str(array(*both)),), out=str(tmp_path / "out"), target="qwen-vl", frames="mp4", on_error="reject",
        media=str(tmp_path / "media"),
    )  # fmt: skip


def rejects(tmp_path):
    return [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]


def test_one_clip_serves_all_samples_of_a_video(records, tmp_path):
    found = convert(records)
    clips_made = [file.name for file in found.files if file.name.startswith("clips/")]
    assert clips_made == ["clips/video-000001.mp4", "clips/video-000002.mp4"]
    rows = [json.loads(line) for line in (tmp_path / "out" / "video-000000.jsonl").read_text().splitlines()]
    assert len(rows) == 4
    assert {row["video"] for row in rows} == set(clips_made)
    assert all(
        row["conversations"][0]["value"].startswith("<video>\nThe video has 4 frames, <1> to <4>.\n") for row in rows
    )
    assert verify_folder(tmp_path / "out").count == 0


def test_pictures_of_two_sizes_reject_only_what_would_be_a_clip(records, tmp_path):
    odd = tmp_path / "media" / "videos_vpt/LVVIS/00002/3.jpg"
    Image.open(odd).resize((48, 64)).save(odd)
    found = convert(records)
    assert found.totals.rejects == {"sample": 2}  # the summary and the questions; frames and pairs are pictures
    assert {each["record"] for each in rejects(tmp_path)} == {2}
    assert [path.name for path in (tmp_path / "out" / "clips").iterdir()] == ["video-000001.mp4"]
    assert verify_folder(tmp_path / "out").count == 0


def test_a_picture_that_cannot_be_decoded_rejects_its_record_and_leaves_no_clip(records, tmp_path):
    path = tmp_path / "media" / "videos_vpt/LVVIS/00002/4.jpg"
    picture = Image.effect_noise((64, 48), 90)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    data = bytearray(buffer.getvalue())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    path.write_bytes(bytes(data))  # header and end are there
    found = convert(records)
    assert found.totals.rejects == {"media": 1}
    assert [path.name for path in (tmp_path / "out" / "clips").iterdir()] == ["video-000001.mp4"]
    assert verify_folder(tmp_path / "out").count == 0


def test_a_dry_run_makes_the_same_findings_and_leaves_nothing(records, tmp_path):
    before = sorted(path for path in tmp_path.rglob("*"))
    dry = convert(Settings(**{name: getattr(records, name) for name in records.__struct_fields__} | {"dry_run": True}))
    assert sorted(path for path in tmp_path.rglob("*")) == before
    assert dry.totals == convert(records).totals


@pytest.mark.parametrize("damage", ["missing", "short", "slow"])
def test_a_damaged_clip_is_told_at_each_row_that_shows_it(records, tmp_path, damage):
    convert(records)
    clip = tmp_path / "out" / "clips" / "video-000002.mp4"
    if damage == "missing":
        clip.unlink()
    else:
        rewritten(clip, frames=3 if damage == "short" else 4, rate=1 if damage == "short" else 2)
    says = {
        "missing": "cannot be",
        "short": "has 3 frame(s) where 4 are due",
        "slow": "has 2 frames a second where 1 is due",
    }
    found = [each for each in verify_folder(tmp_path / "out").problems if each.field == "video"]
    assert {each.row for each in found} == {3, 4}
    assert all(says[damage] in each.message for each in found)


def rewritten(path, *, frames, rate):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))


def test_the_library_for_clips_is_not_loaded_until_a_clip_is_made(run, tmp_path):
    code = "import sys, instit_tools.conversion.run, instit_tools.verification.base; print('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"


def test_a_picture_of_16_bits_makes_no_clip(tmp_path):
    frames = drawn(tmp_path, [(64, 48)] * 3)
    Image.fromarray(np.full((48, 64), 4000, np.uint16)).save(tmp_path / "2.png")
    with pytest.raises(MediaError, match=r"^2.png has pixels of mode I;16, which a clip cannot show$"):
        clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))


def test_a_picture_that_h264_cannot_take_is_a_fault_of_the_sample(tmp_path):
    frames = drawn(tmp_path, [(20000, 16)] * 3)
    with pytest.raises(SampleError, match=r"^clip.mp4 of 20000x16 pixels cannot be encoded: "):
        clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))


def test_a_small_mark_that_moves_tells_two_frames_apart(tmp_path, monkeypatch):
    frames = []
    for number in range(3):
        pixels = np.full((480, 640, 3), 90, np.uint8)
        pixels[200:220, 100 + 150 * number : 120 + 150 * number] = 250
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        frames.append(Frame(path=f"{number}.png", timestamp=number + 1))
    clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))
    encode = clips._encode
    monkeypatch.setattr(clips, "_encode", lambda path, pictures: encode(path, [pictures[n] for n in (0, 2, 1)]))
    with pytest.raises(MediaError, match=r"^frame 2 of clip.mp4 does not show 1.png$"):
        clips.write_clip(tmp_path / "clip.mp4", frames, open_store(tmp_path))


def test_a_folder_with_a_colon_in_its_name_is_no_protocol(records, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = {name: getattr(records, name) for name in records.__struct_fields__}
    convert(Settings(**(settings | {"out": "md5:here"})))
    assert verify_folder(tmp_path / "md5:here").count == 0


def test_a_record_whose_name_is_too_long_for_a_file_is_rejected_alone(records, tmp_path, array):
    tree = json.loads((tmp_path / "annotations.json").read_text())
    tree[1]["video_id"] = "x" * 260
    settings = {name: getattr(records, name) for name in records.__struct_fields__}
    found = convert(Settings(**(settings | {"inputs": (str(array(*tree, name="long.json")),)})))
    assert found.totals.rejects == {"sample": 2}
    assert all("is too long a name for a file" in each["message"] for each in rejects(tmp_path))


def clip_row(name, frames):
    return Row(payload=b"", size=0, clip=Clip(name=f"clips/{name}.mp4", frames=tuple(frames)), names=tuple(frames))


def test_pictures_of_a_row_whose_clip_failed_are_not_written(tmp_path):
    frames = drawn(tmp_path, [(32, 32), (32, 32), (64, 32)])
    out = tmp_path / "out"
    out.mkdir()
    with beside(out, heap(out, None)) as making:
        rows = making.made([clip_row("good", frames[:2]), clip_row("bad", frames)], open_store(tmp_path))
    assert [type(row) for row in rows] == [Row, SampleError]
    assert sorted(file.name for file in making.files) == sorted(["clips/good.mp4", *(each.path for each in frames[:2])])
    assert not (out / frames[2].path).exists()


def test_where_a_picture_cannot_be_read_no_clip_is_left(tmp_path):
    frames = drawn(tmp_path, [(32, 32), (32, 32)])
    lost = msgspec.structs.replace(frames[0], path="videos_vpt/lost.png")
    out = tmp_path / "out"
    out.mkdir()
    rows = [
        clip_row("good", frames),
        clip_row("x" * 300, frames),
        Row(payload=b"", size=0, names=(lost,)),
    ]
    with pytest.raises(MediaError, match=r"lost\.png"), beside(out, heap(out, None)) as making:
        making.made(rows, open_store(tmp_path))
    assert [path for path in out.rglob("*") if path.is_file()] == []
