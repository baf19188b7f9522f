"""How large a picture may be: what is larger is refused before anything is allocated for it.

A small file can claim, or unpack to, more than a machine holds. Both limits are far above every picture of the dataset.
"""

from msgspec import Struct

from instit_tools.errors import MediaError

__all__ = ["DEFAULT", "Limits"]


class Limits(Struct, frozen=True, kw_only=True):
    """The most *max_pixels* that a header may claim, and the most bytes of one picture's file, wherever it lies.

    The default of the first is Pillow's own, above which a small file is more likely a decompression bomb.
    """

    max_pixels: int = 178_956_970
    max_picture: int = 256 << 20

    def check_pixels(self, path: str, pixels: int) -> None:
        """Raise `MediaError` where the picture *path* claims more than the limit."""
        if pixels > self.max_pixels:
            raise self.too_many_pixels(path)

    def too_many_pixels(self, path: str) -> MediaError:
        """Say that *path* claims more than the limit."""
        message = f"{path} claims to have more than {self.max_pixels:,} pixels"
        return MediaError(message, hint="--max-pixels N sets another limit")

    def check_bytes(self, path: str, size: int, archive: object = None) -> None:
        """Raise `MediaError` where the file *path*, maybe in an *archive*, has more bytes than the limit."""
        if size > self.max_picture:
            where = f" in {archive}" if archive else ""
            message = f"{path}{where} has {size:,} bytes, and a picture may have {self.max_picture:,}"
            raise MediaError(message, hint="--max-picture SIZE sets another limit")

    def too_many_bytes(self, path: str) -> MediaError:
        """Say that the file *path*, of which no more was fetched, has more bytes than the limit."""
        message = f"{path} has more than {self.max_picture:,} bytes"
        return MediaError(message, hint="--max-picture SIZE sets another limit")


DEFAULT = Limits()
"""What holds where nobody says otherwise."""
