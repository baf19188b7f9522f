"""LLaVA-1.5's ``LazySupervisedDataset`` (haotian-liu/LLaVA llava/train/train.py, lines 308 to 329 and 658 to 739).

As LLaVA-NeXT, but ``image`` is one path: a list fails in ``os.path.join``, and of several placeholders it keeps one.
"""

from collections.abc import Iterator
from pathlib import Path

from instit_tools.manifest import Shard
from instit_tools.verification.base import Problem, Scope
from instit_tools.verification.llava_next import array_problems

TARGETS = frozenset({"llava"})


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every element of the array."""
    return array_problems(path, shard, scope, single=True)
