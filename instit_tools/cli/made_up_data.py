"""What commands work on when no input is named: a small made-up dataset, made once."""

from pathlib import Path

from instit_tools import console
from instit_tools.errors import UsageError

__all__ = ["OUTPUT", "made_up_data"]

OUTPUT = Path("instit-output")
_FOLDER, _MASKED = OUTPUT / "made-up", OUTPUT / "made-up-with-masks"
_RECORDS = 20


def made_up_data(media: str | None, *, masks: bool = False) -> str:
    """Make the small built-in dataset, or use the one made earlier, say so, and give its folder, pictures and all.

    That with *masks* is another one, in a folder of its own. Raises `UsageError` where *media* says where the pictures
    of an input are.
    """
    from instit_tools.made_up import Options, write

    if media is not None:
        message = "--media says where the pictures of an input are, and no input is named"
        raise UsageError(message, hint="name the annotation file, or leave --media out")
    folder = _MASKED if masks else _FOLDER
    if not (folder / "synth.json").exists():
        console.detail(f"making {folder}")
        write(folder, Options(videos=_RECORDS, images=_RECORDS, media=True, masks=masks))
    console.talk(f"no input named: using {_RECORDS} videos and {_RECORDS} images of made-up data in {folder}")
    return str(folder)
