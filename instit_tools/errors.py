"""The closed family of errors that a user can cause.

Each is one sentence that names the file, the record and the field, an optional hint that says what to do, and the exit
code that the command line ends with. Everything else that escapes is a bug here and keeps its traceback.
"""

from typing import Self

__all__ = [
    "AccessError",
    "DamagedPictureError",
    "DroppedError",
    "InstitError",
    "Interrupted",
    "MaskError",
    "MediaError",
    "MissingPictureError",
    "NoPictureError",
    "OutputError",
    "PlaceError",
    "RecipeError",
    "RecordError",
    "SampleError",
    "SourceError",
    "TextError",
    "TruncatedPictureError",
    "UsageError",
    "WorkerError",
]


class InstitError(Exception):
    """Something that the user can mend: a sentence, a hint, an exit code."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep the sentence as the message and the hint beside it."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def at(self, where: str) -> Self:
        """Say the same of a place: the sentence with *where* in front."""
        return type(self)(f"{where}: {self.message}", hint=self.hint)

    def __reduce__(self) -> tuple[object, ...]:
        """Cross process borders with the hint intact."""
        return _rebuild, (type(self), self.message, self.hint)


class UsageError(InstitError):
    """Options that do not fit together, or a name that does not exist."""


class SourceError(InstitError):
    """An annotation file cannot be read at all."""


class RecordError(InstitError):
    """One record does not have a published shape."""


class MaskError(RecordError):
    """A mask whose runs do not fill its picture, or that has no pixel where one is needed."""


class MediaError(InstitError):
    """A picture is missing, cut short, not a picture, or outside the media root."""


class MissingPictureError(MediaError):
    """A picture is not there."""


class TruncatedPictureError(MediaError):
    """A picture lacks its end."""


class NoPictureError(MediaError):
    """A file under the name of a picture is none."""


class DamagedPictureError(MediaError):
    """A picture whose header and end are right, and that cannot be decoded."""


class TextError(InstitError):
    """A text speaks of a frame or an instance that is not there, or holds a word that a trainer reserves."""


class SampleError(InstitError):
    """A sample that a target's dialect cannot express."""


class DroppedError(SampleError):
    """A sample that is right and has no place in a target's dialect: left out and listed, and no fault of the data."""


class RecipeError(InstitError):
    """A recipe file does not say what it should."""


class OutputError(InstitError):
    """The output cannot be written where it was asked for."""


class WorkerError(InstitError):
    """A task kills whoever works on it; what others finished is kept."""

    exit_code = 3


class Interrupted(KeyboardInterrupt):
    """The user stopped a run; the message says what is kept of it."""


class PlaceError(InstitError):
    """A place that is not on this machine cannot be reached, or breaks off."""


class AccessError(PlaceError):
    """A place asks for credentials, and those that are there are none or the wrong ones."""

    exit_code = 4


def _rebuild(kind: type[InstitError], message: str, hint: str | None) -> InstitError:
    return kind(message, hint=hint)
