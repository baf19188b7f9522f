"""The peer of ``instit-tools convert --to webdataset``: ``webdataset.ShardWriter`` packs the same samples.

They lie unpacked in a folder, so it makes no conversations, looks at no picture and sums nothing up.
"""

import sys
from itertools import groupby
from pathlib import Path

import webdataset


def main(samples: str, out: str) -> None:
    """Pack the files in *samples*, ``KEY.FIELD`` each, into shards in *out*."""
    Path(out).mkdir()
    files = sorted(Path(samples).iterdir())
    with webdataset.ShardWriter(f"{out}/video-%06d.tar", maxsize=256e6, verbose=0) as shards:
        for key, members in groupby(files, key=lambda file: file.name.partition(".")[0]):
            fields = {file.name.partition(".")[2]: file.read_bytes() for file in members}
            shards.write({"__key__": key, **fields})


if __name__ == "__main__":
    main(*sys.argv[1:])
