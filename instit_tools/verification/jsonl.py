"""Records as JSON lines: each line one record of a published shape, each id once, each picture there."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Raw

from instit_tools.errors import InstitError
from instit_tools.manifest import Shard
from instit_tools.media.frames import frames_of
from instit_tools.records import BenchItem, kind_of
from instit_tools.source.decode import Decoder
from instit_tools.verification.base import Problem, Scope

TARGETS = frozenset({"jsonl"})


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every line."""
    decode = Decoder()
    with path.open("rb") as lines:
        for row, line in enumerate(lines, 1):
            scope.rows += 1
            for message in record_problems(decode, line, shard, scope):
                yield Problem(file=shard.name, row=row, field="", message=message)


def record_problems(decode: Decoder, json: Raw | bytes, shard: Shard, scope: Scope) -> Iterator[str]:
    """Yield what is wrong with one record."""
    try:
        record = decode(json)
        if isinstance(record, BenchItem) or kind_of(record) != shard.kind:
            yield f"is a {kind_of(record)} record in a shard of {shard.kind} records"
            return
        if not scope.is_new(f"{shard.kind} {record.id!r}"):
            yield f"its id {record.id} stands more than once"
        frames_of(record, store=scope.store, marks="keep")
    except InstitError as error:
        yield error.message
