"""Each kind of fault once; `tests/faults/run.py` lets each strike many times."""

import os
import random
import shutil

import pytest
from faults.data import make, tree
from faults.strikes import SAYS, STRIKES, Field

MOUNTING = {"full", "read-only"}


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """A conversion that takes a second or two, and what comes of it undisturbed."""
    folder = tmp_path_factory.mktemp("field")
    field = Field(folder=folder, data=make(folder / "data"), whole={}, seconds=2.0, chance=random.Random(0))  # noqa: S311
    assert field.run().returncode == 0
    field.whole = tree(field.out)
    return field


@pytest.mark.parametrize("kind", STRIKES)
def test_a_fault_loses_nothing_and_a_rerun_ends_the_same(field, kind):
    if not field.can(kind):
        pytest.skip("libfaketime is not there")
    if kind in MOUNTING and (os.geteuid() or shutil.which("mount") is None):
        pytest.skip("only root has disks to spare")
    field.clean()
    try:
        STRIKES[kind](field)
        assert field.wrong() == ""
        if not field.out.exists():
            assert field.run().returncode == 0
        assert tree(field.out) == field.whole
    finally:
        field.restore()


def test_every_kind_of_fault_has_a_name():
    assert SAYS.keys() == STRIKES.keys()
