"""Files below a root, opened from the folder that was opened last, so that a video's pictures cost one call each.

Two folders are kept open: that of the record at work, and that of the one after it.

From the root on, each folder is opened in the one above it and no link is followed, so whatever is opened is inside,
even if somebody exchanges a folder for a link meanwhile. Where there is a link, or anything else that is not a plain
file in plain folders, nothing is said here: the store looks at that again, slowly and with care.
"""

import os
import stat
import weakref

__all__ = ["KnownFolders", "advise"]

_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not make us wait for its other end
_FOLDER = os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW | getattr(os, "O_PATH", os.O_RDONLY)


class _Handle:
    """An open folder, closed when nobody uses it any more."""

    def __init__(self, number: int) -> None:
        """Take over the file descriptor *number*."""
        self.number = number
        weakref.finalize(self, os.close, number)


class KnownFolders:
    """Opens files below *root*."""

    def __init__(self, root: str) -> None:
        """Start at *root*, which has no link in it."""
        self._root = root
        self._last: tuple[str, _Handle] | None = None
        self._before: tuple[str, _Handle] | None = None

    def open(self, path: str) -> int | None:
        """Open the file at *path*, which has no ``..``; ``None`` where it is not a plain file in plain folders."""
        folder, _, name = path.rpartition("/")
        if not name or name == ".":
            return None
        try:
            number = os.open(name, _FILE, dir_fd=self._folder(folder).number)
        except OSError:
            return None
        if stat.S_ISREG(os.fstat(number).st_mode):
            return number
        os.close(number)
        return None

    def _folder(self, folder: str) -> _Handle:
        for kept in (self._last, self._before):
            if kept is not None and kept[0] == folder:
                return kept[1]
        found = _Handle(self._walk(folder))
        self._before, self._last = self._last, (folder, found)
        return found

    def _walk(self, folder: str) -> int:
        number = os.open(self._root, _FOLDER)
        for part in folder.split("/"):
            if part:
                above = number
                try:
                    number = os.open(part, _FOLDER, dir_fd=above)
                finally:
                    os.close(above)
        return number


def advise(number: int, start: int, size: int) -> None:
    """Have *size* bytes of the open file *number* read into the system's memory, up to its end, not waiting for it."""
    if hasattr(os, "posix_fadvise"):  # not on macOS
        os.posix_fadvise(number, start, size, os.POSIX_FADV_WILLNEED)
