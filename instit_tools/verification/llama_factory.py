"""LLaMA-Factory's loader (src/llamafactory/data/parser.py, converter.py, mm_plugin.py, processor/supervised.py).

It drops a row whose roles do not alternate or whose turns are odd in number (converter.py,
``SharegptDatasetConverter``; supervised.py, ``preprocess_dataset``), stops at a placeholder too many or too few,
counted over all turns (mm_plugin.py, ``_validate_messages``), takes a flat list under ``videos`` for as many videos,
and leaves a path that is no file as it is, to fail later (converter.py, ``_find_medias``). Once ``columns`` or ``tags``
name something in ``dataset_info.json``, it forgets the defaults of the rest (parser.py, ``join``). What it reads with
``datasets`` has one type a column.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from instit_tools.conversations import CHAT_TOKENS, SHAREGPT
from instit_tools.manifest import Shard
from instit_tools.verification.base import Problem, Rules, Scope
from instit_tools.verification.rows import line_problems, media_problems, sample_problems

TARGETS = frozenset({"llama-factory"})

_INFO = "dataset_info.json"
_RULES = Rules(field="conversations", spelling=SHAREGPT, reserved=CHAT_TOKENS)
_TAGS = {
    "role_tag": SHAREGPT.role,
    "content_tag": SHAREGPT.content,
    "user_tag": SHAREGPT.user,
    "assistant_tag": SHAREGPT.assistant,
}


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read the shard's entry in ``dataset_info.json``, then every line."""
    media, wrong = _entry(shard, scope)
    yield from (Problem(file=_INFO, row=None, field=field, message=message) for field, message in wrong)

    def judge(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        shown, found = media_problems(row, scope, even=False, absolute=False)
        yield from found
        for column in media:
            if column not in row:
                yield column, f"is missing, and {_INFO} names it"
        if isinstance(turns := row.get(_RULES.field), list) and turns and _is_system(turns[0]):
            yield f"{_RULES.field}[0].from", "is a system turn, which no entry here allows"
        yield from sample_problems(row, shown, _RULES, scope)

    yield from line_problems(path, shard, scope, judge, uniform=True)


def _is_system(turn: Any) -> bool:  # noqa: ANN401  # as read, of any shape
    return isinstance(turn, Mapping) and turn.get(SHAREGPT.role) == "system"


def _entry(shard: Shard, scope: Scope) -> tuple[list[str], list[tuple[str, str]]]:
    """Give the media columns that the shard's entry names, and what is wrong with the entry."""
    try:
        info = msgspec.json.decode((scope.folder / _INFO).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [], [("", f"cannot be read: {error}")]
    entries = info.items() if isinstance(info, Mapping) else ()
    found = [
        (name, entry) for name, entry in entries if isinstance(entry, Mapping) and entry.get("file_name") == shard.name
    ]
    if len(found) != 1:
        return [], [("", f"has {len(found)} entries for {shard.name}")]
    name, entry = found[0]
    columns, tags = entry.get("columns"), entry.get("tags")
    columns = columns if isinstance(columns, Mapping) else {}
    wrong = list(_entry_problems(name, entry, columns, tags))
    media = [columns[key] for key in ("images", "videos") if isinstance(columns.get(key), str)]
    return media, wrong


def _entry_problems(
    name: str,
    entry: Mapping[str, Any],
    columns: Mapping[str, Any],
    tags: Any,  # noqa: ANN401  # as read, of any shape
) -> Iterator[tuple[str, str]]:
    if entry.get("formatting") != "sharegpt":
        yield f"{name}.formatting", f"is {entry.get('formatting')!r} where 'sharegpt' is due"
    if columns.get("messages") != _RULES.field:
        yield f"{name}.columns", f"does not name {_RULES.field!r} as messages: what is not named is not read"
    for key in columns.keys() - {"messages", "images", "videos"}:
        yield f"{name}.columns", f"names {key}, a column that the rows do not have"
    if not columns.keys() & {"images", "videos"}:
        yield f"{name}.columns", "names neither images nor videos: what is not named is not read"
    if "tags" in entry and not isinstance(tags, Mapping):
        yield f"{name}.tags", "are no object"
    for key, due in _TAGS.items():
        told = tags.get(key) if isinstance(tags, Mapping) else due
        if told != due:
            yield f"{name}.tags", f"has {told!r} as {key} where {due!r} is due: once some are named, all must be"
