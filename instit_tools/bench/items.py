"""The questions of the benchmark, read from any of their published files: JSON, JSON lines or Parquet.

A Parquet file of image questions holds the pictures themselves; they are left where they are, see `embedded`.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec
from msgspec import Struct

from instit_tools.addresses import shown
from instit_tools.bench.forms import LETTERS, Form, Split, cluster_of, split_of_name
from instit_tools.bench.mistaken import mistaken
from instit_tools.errors import RecordError, SourceError
from instit_tools.linting.bench import owner_of
from instit_tools.media.paths import source_of, without_prefix
from instit_tools.records import BenchItem
from instit_tools.source.decode import decode
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.partition import all_elements, place
from instit_tools.source.unpacking import DEFAULT, Unpacking

__all__ = ["Item", "read_items"]


class Item(Struct, frozen=True, kw_only=True):
    """One question of the benchmark.

    *choices* are its options by letter, none where it is open-ended; *truth* the right letter or a right answer, where
    the file has it. *path* is the image or the folder of frames below the media root; *embedded* the number of the row,
    from 1, of the Parquet file *file* that holds the picture instead. *cluster* names the image or video: questions
    about one are not independent of each other.
    """

    id: str
    split: Split
    question: str
    truth: str | None
    choices: dict[str, str]
    path: str | None
    cluster: str
    source: str | None
    file: str
    embedded: int | None = None

    @property
    def form(self) -> Form:
        """Say whether there are options to choose from."""
        return "multiple-choice" if self.choices else "open-ended"

    @property
    def key(self) -> tuple[Split, str]:
        """Name the question among those of its form."""
        return self.split, self.id


def read_items(inputs: Sequence[str], *, unpacking: Unpacking = DEFAULT) -> list[Item]:
    """Read the questions in *inputs*, in order: files, folders, globs, addresses, or ``-`` for standard input.

    Raises `SourceError` for a file that cannot be read or holds no questions, and `RecordError` for a question that is
    none of the benchmark's, has no id of its own, or options that are not A, B, C and D.
    """
    seen: dict[tuple[Form, Split, str], str] = {}
    found = []
    with tempfile.TemporaryDirectory(prefix="instit-") as spool:
        for source in open_inputs(inputs, Path(spool), unpacking=unpacking):
            for where, item in _of_file(source):
                first = seen.setdefault((item.form, item.split, item.id), where)
                if first is not where:
                    message = f"{where}: question_id: {item.id} stands a second time, the first is {first}"
                    raise RecordError(message, hint="give each file of questions once")
                found.append(item)
    if not found:
        message = f"{', '.join(map(shown, inputs))}: there is no question in it"
        raise SourceError(message, hint="name a file such as video_multi_choices.json of Inst-IT/Inst-It-Bench")
    return found


def _of_file(source: Input) -> Iterator[tuple[str, Item]]:
    pictured = source.layout == "parquet" and _holds_pictures(source)
    for element in all_elements(source):
        where = place(source, element.number)
        try:
            yield where, _item(_bench_item(element.json), source.name, element.number if pictured else None)
        except RecordError as error:
            raise error.at(where) from error


def _bench_item(json: msgspec.Raw) -> BenchItem:
    other = mistaken(json, "question")
    if other:
        raise other
    record = cast(BenchItem, decode(json))  # nothing else with a question_id is left
    if not record.id.strip():
        message = "question_id: it is empty"
        raise RecordError(message, hint="every question has an id of its own, such as 001-01")
    return record


def _item(record: BenchItem, file: str, row: int | None) -> Item:
    split = _split(record, file, pictured=row is not None)
    path = record.video_path if split == "video" else record.image_path
    path = path if isinstance(path, str) and path else None
    owner = record.video_id if split == "video" else record.image_id
    return Item(
        id=record.id,
        split=split,
        question=record.question,
        truth=_truth(record),
        choices=_choices(record),
        path=path,
        cluster=_cluster(record.id, owner, path),
        source=source_of(path) if path else None,
        file=file,
        embedded=None if path else row,
    )


def _cluster(question: str, owner: object, path: str | None) -> str:
    """Name the image or video by its id, else by its whole path: files of several folders may be called alike."""
    if isinstance(owner, int | str):
        return owner_of(str(owner))
    if path is None:
        return cluster_of(question)
    inside = without_prefix(path)
    return inside if "/" in inside else owner_of(inside)


def _split(record: BenchItem, file: str, *, pictured: bool) -> Split:
    if isinstance(record.video_path, str) or isinstance(record.video_id, int | str):
        return "video"
    if pictured or isinstance(record.image_path, str) or isinstance(record.image_id, int | str):
        return "image"
    split = split_of_name(file)
    if split is None:
        message = f"question_id {record.id}: neither image_path nor video_path says what is asked about"
        raise RecordError(message, hint="or let the name of the file have image or video in it")
    return split


def _choices(record: BenchItem) -> dict[str, str]:
    choices = record.choices
    if choices and "".join(sorted(choices)) != LETTERS:
        message = f"question_id {record.id}: options: there are {', '.join(sorted(choices))}, not A, B, C, D"
        raise RecordError(message, hint="every multiple-choice question of the benchmark has four options")
    return choices


def _truth(record: BenchItem) -> str | None:
    if not isinstance(record.answer, str):
        return None
    answer = record.answer.strip()
    if record.choices and answer not in set(LETTERS):
        message = f"question_id {record.id}: answer: {answer!r} is not A, B, C or D"
        raise RecordError(message, hint="the answer to a multiple-choice question is the letter of an option")
    return answer


def _holds_pictures(source: Input) -> bool:
    from instit_tools.source.parquet import columns

    return "image" in columns(source.path, source.name)
