"""The command line on a pseudo terminal, as a person sees it."""

import os
import pty
import select
import subprocess
import sys

__all__ = ["on_a_terminal"]

_PATIENCE = 60
_ASKED = {"NO_COLOR", "FORCE_COLOR", "CI"}
"""What would say that it is none, or that there is to be colour or none."""


def on_a_terminal(arguments, folder, *, codes=frozenset({0}), **variables):
    """Run it on a terminal of 80 columns; give what it shows. It must end with one of *codes*."""
    kept = {key: value for key, value in os.environ.items() if key not in _ASKED}
    env = kept | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40"} | variables
    ours, theirs = pty.openpty()
    going = subprocess.Popen(
        [sys.executable, "-m", "instit_tools", *map(str, arguments)], cwd=folder, env=env, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b"".join(iter(lambda: _piece(ours), b""))
    os.close(ours)
    assert going.wait(timeout=_PATIENCE) in codes
    return shown.decode().replace("\r\n", "\n")


def _piece(ours):
    """Read some more; nothing where it is closed, or says nothing any more."""
    if not select.select([ours], [], [], _PATIENCE)[0]:
        return b""
    try:
        return os.read(ours, 4096)
    except OSError:  # what Linux makes of the other end being closed
        return b""
