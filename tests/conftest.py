"""Builders that state only what matters, and the real data where they are present."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from objects import bucket, proxy, server  # noqa: F401  # fixtures, which a conftest gives to all
from starting import PATIENCE, STARTER, begin
from xdist.scheduler import LoadScopeScheduling

from instit_tools.masks import encode

REAL = Path(__file__).parents[2] / "shared" / "real"
REAL_RECORD = REAL / "Inst-It-Dataset" / "inst_it_dataset_video_1.json"

TOGETHER = {
    f"tests/test_{name}.py" for name in ("cluster", "lint", "page", "plots", "synth", "verify", "view", "view_pages")
}
"""Modules whose tests share what takes long to make, so that one worker does all of them."""

VARIANTS = {
    "coco": {},
    "energon": {},
    "jsonl": {},
    "llama-factory": {},
    "llama-factory list": {"target": "llama-factory", "frames": "video-list"},
    "llama-factory mp4": {"target": "llama-factory", "frames": "mp4"},
    "llava": {},
    "llava 1.5": {"target": "llava", "dialect": "1.5", "recipe": "instances"},
    "llava mp4": {"target": "llava", "frames": "mp4"},
    "ms-swift": {},
    "ms-swift grounding": {"target": "ms-swift", "dialect": "grounding"},
    "ms-swift list": {"target": "ms-swift", "frames": "video-list"},
    "ms-swift mp4": {"target": "ms-swift", "frames": "mp4"},
    "parquet": {},
    "parquet embedded": {"target": "parquet", "embed_media": True},
    "pixelrefer": {},
    "qwen-vl": {},
    "qwen-vl mp4": {"target": "qwen-vl", "frames": "mp4"},
    "trl": {},
    "videorefer": {},
    "videorefer mp4": {"target": "videorefer", "frames": "mp4"},
    "webdataset": {},
    "webdataset by record": {"target": "webdataset", "group": "record"},
}
"""Settings of a conversion to each target, in each of its shapes."""

REGIONS = {"pixelrefer", "videorefer", "videorefer mp4"}
"""Those of them that take records with masks only."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log)


class Scheduling(LoadScopeScheduling):
    """Gives the modules above as a whole to the workers, and of all others one test after another."""

    def _split_scope(self, nodeid):
        module = nodeid.partition("::")[0]
        return module if module in TOGETHER else nodeid


def video(number=1, *, frames=3, questions=(("What is [1]?", "[1] is a cat."),), **changes):
    """A video record in the published shape, with *changes* to its keys."""
    record = {
        "video_id": number,
        "frame_level_caption": [
            {
                "timestamp": timestamp,
                "frame_name": f"{timestamp}.jpg",
                "instance_level": {"1": f"A cat, seen {timestamp} times.", "2": "A dog."},
                "image_level": f"[1] sits beside [2] in picture {timestamp}.",
                "temporal_change": None if timestamp == 1 else "[1] has moved away from [2].",
            }
            for timestamp in range(1, frames + 1)
        ],
        "question_answer_pairs": [{"question": question, "answer": answer} for question, answer in questions],
        "video_level_caption": f"[1] and [2] stay from <1> to <{frames}>.",
        "video_path": f"videos_vpt/LVVIS/{number:05d}",
    }
    return record | changes


def masked(record, size=lambda place: (30 + place, 20)):
    """*record* with a mask for every instance that its frames caption, a column each; *size* is that of a picture."""
    frames = record.get("frame_level_caption")
    shown = [record["instance_level_caption"]] if frames is None else [frame["instance_level"] for frame in frames]
    found = [_columns(captions, *size(place)) for place, captions in enumerate(shown, 1)]
    names = [frame["frame_name"] for frame in frames or ()]
    return record | {"segmentations": found[0] if frames is None else dict(zip(names, found, strict=True))}


def _columns(captions, width, height):
    found = {}
    for place, key in enumerate(captions):
        plane = np.zeros((height, width), bool)
        plane[2 : height - 2, 3 * place : 3 * place + 2] = True
        found[key] = {"mask": encode(plane).rle()}
    return found


def image(number=1, **changes):
    """An image record in the published shape, with *changes* to its keys."""
    record = {
        "image_id": number,
        "instance_level_caption": {"1": "A red cup.", "2": "A blue plate."},
        "image_level_caption": "[1] stands on [2].",
        "image_path": f"images_vpt/sa_000001/{number}.jpg",
    }
    return record | changes


def squares(*keys, width=31, height=20, side=4):
    """The masks of one picture, in the published shape: for each key a square, from left to right."""
    masks = {}
    for place, key in enumerate(keys):
        before, gap = place * 5 * height + 2, height - side  # columns are 4 wide and 1 apart
        runs = [before, *[side, gap] * (side - 1), side]
        masks[key] = {"mask": {"size": [height, width], "counts": [*runs, height * width - sum(runs)]}}
    return masks


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A dataset with pictures that is quick to convert and has five parts; not to be changed."""
    from faults.data import make

    return make(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def whole(data, tmp_path_factory):
    """What its conversion to webdataset makes that nothing disturbs."""
    from faults.data import tree

    import instit_tools as it

    out = tmp_path_factory.mktemp("whole") / "out"
    it.convert(data, out, to="webdataset", media=data)
    return tree(out)


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """A folder of so many videos that the work on them can be interrupted; not to be changed."""
    import instit_tools as it

    return it.synth(tmp_path_factory.mktemp("many") / "data", videos=2500, images=0).folder


@pytest.fixture
def array(tmp_path):
    """Write records as a JSON array and give its path."""

    def write(*records, name="annotations.json"):
        path = tmp_path / name
        path.write_text(json.dumps(records), encoding="utf-8")
        return path

    return write


@pytest.fixture
def real_record():
    """The path of the real record beside the project, where it is present."""
    if not REAL_RECORD.exists():
        pytest.skip("the real data are not beside this checkout")
    return REAL_RECORD


@pytest.fixture(scope="session", autouse=True)
def starter():
    """What begins commands ends with the tests."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # or commands ignore it where a shell ignores it for us
    yield
    STARTER.stop()


@pytest.fixture
def run(tmp_path):
    """Run the command line as a process, as a user does."""

    def command(*arguments, cwd=tmp_path, stdin=None, env=None, memory=None):
        if stdin is None and memory is None:
            going = begin(*arguments, cwd=cwd, env=env)
            out, err = going.communicate(timeout=PATIENCE)
            return subprocess.CompletedProcess(arguments, going.returncode, out, err)
        limited = ["prlimit", f"--data={memory}"] if memory else []
        return subprocess.run(
            [*limited, sys.executable, "-m", "instit_tools", *map(str, arguments)],
            cwd=cwd,
            input=stdin,
            capture_output=True,
            check=False,
            env=env,
            timeout=PATIENCE,
        )

    return command
