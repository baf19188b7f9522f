"""VLMEvalKit: a TSV file for each dataset, and a module that lets the kit know them.

The kit takes the name of a TSV file in ``$LMUData`` for a dataset too, but then reads an option "None" as missing,
and cannot evaluate open-ended answers (``CustomVQADataset``, ``vlmeval/dataset/image_vqa.py``); hence the module. The
frames of a video are several pictures of one question, as ``docs/en/Dataset.md`` ("How to represent multiple images per
sample?") and ``vlmeval/dataset/image_base.py`` have them: the kit's video datasets cut frames out of video files
(``vlmeval/dataset/video_base.py``), which the benchmark does not have. Names say ``Frames``, since the kit takes an
unregistered name with ``video`` in it for a dataset of video files, and ``OpenEnded``, by which it tells questions
without options (``vlmeval/dataset/__init__.py``).
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence

from instit_tools.bench.exporting.base import HERE, Place, Task, filled, given, readers, scored
from instit_tools.guides import shell
from instit_tools.media.paths import absolute

__all__ = ["TITLE", "files", "runs"]

TITLE = "VLMEvalKit"
_NAMES = {
    "image_mc": "InstItBench_Image_MC",
    "video_mc": "InstItBench_Frames_MC",
    "image_oe": "InstItBench_Image_OpenEnded",
    "video_oe": "InstItBench_Frames_OpenEnded",
}


def files(tasks: Sequence[Task], place: Place) -> Iterator[tuple[str, bytes]]:
    """Yield the tables, the module with what it needs, and the README."""
    for task in tasks:
        yield f"{_NAMES[task.name]}.tsv", _table(task, place)
    yield "inst_it_bench.json", _about(tasks, place)
    yield "inst_it_bench.py", given("vlmevalkit.py").encode()
    yield from readers()
    yield "README.md", _readme(tasks, place)


def runs(tasks: Sequence[Task], place: Place) -> str:
    """Give the command that runs all datasets with a model of the user's choice."""
    names = " ".join(_NAMES[task.name] for task in tasks)
    return f"python {shell(f'{place.out}/inst_it_bench.py')} --data {names} --model NAME"


def _table(task: Task, place: Place) -> bytes:
    """Write the questions; *image_path* is what the kit's own tools look at, *pictures* what can be moved."""
    choices = list("ABCD") if task.form == "multiple-choice" else []
    text = io.StringIO()
    table = csv.writer(text, delimiter="\t", lineterminator="\n")
    table.writerow(
        ["index", "question_id", "split", "cluster", "question", *choices, "answer", "image_path", "pictures"]
    )
    for index, each in enumerate(task.asked):
        item = each.item
        paths = [_absolute(path, place) for path in each.pictures]
        options = [item.choices[letter] for letter in choices]
        row = [index, item.id, item.split, item.cluster, item.question, *options, each.truth]
        table.writerow([*row, paths[0] if len(paths) == 1 else repr(paths), json.dumps(each.pictures)])
    return text.getvalue().encode()


def _absolute(path: str, place: Place) -> str:
    return absolute(place.out, path.removeprefix(HERE)) if path.startswith(HERE) else absolute(place.media, path)


def _about(tasks: Sequence[Task], place: Place) -> bytes:
    datasets = {}
    for task in tasks:
        kind = "MCQ" if task.form == "multiple-choice" else "VQA"
        words = {"pre_prompt": task.pre_prompt, "post_prompt": task.post_prompt}
        datasets[_NAMES[task.name]] = {"type": kind} | words
    return json.dumps({"media": place.media, "datasets": datasets}, indent=1).encode() + b"\n"


def _readme(tasks: Sequence[Task], place: Place) -> bytes:
    media = (
        f"below `{place.media}`; `INST_IT_BENCH_MEDIA=DIR` names another folder" if place.media else "in this folder"
    )
    return filled(
        "vlmevalkit.md",
        tasks="\n".join(f"| `{_NAMES[task.name]}` | {len(task.asked):,} |" for task in tasks),
        run=runs(tasks, place),
        out=shell(place.out),
        names=" ".join(_NAMES[task.name] for task in tasks),
        pictures=media,
        scored=scored(tasks, "outputs/NAME/submissions"),
    )
