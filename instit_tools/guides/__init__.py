"""The README beside every output: what it is, how to train on it, and the limits that hold its longest sample.

The text of each is a Markdown file in this folder with ``$names`` for what depends on the data.
"""

import re
from collections.abc import Mapping, Sequence
from string import Template

import msgspec

from instit_tools.manifest import Shard

__all__ = ["MEDIA", "counts", "dataset_name", "guide", "note", "quoted", "script", "shell", "tokens", "unnamed"]

MEDIA = "/the/folder/that/holds/videos_vpt"
"""Stands for the folder of the pictures where none was named."""

_STEP = 1024


def guide(name: str, values: Mapping[str, object]) -> str:
    """Fill in the guide called *name*."""
    return Template(_text(f"{name}.md")).substitute(values)


def dataset_name(shard: Shard) -> str:
    """Call a shard what may be a name everywhere: no hyphen, no percent sign, which has a meaning to loaders."""
    return f"instit_{shard.name.partition('.')[0].replace('-', '_')}"


def note(warning: str) -> str:
    """Make a warning about clips an item of a list in Markdown, where ``<t>`` would be taken for HTML."""
    marked = re.sub(r"(<[a-z]+>|--frames images)", r"`\1`", warning)
    return f"\n- {marked}. Samples of one or two frames are pictures, and stand in `image-*`."


def unnamed(media: object) -> str:
    """Say that commands lack the path of the pictures where *media* is ``None``."""
    return "" if media else f"\n\n**No folder of pictures was named: put yours for `{MEDIA}` first.**"


def shell(path: object) -> str:
    """Write a path as a shell takes it."""
    import shlex

    return shlex.quote(str(path))


def quoted(value: object) -> str:
    """Write a text as JSON, which YAML and Python take for a string too."""
    return msgspec.json.encode(str(value)).decode()


def script(name: str) -> bytes:
    """Give the script called *name*, to stand beside the shards."""
    return _text(name).encode()


def tokens(shards: Sequence[Shard], a_picture: int) -> int:
    """Bound the tokens of the longest sample where a picture takes *a_picture*, rounded up to 1,024.

    Text counts a token a byte, so this is more than is needed; a limit that is never reached costs nothing.
    """
    longest = max((shard.text + a_picture * shard.pictures for shard in shards), default=0)
    return max(1, -(-longest // _STEP)) * _STEP


def counts(shards: Sequence[Shard], records: int, left_out: Mapping[str, int], what: str = "samples") -> str:
    """Say in one paragraph how much there is, and what was left out."""
    of = f"{records:,} record{'s' * (records != 1)}"
    total = sum(shard.samples for shard in shards)
    kinds = {kind: sum(shard.samples for shard in shards if shard.kind == kind) for kind in ("video", "image")}
    names = {shard.kind: re.sub(r"-\d+\..*", "-*", shard.name) for shard in shards}
    split = ", ".join(f"{count:,} in `{names[kind]}`" for kind, count in kinds.items() if count)
    most = max((shard.pictures for shard in shards), default=0)
    pictures = f" No sample has more than {most} picture{'s' * (most != 1)}." if most else ""
    missing = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
    rest = f"Left out: {missing}; each is a line of `rejects.jsonl`." if missing else "Nothing was left out."
    return f"{total:,} {what} of {of} ({split or 'none'}).{pictures} {rest}"


def _text(name: str) -> str:
    from importlib.resources import files

    return files(__name__).joinpath(name).read_text(encoding="utf-8")
