"""lmms-eval (0.7.3): a YAML file for each task, the questions as JSON lines, and the functions that they name.

Its loader walks ``--include_path`` for ``.yaml`` files, resolves ``data_files`` of the ``json`` builder and every
``!function`` beside the file (``load_yaml_config`` in ``lmms_eval/utils.py``), so the folder can be moved. Its judge
(``lmms_eval/llm_judge``) knows right and wrong or two answers side by side, no score between 0 and 1; open-ended
answers are therefore written down for ``bench judge``.
"""

import json
from collections.abc import Iterator, Sequence

from instit_tools.bench.exporting.base import Asked, Place, Task, filled, given, readers, scored
from instit_tools.guides import quoted, shell

__all__ = ["TITLE", "files", "runs"]

TITLE = "lmms-eval"
_GROUP = "inst_it_bench"


def files(tasks: Sequence[Task], place: Place) -> Iterator[tuple[str, bytes]]:
    """Yield the tasks, the questions, the code and the README."""
    names = [f"{_GROUP}_{task.name}" for task in tasks]
    yield f"{_GROUP}.yaml", "\n  - ".join([f"group: {_GROUP}\ntask:", *names]).encode() + b"\n"
    for task, name in zip(tasks, names, strict=True):
        yield f"{name}.yaml", _yaml(task, name, place)
        yield f"{task.name}.jsonl", b"".join(_line(each) for each in task.asked)
    yield f"{_GROUP}.py", given("lmms_eval.py").encode()
    yield from readers()
    yield "README.md", _readme(tasks, place)


def runs(tasks: Sequence[Task], place: Place) -> str:
    """Give the command that runs all tasks with a model of the user's choice.

    It names them one by one: where a folder of the group's name is in the current one, the harness takes the name for
    that folder, and evaluates everything in it twice (``cli_evaluate_single`` in ``lmms_eval/__main__.py``).
    """
    names = ",".join(f"{_GROUP}_{task.name}" for task in tasks)
    return f"lmms-eval --include_path {shell(place.out)} --tasks {names} --output_path results --model NAME"


def _yaml(task: Task, name: str, place: Place) -> bytes:
    return filled(
        f"lmms_eval_{'mc' if task.form == 'multiple-choice' else 'oe'}.yaml",
        name=name,
        data=f"{task.name}.jsonl",
        first=quoted(task.pre_prompt),
        last=quoted(task.post_prompt),
        media=quoted(place.media or ""),
    )


def _line(each: Asked) -> bytes:
    item = each.item
    row = {
        "question_id": item.id,
        "split": item.split,
        "cluster": item.cluster,
        "question": item.question,
        **({"options": dict(sorted(item.choices.items()))} if item.choices else {}),
        "answer": each.truth,
        "pictures": each.pictures,
    }
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _readme(tasks: Sequence[Task], place: Place) -> bytes:
    media = (
        f"below `{place.media}`; `INST_IT_BENCH_MEDIA=DIR` names another folder" if place.media else "in this folder"
    )
    return filled(
        "lmms_eval.md",
        tasks="\n".join(f"| `{_GROUP}_{task.name}` | {len(task.asked):,} |" for task in tasks),
        run=runs(tasks, place),
        pictures=media,
        scored=scored(tasks, "results/submissions"),
    )
