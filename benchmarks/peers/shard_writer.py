"""The peer of ``instit-tools convert --to webdataset --group record``: the script that one would write.

One tar sample a record, its JSON and its pictures, by ``webdataset.ShardWriter``. It makes no conversations, looks at
no picture and sums nothing up, so it does less than its peer.
"""

import json
import sys
from pathlib import Path

import webdataset


def main(annotations: str, media: str, out: str) -> None:
    """Pack the videos of *annotations* with their pictures below *media* into shards in *out*."""
    folder = Path(out)
    folder.mkdir(parents=True)
    with Path(annotations).open(encoding="utf-8") as file:
        records = json.load(file)
    with webdataset.ShardWriter(str(folder / "video-%06d.tar"), maxsize=256e6, verbose=0) as shards:
        for record in records:
            frames = sorted(record["frame_level_caption"], key=lambda frame: frame["timestamp"])
            sample = {"__key__": f"video-{record['video_id']}", "json": record}
            for number, frame in enumerate(frames, 1):
                path = Path(media) / record["video_path"] / frame["frame_name"]
                sample[f"{number:03d}.jpg"] = path.read_bytes()
            shards.write(sample)


if __name__ == "__main__":
    main(*sys.argv[1:])
