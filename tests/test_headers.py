"""Sizes told from the first bytes: always what Pillow says, or nothing."""

import io
import struct
import zlib
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from thorough import tries

from instit_tools.errors import MediaError
from instit_tools.media import picture
from instit_tools.media.header import Picture, plain


def saved(mode, size, format_, **options):
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(out, format_, **options)
    return out.getvalue()


def text():
    found = PngImagePlugin.PngInfo()
    found.add_text("Title", "a cat")
    return found


USUAL = {
    "jpeg": saved("RGB", (33, 21), "JPEG"),
    "grey": saved("L", (5, 9), "JPEG", quality=30),
    "progressive": saved("RGB", (64, 48), "JPEG", progressive=True),
    "optimized": saved("RGB", (64, 48), "JPEG", optimize=True),
    "sampled": saved("RGB", (40, 30), "JPEG", subsampling=0, dpi=(72, 72)),
    "commented": saved("RGB", (40, 30), "JPEG", comment=b"made up"),
    "restarting": saved("RGB", (64, 48), "JPEG", restart_marker_rows=1),
    "png": saved("RGB", (33, 21), "PNG"),
    "png with sizes": saved("L", (33, 21), "PNG", dpi=(72, 72)),
    "bits": saved("1", (7, 3), "PNG"),
    "transparent": saved("RGBA", (7, 3), "PNG"),
}
UNUSUAL = {
    "cmyk": saved("CMYK", (20, 10), "JPEG"),
    "exif": saved("RGB", (20, 10), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "profile": saved("RGB", (20, 10), "JPEG", icc_profile=bytes(500)),
    "long": saved("RGB", (20, 10), "JPEG", comment=bytes(5000)),
    "palette": saved("P", (20, 10), "PNG"),
    "titled": saved("RGB", (20, 10), "PNG", pnginfo=text()),
    "animated": saved("RGB", (9, 9), "PNG", save_all=True, append_images=[Image.new("RGB", (9, 9))]),
    "webp": saved("RGB", (20, 10), "WEBP"),
}


def by_pillow(data):
    """Say what `inspect` would without its own reading of headers."""
    with patch.object(picture, "plain", return_value=None):
        return outcome(data)


def outcome(data):
    try:
        return picture.inspect(io.BytesIO(data), "1.jpg")
    except MediaError as error:
        return type(error), error.message, error.hint


@pytest.mark.parametrize("name", USUAL)
def test_the_usual_pictures_are_told_without_pillow(name):
    assert isinstance(plain(USUAL[name][:4096]), Picture)
    assert outcome(USUAL[name]) == by_pillow(USUAL[name]) == plain(USUAL[name][:4096])


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_pictures_are_left_to_pillow(name):
    assert plain(UNUSUAL[name][:4096]) is None
    assert isinstance(outcome(UNUSUAL[name]), Picture)


@given(st.sampled_from([*USUAL, *UNUSUAL]), st.data())
@settings(max_examples=tries(300), deadline=None)
def test_whatever_happens_to_a_header_the_answer_is_pillows(name, data):
    spoilt = bytearray((USUAL | UNUSUAL)[name])
    end = min(len(spoilt), 700) - 1
    for place in data.draw(st.lists(st.integers(0, end), max_size=4)):
        spoilt[place] = data.draw(st.sampled_from([0, 1, 2, 8, 16, 0xC0, 0xC2, 0xD8, 0xD9, 0xDA, 0xDB, 0xFE, 0xFF]))
    if data.draw(st.booleans()):
        del spoilt[data.draw(st.integers(1, end)) :]
    assert outcome(bytes(spoilt)) == by_pillow(bytes(spoilt))


SEGMENTS = {
    "JFIF": b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0",
    "short JFIF": b"\xff\xe0\x00\x08JFIF\0\1",
    "JFXX": b"\xff\xe0\x00\x08JFXX\0\1",
    "Adobe": b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\1",
    "MPF": b"\xff\xe2\x00\x08MPF\0\0\0",
    "comment": b"\xff\xfe\x00\x04ok",
    "no length": b"\xff\xfe\x00\x00",
    "table": b"\xff\xdb\x00\x43\0" + b"\1" * 64,
    "two tables": b"\xff\xdb\x00\x84\0" + b"\1" * 64 + b"\1" + b"\2" * 64,
    "wide table": b"\xff\xdb\x00\x83\x10" + b"\1" * 128,
    "65 wide": b"\xff\xdb\x00\x43\x10" + b"\1" * 64,
    "empty table": b"\xff\xdb\x00\x02",
    "codes": b"\xff\xc4\x00\x04\0\0",
    "restart": b"\xff\xdd\x00\x04\0\1",
    "size": b"\xff\xc0\x00\x11\x08\0\x07\0\x09\3\1\x22\0\2\x11\1\3\x11\1",
    "other size": b"\xff\xc2\x00\x0b\x08\0\x03\0\x02\1\1\x22\0",
    "four layers": b"\xff\xc1\x00\x14\x08\0\x03\0\x02\4\1\x22\0\2\x11\1\3\x11\1\4\x11\1",
    "12 bits": b"\xff\xc1\x00\x0b\x0c\0\x03\0\x02\1\1\x22\0",
    "two layers": b"\xff\xc0\x00\x0e\x08\0\x03\0\x02\2\1\x22\0\2\x11\1",
    "no height": b"\xff\xc0\x00\x0b\x08\0\0\0\x02\1\1\x22\0",
    "short size": b"\xff\xc0\x00\x05\x08\0\0",
    "odd size": b"\xff\xc0\x00\x0c\x08\0\x03\0\x02\1\1\x22\0\0",
    "arithmetic": b"\xff\xc9\x00\x0b\x08\0\x03\0\x02\1\1\x22\0",
    "scan": b"\xff\xda\x00\x08\1\1\0\0\x3f\0",
    "restart 0": b"\xff\xd0",
    "end": b"\xff\xd9",
    "start": b"\xff\xd8",
    "filler": b"\xff\xff",
    "junk": b"\0\1",
    "escaped": b"\xff\0",
}


@given(st.lists(st.sampled_from(sorted(SEGMENTS)), max_size=8), st.integers(0, 12))
@settings(max_examples=tries(300), deadline=None)
def test_however_segments_follow_each_other_the_answer_is_pillows(names, cut):
    data = b"\xff\xd8" + b"".join(SEGMENTS[name] for name in names) + SEGMENTS["scan"]
    whole = data[: len(data) - cut] + b"\0" * 20 + b"\xff\xd9"
    assert outcome(whole) == by_pillow(whole)


def chunk(kind, data, damage=0):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ damage)


CHUNKS = st.one_of(
    st.builds(
        chunk,
        st.sampled_from([b"pHYs", b"sRGB", b"gAMA", b"tRNS", b"PLTE", b"IDAT", b"IEND", b"zzZz", b"\0\0\0\0"]),
        st.sampled_from([b"", b"\0", b"\0\0\0\1", b"\0\0\0\1\0\0\0\1\1", b"\0\0\0\1\0\0\0\1\1\0"]),
        st.sampled_from([0, 0, 0, 1]),
    )
)
IHDRS = st.builds(
    lambda *fields: chunk(b"IHDR", struct.pack(">IIBBBBB", *fields)),
    st.sampled_from([0, 1, 7, 20_000, 1 << 31]),
    st.sampled_from([0, 1, 9, 20_000]),
    st.sampled_from([0, 1, 2, 4, 8, 16]),
    st.integers(0, 7),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(0, 2),
)


@given(IHDRS, st.lists(CHUNKS, max_size=4), st.integers(0, 20))
@settings(max_examples=tries(300), deadline=None)
def test_however_chunks_follow_each_other_the_answer_is_pillows(start, chunks, cut):
    data = b"\x89PNG\r\n\x1a\n" + start + b"".join(chunks)
    whole = data[: len(data) - cut] + b"\0\0\0\0IEND\xaeB`\x82"
    assert outcome(whole) == by_pillow(whole)
