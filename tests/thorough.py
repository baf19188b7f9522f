"""How much is tried: a part with every change, and all of it with ``INSTIT_TESTS=full``, as by ``make test-full``."""

import os

__all__ = ["FULL", "tries"]

FULL = os.environ.get("INSTIT_TESTS") == "full"


def tries(number):
    """So many examples, or a third of them."""
    return number if FULL else number // 3
