"""Video files of exactly one frame a second, made of a sample's pictures and decoded again to prove it.

Every frame is a key frame, so a reader that seeks finds the frame that it asks for. H.264 wants even sizes: an odd
edge is repeated once. PyAV (the extra ``video``) is imported only here.
"""

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.errors import MediaError, SampleError, UsageError
from instit_tools.media.picture import limited
from instit_tools.media.store import Store
from instit_tools.samples import Frame

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

__all__ = ["Measured", "installed", "measure", "require", "write_clip"]

_RATE = Fraction(1)
_OPTIONS = {"crf": "16", "preset": "fast", "threads": "1", "g": "1", "bf": "0"}
_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
_SIDE = 256
_FAR = 24.0
"""How unlike its picture a frame may be, of 255, mean over a thumbnail."""
_NEARER, _NOISE = 0.75, 0.05
"""Another picture is the one shown if its distance is this share of the right one's, and less by more than noise."""


class Measured(Struct, frozen=True):
    """What a clip is: its frames as decoded, how many of them a second, and their width and height in pixels."""

    frames: int
    rate: Fraction
    size: tuple[int, int]


def require() -> None:
    """Raise `UsageError` where PyAV is not installed."""
    if not installed():
        message = "video files are made with PyAV, which is not installed"
        raise UsageError(message, hint="pip install 'instit-tools[video]'")


def installed() -> bool:
    """Say whether PyAV is there."""
    return find_spec("av") is not None


def write_clip(path: Path, frames: Sequence[Frame], store: Store) -> None:
    """Encode *frames* at one a second as H.264 in MP4, and decode the file again to see that frame k is picture k.

    Raises `MediaError` for a picture that cannot be decoded, and `SampleError` where the pictures differ in size or
    H.264 cannot take it. All of the clip's pictures are in memory at once.
    """
    import av

    pictures = [_picture(frame, store) for frame in frames]
    for frame, picture in zip(frames, pictures, strict=True):
        if picture.size != pictures[0].size:
            sizes = "{0[0]}x{0[1]} and {1[0]}x{1[1]}".format(pictures[0].size, picture.size)
            message = f"a video file has one size, and {frames[0].path} and {frame.path} have {sizes}"
            raise SampleError(message, hint="--frames images takes pictures of any size")
    try:
        _encode(path, [_even(picture) for picture in pictures])
    except av.FFmpegError as error:
        if isinstance(error, OSError):  # a full disk, a folder that takes nothing: no fault of the pictures
            raise
        message = f"{path.name} of {pictures[0].width}x{pictures[0].height} pixels cannot be encoded: {error.strerror}"
        raise SampleError(message, hint="--frames images takes pictures of any size") from error
    _prove(path, pictures, frames)


def measure(path: Path) -> Measured:
    """Decode a clip from start to end; raise `MediaError` when that fails."""
    import av

    try:
        with av.open(_named(path)) as container:
            if not container.streams.video:
                message = f"{path.name} has no video in it"
                raise MediaError(message)
            stream = container.streams.video[0]
            count = sum(1 for _ in container.decode(stream))
            return Measured(count, stream.average_rate or Fraction(0), (stream.width, stream.height))
    except av.FFmpegError as error:
        message = f"{path.name} cannot be decoded: {error}"
        raise MediaError(message) from error


def _named(path: Path) -> str:
    return str(path.absolute())  # what stands before a colon in a relative name, FFmpeg takes for a protocol


def _picture(frame: Frame, store: Store) -> "Image":
    from PIL import Image

    try:
        with limited(store.limits), Image.open(io.BytesIO(store.read(frame.path))) as picture:
            if picture.mode not in _MODES:
                message = f"{frame.path} has pixels of mode {picture.mode}, which a clip cannot show"
                raise MediaError(message, hint="make it 8 bits a channel")
            return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        message = f"{frame.path} cannot be decoded: {error}"
        raise MediaError(message, hint="fetch it again") from error


def _even(picture: "Image") -> "np.ndarray":
    """Give the pixels, shape (height, width, 3), an odd edge repeated."""
    import numpy as np

    pixels = np.asarray(picture)
    height, width, _ = pixels.shape
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _encode(path: Path, pictures: "Sequence[np.ndarray]") -> None:
    import av

    height, width, _ = pictures[0].shape
    with av.open(_named(path), "w", format="mp4", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=_RATE, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = 1 / _RATE
        for number, pixels in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, 1 / _RATE
            for packet in stream.encode(frame):
                packet.duration = 1
                container.mux(packet)
        for packet in stream.encode(None):
            packet.duration = 1
            container.mux(packet)


def _prove(path: Path, pictures: "Sequence[Image]", frames: Sequence[Frame]) -> None:
    """Hold every decoded frame against its picture, and against the others, which it must not be closer to."""
    import numpy as np

    wanted = [_thumbnail(picture) for picture in pictures]
    shown = list(_decoded(path))
    if len(shown) != len(wanted) or any(seconds != number for number, (seconds, _) in enumerate(shown)):
        message = f"{path.name} has frames at {[float(seconds) for seconds, _ in shown]} s, not one each second"
        raise MediaError(message)
    for number, (_, picture) in enumerate(shown):
        thumbnail = _thumbnail(picture.crop((0, 0, *pictures[0].size)))
        apart = [float(np.abs(thumbnail - other).mean()) for other in wanted]
        nearer = any(other < _NEARER * apart[number] and other < apart[number] - _NOISE for other in apart)
        if nearer or apart[number] > _FAR:
            message = f"frame {number + 1} of {path.name} does not show {frames[number].path}"
            raise MediaError(message)


def _decoded(path: Path) -> "Iterator[tuple[Fraction, Image]]":
    import av

    with av.open(_named(path)) as container:
        for frame in container.decode(video=0):
            # PyAV's own stubs leave this method untyped.
            yield (frame.pts or 0) * (frame.time_base or _RATE), frame.to_image()  # type: ignore[no-untyped-call]


def _thumbnail(picture: "Image") -> "np.ndarray":
    import numpy as np

    return np.asarray(picture.convert("L").resize((_SIDE, _SIDE)), dtype=np.float32)
