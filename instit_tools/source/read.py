"""Reading: every record of the named files, typed, one after another."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from instit_tools.errors import RecordError
from instit_tools.records import Record
from instit_tools.source.decode import Decoder
from instit_tools.source.opened import open_inputs
from instit_tools.source.partition import all_elements, place
from instit_tools.source.unpacking import DEFAULT, Unpacking

__all__ = ["read"]


def read(inputs: Iterable[str], *, unpacking: Unpacking = DEFAULT) -> Iterator[Record]:
    """Yield the records of *inputs* in order: files, folders, globs, or ``-`` for standard input.

    A file is mapped, not loaded: memory does not grow with its size. Raises `SourceError` for a file that cannot
    be read and `RecordError` for the first record of no published shape.
    """
    decode = Decoder()
    with tempfile.TemporaryDirectory(prefix="instit-") as spool:
        for source in open_inputs(inputs, Path(spool), unpacking=unpacking):
            for element in all_elements(source):
                try:
                    record = decode(element.json)
                except RecordError as error:
                    raise error.at(place(source, element.number)) from error
                yield record
