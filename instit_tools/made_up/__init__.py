"""Made-up Inst-IT data: the true published shapes, sizes and distributions, with no download and the same every time.

Each record tells of a scene of colored shapes that come, move and go, so its texts are true, its references are valid
and its masks and pictures show what the texts say. `write` makes files, `video_records` and `image_records` make
records as plain JSON objects. Defects of known kinds can be planted, each of them listed.
"""

from instit_tools.made_up.annotate import image_records, video_records
from instit_tools.made_up.defects import Planted
from instit_tools.made_up.writing import Options, Progress, Written, write

__all__ = ["Options", "Planted", "Progress", "Written", "image_records", "video_records", "write"]
