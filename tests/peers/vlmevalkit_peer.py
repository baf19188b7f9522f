"""Let VLMEvalKit run an exported Inst-IT Bench whole, with a model that says what it is told to.

    python tests/peers/vlmevalkit_peer.py FOLDER RESULT.json ANSWERS.json

The package is ``ms-vlmeval``, the kit as ModelScope publishes it; ``vlmeval.run`` is started by the exported module, as
a user starts it. Libraries that only other datasets and models of the kit import are stubs. ANSWERS.json holds an
answer for each question id.
"""

import csv
import json
import os
import re
import runpy
import sys
import tempfile
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from pathlib import Path
from unittest.mock import MagicMock

from PIL import Image

RED = 20  # what a frame's number is multiplied by in its colour
ABSENT = {"accelerate", "datasets", "decord", "qwen_vl_utils", "rouge", "sty", "timm", "torchvision"}
TASKS = {
    "InstItBench_Image_MC": "image_mc",
    "InstItBench_Frames_MC": "video_mc",
    "InstItBench_Image_OpenEnded": "image_oe",
    "InstItBench_Frames_OpenEnded": "video_oe",
}


class Stubs(MetaPathFinder, Loader):
    """Finds a stub for what is absent."""

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in ABSENT else None

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__, module.__spec__, module.__name__, module.__version__ = [], spec, spec.name, "1.0"
        return module

    def exec_module(self, module):
        """Leave it as it is."""


class Told:
    """Says what it is told to, and notes what it was shown; asked as a model behind an API is."""

    is_api = True
    INTERLEAVE = True
    folder, answers, asked = None, None, {}

    def generate(self, message, dataset=None):
        *pictures, words = message
        paths = [each["value"] for each in pictures]
        numbers = []
        for path in paths:
            with Image.open(path) as image:
                numbers.append(round(image.convert("RGB").getpixel((5, 5))[0] / RED))
        key = self.question(dataset, paths, words["value"])
        self.asked.setdefault(TASKS[dataset], {})[key] = {"frames": numbers, "text": words["value"]}
        return self.answers[key]

    def question(self, dataset, paths, text):
        with (self.folder / f"{dataset}.tsv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
        shown = paths[0] if len(paths) == 1 else repr(paths)
        (key,) = [row["question_id"] for row in rows if row["image_path"] == shown and row["question"] in text]
        return key

    def use_custom_prompt(self, dataset):
        return True

    def build_prompt(self, line, dataset=None):
        raise AssertionError("the words of the benchmark are not to be replaced by a model's")

    def set_dump_image(self, function):
        """Take what every model is given."""


def main(folder, target, answers):
    """Write what was asked, the scores, and where the answers are, once for each format of the kit's own files."""
    sys.meta_path.insert(0, Stubs())
    work = Path(tempfile.mkdtemp(prefix="peer-"))
    os.environ |= {"LMUData": str(work), "HF_HUB_OFFLINE": "1"}
    from vlmeval.config import supported_VLM

    supported_VLM["told"] = Told
    Told.folder, Told.answers = folder, json.loads(answers.read_text(encoding="utf-8"))
    found = {"harness": f"ms-vlmeval {version('ms-vlmeval')}", "runs": []}
    for form in ("tsv", "xlsx", "json"):
        os.environ["PRED_FORMAT"] = form
        Told.asked, results = {}, work / form
        names = [path.stem for path in folder.glob("*.tsv")]
        sys.argv = ["inst_it_bench.py", "--data", *names, "--model", "told", "--work-dir", str(results)]
        runpy.run_path(str(folder / "inst_it_bench.py"), run_name="__main__")
        scores = {}
        for path in results.rglob("*_acc.csv"):
            (row,) = csv.DictReader(path.open(encoding="utf-8"))
            dataset = re.fullmatch(r"told_(\w+)_acc", path.stem)[1]
            scores[TASKS[dataset]] = {key: float(value) for key, value in row.items() if key != "Overall"}
        written = sorted(map(str, results.rglob("submissions/*.json")))
        found["runs"].append({"asked": Told.asked, "scores": scores, "written": written})
    target.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
