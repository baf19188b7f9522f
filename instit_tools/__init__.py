"""Convert, check and measure Inst-IT annotations (arXiv 2412.03565).

>>> import instit_tools as it
>>> it.convert("inst_it_dataset_video_21k.json", "llava", to="llava", media=".")  # doctest: +SKIP
"""

from instit_tools.api import compare, convert, load, merge, read, repair, scan, stats, synth, validate, verify
from instit_tools.errors import InstitError
from instit_tools.records import BenchItem, Frame, ImageRecord, QuestionAnswer, VideoRecord
from instit_tools.version import __version__

__all__ = [
    "BenchItem",
    "Frame",
    "ImageRecord",
    "InstitError",
    "QuestionAnswer",
    "VideoRecord",
    "__version__",
    "compare",
    "convert",
    "load",
    "merge",
    "read",
    "repair",
    "scan",
    "stats",
    "synth",
    "validate",
    "verify",
]
