"""Where made-up records come from and what their files are called: sources, paths, frame names."""

from bisect import bisect
from itertools import accumulate

from msgspec import Struct

__all__ = [
    "IMAGE_SOURCE",
    "SOURCES",
    "VIDEOS",
    "Source",
    "frame_names",
    "image_path",
    "lacks_caption",
    "source_of",
    "video_path",
]


class Source(Struct, frozen=True):
    """A dataset that videos were taken from, how many of them, and how it names its frames."""

    name: str
    videos: int
    folder: str
    prefix: str = ""
    digits: int = 1
    first: int = 1
    step: int = 1


# Names and counts from Table 8 of arXiv 2412.03565. Of the folders only "YoutubeVIS-2021/train" is known; the frame
# names cover what readers must expect: names that sort wrongly as text, prefixes, padding, steps, a first frame 0.
SOURCES = (
    Source("BURST", 500, "BURST/train/YFCC100M/v_{key}", "frame", 4, 12, 30),
    Source("UVO", 5135, "UVO/{key}", "", 1, 0),
    Source("OVIS", 599, "OVIS/train/{key}", "img_", 7, 1, 5),
    Source("LVVIS", 3057, "LVVIS/train/{number:05d}", "", 5, 0, 10),
    Source("YoutubeVIS-2021", 2897, "YoutubeVIS-2021/train/{key}", "", 5, 0, 5),
    Source("BenSMOT", 2261, "BenSMOT/{number:06d}", "", 6, 1),
    Source("VidOR", 6969, "VidOR/{folder:04d}/{number}"),
)
IMAGE_SOURCE = "SA-1B"
VIDEOS = sum(source.videos for source in SOURCES)

_WITHOUT_CAPTION = 46
_LIMITS = tuple(accumulate(source.videos for source in SOURCES))
_STRIDE = 13237  # coprime to VIDEOS and near its golden section: any run of records has the sources in proportion
_SCATTER = 0x9E3779B97B  # odd, so multiplying by it modulo 2**40 never gives the same key twice


def source_of(index: int) -> Source:
    """Give the source of video *index*; the first 21,418 videos hit the published counts exactly."""
    return SOURCES[bisect(_LIMITS, index * _STRIDE % VIDEOS)]


def video_path(index: int) -> str:
    """Name the folder of video *index*, with marks."""
    number = index + 1
    key = f"{number * _SCATTER % (1 << 40):010x}"
    folder = source_of(index).folder.format(key=key, number=number, folder=number // 1000)
    return f"videos_vpt/{folder}"


def frame_names(index: int, count: int) -> list[str]:
    """Name the frames of video *index* in their order."""
    source = source_of(index)
    numbers = range(source.first, source.first + count * source.step, source.step)
    return [f"{source.prefix}{number:0{source.digits}d}.jpg" for number in numbers]


def image_path(index: int) -> str:
    """Name the file of image *index*, with marks."""
    return f"images_vpt/{IMAGE_SOURCE}/sa_{index // 10_000:06d}/sa_{index + 1}.jpg"


def lacks_caption(index: int) -> bool:
    """Tell whether video *index* is one of the 46 in 21,418 whose caption is empty."""
    return (index + 1) * _WITHOUT_CAPTION // VIDEOS > index * _WITHOUT_CAPTION // VIDEOS
