"""What commands work on when no input is named: a small made-up dataset, made once."""

from pathlib import Path

from instit_tools import console
from instit_tools.errors import UsageError

__all__ = ["OUTPUT", "made_up_data", "made_up_to_look_at"]

OUTPUT = Path("instit-output")
_FOLDER = OUTPUT / "made-up"
_WITH_MASKS = OUTPUT / "made-up-with-masks"
_RECORDS = 20


def made_up_data(media: str | None) -> str:
    """Make the small built-in dataset, or use the one made earlier, say so, and give its folder, pictures and all.

    Raises `UsageError` where *media* says where the pictures of an input are.
    """
    return _made_up(media, _FOLDER, masks=False)


def made_up_to_look_at(media: str | None) -> str:
    """Do the same with a dataset that has masks, which are nice to see."""
    return _made_up(media, _WITH_MASKS, masks=True)


def _made_up(media: str | None, folder: Path, *, masks: bool) -> str:
    from instit_tools.made_up import Options, write

    if media is not None:
        message = "--media says where the pictures of an input are, and no input is named"
        raise UsageError(message, hint="name the annotation file, or leave --media out")
    if not (folder / "synth.json").exists():
        console.detail(f"making {folder}")
        write(folder, Options(videos=_RECORDS, images=_RECORDS, masks=masks, media=True))
    console.talk(f"no input named: using {_RECORDS} videos and {_RECORDS} images of made-up data in {folder}")
    return str(folder)
