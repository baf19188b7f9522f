"""Folders at a place elsewhere: whole objects put, fetched, copied and removed, for there is no renaming out there."""

from collections.abc import Iterable
from pathlib import Path

from instit_tools.places import Place

__all__ = ["WritablePlace"]


class WritablePlace(Place):
    """A folder at an address that can be written; its methods raise as those of `Place` do."""

    def files(self) -> dict[str, int]:
        """Name every file in this folder, however deep, with its size; nothing where there is no folder."""
        with self._told():
            try:
                self._fs.invalidate_cache()
                found = self._fs.find(self._path, detail=True)
            except (FileNotFoundError, NotADirectoryError) as error:
                self._raise(error)
                return {}
        start = len(self._path.rstrip("/")) + 1
        return {path[start:]: int(info["size"]) for path, info in sorted(found.items()) if info["type"] == "file"}

    def upload(self, path: Path, name: str) -> None:
        """Write the local file *path* as *name*."""
        with self._told("written"):
            self._fs.put_file(str(path), self.path_of(name))

    def download(self, name: str, path: Path) -> None:
        """Write the file *name* to *path* on this machine."""
        with self._told():
            self._fs.get_file(self.path_of(name), str(path))

    def write(self, name: str, content: bytes) -> None:
        """Write *content* as *name*."""
        with self._told("written"):
            self._fs.pipe_file(self.path_of(name), content)

    def claim(self, name: str, content: bytes) -> bool:
        """Write *content* as *name* if nothing has that name; say whether that was so.

        Where the place cannot do that in one step, two who come at the same moment may both be told yes.
        """
        with self._told("written"):
            try:
                self._fs.pipe_file(self.path_of(name), content, mode="create")
            except FileExistsError:
                return False
            except OSError as error:
                if "PreconditionFailed" not in str(error) and "pre-conditions" not in str(error):
                    raise
                return False
        return True

    def read(self, name: str) -> bytes | None:
        """Read the file *name*; ``None`` where it is not there."""
        return self.content([name])[0]

    def copy(self, source: "WritablePlace", old: str, new: str) -> None:
        """Copy *old* in the folder *source* to *new* here, without the bytes passing through this machine."""
        with self._told("written"):
            self._fs.cp_file(source.path_of(old), self.path_of(new))

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; one that is gone already does not matter."""
        paths = [self.path_of(name) for name in names]
        if not paths:
            return
        with self._told("written"):
            try:
                self._fs.rm(paths)
            except FileNotFoundError:
                self._fs.invalidate_cache()
