"""A folder under watch: the kernel tells of everything that anybody opens, reads, writes, makes or takes away in it."""

import ctypes
import os
import struct

__all__ = ["Watch"]

_KINDS = {
    0x1: "read", 0x2: "written", 0x20: "opened", 0x40: "moved away", 0x80: "moved here",
    0x100: "made", 0x200: "removed",
}  # fmt: skip
_EVENT = struct.Struct("iIII")


class Watch:
    """Watches folders, by inotify(7), from when they are given until it is asked."""

    def __init__(self, *folders):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._stream = os.fdopen(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)
        self._folders = {}
        for folder in folders:
            number = self._libc.inotify_add_watch(self._stream.fileno(), os.fsencode(folder), sum(_KINDS))
            assert number > 0, os.strerror(ctypes.get_errno())
            self._folders[number] = folder

    def seen(self):
        """List what happened: the path and what was done to it."""
        events = []
        while data := self._stream.read(1 << 16):
            place = 0
            while place < len(data):
                number, mask, _, length = _EVENT.unpack_from(data, place)
                place += _EVENT.size + length
                name = os.fsdecode(data[place - length : place].rstrip(b"\0"))
                events += [(str(self._folders[number] / name), done) for bit, done in _KINDS.items() if mask & bit]
        return events

    def close(self):
        """Watch no longer."""
        self._stream.close()
